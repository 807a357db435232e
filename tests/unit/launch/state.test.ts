import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { containerdTraces } from '../../../src/launch/containerd/traces.js';
import { maySetOomScore } from '../../../src/launch/features.js';
import { withLock } from '../../../src/launch/lock.js';
import { ownIdentity } from '../../../src/launch/processes.js';
import { readState, writeState, type LaunchState } from '../../../src/launch/state.js';

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'crivet-launch-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a state is read back as written, and only from its own directory', () => {
  const [directory, elsewhere] = [temporary(), temporary()];
  const state: LaunchState = {
    schema: 'crivet.launch/1',
    id: 'aa',
    runtime: 'containerd',
    directory,
    owner: ownIdentity(),
    network: { name: 'crvaa', subnet4: '198.18.0.0/24' },
    createdAt: '2024-01-01T00:00:00Z',
  };
  writeState(state);
  expect(readState(directory)).toEqual(state);
  writeFileSync(join(elsewhere, 'launch.json'), JSON.stringify(state));
  expect(readState(elsewhere)).toBeUndefined();
  writeFileSync(join(directory, 'launch.json'), '{"schema":');
  expect(readState(directory)).toBeUndefined();
});

test("traces are read from containerd's directories: ids, and sockets of both kinds of shims", () => {
  const directory = temporary();
  const tasks = join(directory, 'state/io.containerd.runtime.v2.task/k8s.io');
  for (const id of ['old', 'new']) mkdirSync(join(tasks, id), { recursive: true });
  mkdirSync(join(directory, 'root/io.containerd.grpc.v1.cri/sandboxes/stopped'), { recursive: true });
  writeFileSync(join(tasks, 'old/address'), 'unix:///run/containerd/s/0a1');
  writeFileSync(join(tasks, 'new/bootstrap.json'), '{"version":3,"address":"unix:///run/containerd/s/0b2"}');
  const { ids, files } = containerdTraces(directory);
  expect(ids.sort()).toEqual(['new', 'old', 'stopped']);
  expect(files.sort()).toEqual(['/run/containerd/s/0a1', '/run/containerd/s/0b2']);
  expect(containerdTraces(join(directory, 'gone'))).toEqual({ ids: [], files: [] });
});

test('CAP_SYS_RESOURCE is bit 24 of the effective set', () => {
  expect(maySetOomScore('CapPrm:\t000001ffffffffff\nCapEff:\t000001fffeffffff\n')).toBe(false);
  expect(maySetOomScore('CapPrm:\t0\nCapEff:\t000001ffffffffff\n')).toBe(true);
});

test('the lock lets one in at a time, and goes on after a failure', async () => {
  let inside = 0;
  const seen: number[] = [];
  const enter = (fail: boolean) =>
    withLock(async () => {
      seen.push((inside += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
      if (fail) throw new Error('on purpose');
    });
  const results = await Promise.allSettled([enter(true), enter(false), enter(false)]);
  expect(seen).toEqual([1, 1, 1]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});
