import { RUN_LABEL } from '../../fixtures/configs/identity.js';
import type { Cri } from '../client/cri.js';
import type { PodSandbox } from '../client/generated/types.js';
import { removeCgroups } from '../kit/cgroups.js';
import { removeSandbox } from '../kit/remove-sandbox.js';
import type { RunSettings } from '../kit/settings.js';

/**
 * Removes the sandboxes that a fault kept the specs of a run from removing, past the proxy, and the run's cgroups.
 * @returns what could not be removed
 */
export async function sweepRun(
  { cri, settings }: { cri: Cri; settings: Pick<RunSettings, 'hostAccess'> },
  runId: string,
): Promise<string[]> {
  const left = await sweep(cri, ({ labels }) => labels[RUN_LABEL] === runId);
  if (settings.hostAccess) left.push(...removeCgroups(`crivet-${runId}`));
  return left;
}

/** The same for sandboxes whose labels a fault has lost: of ours, but of no run that can be named. */
export function sweepUnlabelled(cri: Cri): Promise<string[]> {
  return sweep(cri, ({ labels, metadata }) => labels[RUN_LABEL] === undefined && metadata?.namespace === 'crivet');
}

async function sweep(cri: Cri, ours: (item: PodSandbox) => boolean): Promise<string[]> {
  let items: PodSandbox[];
  try {
    ({ items } = await cri.runtime.ListPodSandbox({}));
  } catch (error) {
    return [`what is left could not be listed: ${(error as Error).message}`];
  }
  const removed = items.filter(ours).map(async ({ id }) => {
    try {
      await removeSandbox(cri.runtime, id, { timeoutMs: 30_000 });
      return [];
    } catch (error) {
      return [`pod sandbox ${id}: ${(error as Error).message}`];
    }
  });
  return (await Promise.all(removed)).flat();
}
