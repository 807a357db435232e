import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Cri } from '../../../src/client/cri.js';
import type { RunSettings } from '../../../src/kit/settings.js';
import { SharedPod } from '../../../src/kit/shared-pod.js';
import { SharedPods } from '../../../src/kit/shared-pods.js';

const settings = { runId: 'r', workDirectory: '/nowhere', hostAccess: false, handler: '' } as RunSettings;

/** A runtime that takes its time to run a sandbox, and what it was asked. */
function slowRuntime(): { cri: Cri; asked: string[] } {
  const asked: string[] = [];
  const answer = (rpc: string, response: object, ms: number) => async (): Promise<object> => {
    asked.push(rpc);
    await sleep(ms);
    return response;
  };
  const runtime = {
    RunPodSandbox: answer('RunPodSandbox', { pod_sandbox_id: 'p' }, 50),
    PodSandboxStatus: answer('PodSandboxStatus', { status: { state: 'SANDBOX_READY' } }, 0),
    CreateContainer: answer('CreateContainer', { container_id: 'c' }, 0),
    StartContainer: answer('StartContainer', {}, 0),
    StopPodSandbox: answer('StopPodSandbox', {}, 0),
    RemovePodSandbox: answer('RemovePodSandbox', {}, 0),
  };
  return { cri: { runtime } as unknown as Cri, asked };
}

test('a sandbox that is still being made when the run ends is removed, and nothing is started in it', async () => {
  const { cri, asked } = slowRuntime();
  const shared = new SharedPod(cri, settings, 'cgroupfs');
  const container = shared.idleContainer(() => Promise.resolve({ name: 'i', ref: 'i' } as never));
  container.catch(() => undefined);
  await sleep(10);
  expect(await shared.close()).toEqual([]);
  await expect(container).rejects.toThrow('the run is over');
  expect(asked.filter((rpc) => rpc !== 'PodSandboxStatus')).toEqual([
    'RunPodSandbox',
    'StopPodSandbox',
    'RemovePodSandbox',
  ]);
});

test('a few specs share a pod, and another is run only when there is no place left', async () => {
  const { cri, asked } = slowRuntime();
  const shared = new SharedPods(() => new SharedPod(cri, settings, 'cgroupfs'));
  const places = Array.from({ length: 7 }, () => shared.enter());
  expect(new Set(places.map(({ pod }) => pod)).size).toBe(3);
  for (const { leave } of places.splice(1)) leave();
  expect(shared.enter().pod).toBe(places[0]?.pod);
  expect(asked).toEqual([]);
  await Promise.all([shared.enter(), shared.enter()].map(({ pod }) => pod.sandbox()));
  expect(await shared.close()).toEqual([]);
  expect(asked.filter((rpc) => rpc === 'RunPodSandbox')).toHaveLength(2);
  expect(asked.filter((rpc) => rpc === 'RemovePodSandbox')).toHaveLength(2);
});

test('nothing is made for a spec that asks after the end of the run', async () => {
  const { cri, asked } = slowRuntime();
  const shared = new SharedPods(() => new SharedPod(cri, settings, 'cgroupfs'));
  await shared.close();
  await expect(shared.enter().pod.sandbox()).rejects.toThrow('the run is over');
  expect(asked).toEqual([]);
});
