import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openCri, type Cri } from '../../../src/client/cri.js';
import { parseEndpoint } from '../../../src/client/endpoint.js';
import { eachLine, logging } from '../../../src/faults/behaviour/log-tap.js';
import type { Fault } from '../../../src/faults/fault.js';
import { startProxy } from '../../../src/faults/proxy/proxy.js';
import { FakeRuntime } from '../../support/fake-runtime.js';

/* The tap copies what a runtime logs, and loses, doubles and tears nothing of it. */

let close = (): Promise<void> => Promise.resolve();
afterEach(() => close());

interface Bench {
  cri: Cri;
  /** How often the tap made a difference. */
  shown: () => number;
  /** Where the client asked for the log. */
  log: string;
  /** Logs as the runtime would. */
  print: (text: string) => void;
}

async function through(plant: Fault['plant']): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'log-tap-'));
  let path = '';
  const runtime = await FakeRuntime.start({
    CreateContainer: ({ config, sandbox_config }) => {
      path = join(sandbox_config?.log_directory ?? '', config?.log_path ?? '');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
      return { container_id: 'c' };
    },
    ContainerStatus: () => ({ status: { id: 'c', log_path: path } }),
    ReopenContainerLog: () => ({}),
  });
  const { address } = runtime.endpoint;
  const fault = { id: 'behaviour/tap', title: 'logs through the tap', plant };
  const socket = join(directory, 'proxy.sock');
  const proxy = await startProxy({ runtimeEndpoint: address, imageEndpoint: address, socket, faults: [fault] });
  const cri = openCri(parseEndpoint(proxy.endpoint));
  close = async () => {
    cri.close();
    await proxy.close();
    runtime.close();
    rmSync(directory, { recursive: true });
  };
  await cri.runtime.CreateContainer({
    config: { log_path: 'app/0.log' },
    sandbox_config: { log_directory: directory },
  });
  return {
    cri,
    shown: () => proxy.shown(fault),
    log: join(directory, 'app/0.log'),
    print: (text) => appendFileSync(path, text),
  };
}

const line = (content: string): string => `2026-01-02T03:04:05.6Z stdout F ${content}\n`;

test('what the runtime logs is at the path asked for, also if it came in pieces', async () => {
  const { cri, shown, log, print } = await through(logging({}));
  print(line('one').slice(0, 30));
  print(line('one').slice(30) + line('two'));
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toBe(line('one') + line('two')));
  const { status } = await cri.runtime.ContainerStatus({ container_id: 'c' });
  expect(status?.log_path).toBe(log);
  expect(shown()).toBe(0);
});

test('after ReopenContainerLog what was printed before is in the old file, the rest in the new one', async () => {
  const { cri, log, print } = await through(logging({}));
  print(line('one'));
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toBe(line('one')));
  renameSync(log, `${log}.1`);
  print(line('two'));
  await cri.runtime.ReopenContainerLog({ container_id: 'c' });
  expect(readFileSync(`${log}.1`, 'utf8')).toBe(line('one') + line('two'));
  expect(readFileSync(log, 'utf8')).toBe('');
  print(line('three'));
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toBe(line('three')));
});

test('a line that is changed or left out counts as shown, others do not', async () => {
  const plant = eachLine((entry) => (entry.content.length === 0 ? undefined : { ...entry, tag: 'P' }));
  const { shown, log, print } = await through(plant);
  print(line('one') + line('') + line('two').replace(' F ', ' P '));
  await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('two'));
  expect(readFileSync(log, 'utf8')).toBe(line('one').replace(' F ', ' P ') + line('two').replace(' F ', ' P '));
  expect(shown()).toBe(2);
});
