import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cleanupLaunched, launchRuntime, type LaunchRequest } from '../../../src/launch/index.js';
import { launchDirectories, readState } from '../../../src/launch/state.js';
import { findProgram } from '../../../src/launch/prerequisites.js';

const asRoot = process.geteuid?.() === 0;
const canLaunch = asRoot && ['containerd', 'runc', 'ip'].every((name) => findProgram(name) !== undefined);

function request(more: Partial<LaunchRequest> = {}): LaunchRequest & { directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'crivet-launch-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const logFile = join(directory, 'runtime.log');
  return { runtime: 'containerd', sandboxImage: '127.0.0.1:5/p:1', registries: [], logFile, directory, ...more };
}

function program(directory: string, script: string): Record<string, string> {
  const containerd = join(directory, 'containerd');
  writeFileSync(containerd, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { containerd };
}

const ownLaunches = () => launchDirectories().filter((directory) => readState(directory)?.owner.pid === process.pid);

test('an unknown runtime is refused with the known ones', async () => {
  await expect(launchRuntime(request({ runtime: 'rkt' }))).rejects.toThrow(
    "cannot launch 'rkt': choose one of containerd",
  );
});

test.skipIf(asRoot)('launching needs root', async () => {
  await expect(launchRuntime(request())).rejects.toThrow('needs root');
});

test.skipIf(!canLaunch)('missing programs are named with the package that brings them', async () => {
  const launch = launchRuntime(request({ binaries: { cni: '/nonexistent' } }));
  await expect(launch).rejects.toThrow(/CNI plugin bridge.*apt-get install containernetworking-plugins/);
});

test.skipIf(!canLaunch)('a runtime that ends early is quoted and leaves nothing', async () => {
  const wanted = request();
  const binaries = program(wanted.directory, 'echo "failed to load TOML: bad"; exit 3');
  const shim = findProgram('containerd-shim-runc-v2') ?? '';
  const launch = launchRuntime({ ...wanted, binaries: { ...binaries, 'containerd-shim-runc-v2': shim } });
  await expect(launch).rejects.toThrow(/ended with code 3 before it was ready.*configuration.*\n.*last words.*\n.*bad/);
  expect(ownLaunches()).toEqual([]);
});

test.skipIf(!canLaunch)('an aborted launch ends with the reason and leaves nothing', async () => {
  const wanted = request({ signal: AbortSignal.timeout(200) });
  const launch = launchRuntime({ ...wanted, binaries: program(wanted.directory, 'exec sleep 60') });
  await expect(launch).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(ownLaunches()).toEqual([]);
});

test.skipIf(!canLaunch)(
  'a launched containerd is ready, survives the cleanup of others and is gone after stop',
  async () => {
    const wanted = request();
    const launched = await launchRuntime(wanted);
    onTestFinished(() => launched.stop());
    expect(launched.version).toMatch(/^v?\d+\.\d+/);
    expect(launched.endpoint).toBe(`unix://${launched.directory}/containerd.sock`);
    await cleanupLaunched();
    expect(existsSync(`${launched.directory}/containerd.sock`)).toBe(true);
    await Promise.all([launched.stop(), launched.stop()]);
    expect(await launched.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(launched.directory)).toBe(false);
    expect(readFileSync(wanted.logFile, 'utf8')).toContain('starting containerd');
  },
);
