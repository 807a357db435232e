import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  endProcess,
  inspect,
  isAlive,
  killAll,
  listProcesses,
  ownIdentity,
  sendSignal,
  withDescendants,
  type ProcessIdentity,
} from '../../../src/launch/processes.js';

async function startChild(script: string): Promise<ProcessIdentity> {
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  const found = inspect(child.pid ?? 0);
  if (found === undefined) throw new Error('the child is gone already');
  return found;
}

test('a process is known by its pid and its start time', () => {
  const own = ownIdentity();
  expect(own.pid).toBe(process.pid);
  expect(isAlive(own)).toBe(true);
  expect(isAlive({ ...own, startTime: `${own.startTime}0` })).toBe(false);
});

test('a process whose pid was given away is not signalled', async () => {
  const child = await startChild('echo up; sleep 60');
  sendSignal({ pid: child.pid, startTime: '1' }, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isAlive(child)).toBe(true);
});

test('a process that ignores SIGTERM is killed after its grace', async () => {
  const child = await startChild('trap "" TERM; echo up; while :; do sleep 1; done');
  expect(await endProcess(child, 100)).toBe(true);
  expect(isAlive(child)).toBe(false);
});

test('a tree of processes is killed whole', async () => {
  const child = await startChild('sleep 60 & sleep 60 & echo up; wait');
  const tree = () => withDescendants(listProcesses(), ({ pid }) => pid === child.pid);
  const members = tree();
  expect(members.length).toBe(3);
  expect(await killAll(() => members.filter(isAlive), 2_000)).toEqual([]);
});

test('descendants are found however deep and in whatever order', () => {
  const family = [
    [4, 3],
    [3, 2],
    [2, 1],
    [9, 1],
  ].map(([pid = 0, parent = 0]) => ({ pid, parent, startTime: '1' }));
  const found = withDescendants(family, ({ pid }) => pid === 2).map(({ pid }) => pid);
  expect(found.sort()).toEqual([2, 3, 4]);
});
