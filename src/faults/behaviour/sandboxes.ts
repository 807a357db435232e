import type { Planting } from '../fault.js';

/** Whether a sandbox is READY in the real runtime; undefined if it has none of that id. */
export async function isReady({ cri }: Planting, pod_sandbox_id: string): Promise<boolean | undefined> {
  const { status } = await cri.runtime.PodSandboxStatus({ pod_sandbox_id }).catch(() => ({ status: null }));
  return status === null ? undefined : status.state === 'SANDBOX_READY';
}

/** Ids of the containers of a sandbox. */
export async function containersOf({ cri }: Planting, pod_sandbox_id: string, running = false): Promise<string[]> {
  const state = running ? ({ state: 'CONTAINER_RUNNING' } as const) : null;
  return (await cri.runtime.ListContainers({ filter: { pod_sandbox_id, state } })).containers.map(({ id }) => id);
}
