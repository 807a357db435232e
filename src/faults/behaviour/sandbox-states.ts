import type { Fault, Planting } from '../fault.js';
import { listedOf, notingEnds } from './relations.js';
import { changePodFacts, handling, together, type Asked, type Plant, type UnaryRpc } from './shapes.js';

/* Sandboxes that died, and sandboxes that look dead for what became of their containers. */

/** A sandbox that nobody had stopped or removed is READY. */
const readyUntilStopped: Plant = (planting) => {
  const askedFor = new Set<string>();
  return together(
    notingEnds((sandbox) => askedFor.add(sandbox)),
    changePodFacts(({ id, state }) =>
      !askedFor.has(id) && state === 'SANDBOX_NOTREADY' ? { state: 'SANDBOX_READY' } : {},
    ),
  )(planting);
};

/** A sandbox looks NOTREADY from when something was noticed of it. */
const notReadyOnce =
  (noticing: (notice: (sandbox: string) => void) => Plant): Plant =>
  (planting) => {
    const noticed = new Set<string>();
    return together(
      noticing((sandbox) => noticed.add(sandbox)),
      changePodFacts(({ id, state }) =>
        noticed.has(id) && state === 'SANDBOX_READY' ? { state: 'SANDBOX_NOTREADY' } : {},
      ),
    )(planting);
  };

/** Calls of an RPC about a container that fail. */
const failing = <Name extends UnaryRpc>(
  rpc: Name,
  notice: (request: Asked<Name>, planting: Planting) => void | Promise<void>,
): Plant =>
  handling(rpc, async ({ request, forward }, planting) => {
    try {
      return await forward();
    } catch (error) {
      await notice(request, planting);
      throw error;
    }
  });

export const sandboxStateFaults: Fault[] = [
  {
    id: 'behaviour/sandbox-killed-stays-ready',
    title: 'a sandbox whose process was killed stays READY until it is stopped',
    plant: readyUntilStopped,
  },
  {
    id: 'behaviour/sandbox-not-ready-when-emptied',
    title: 'a sandbox is NOTREADY once the last of its containers was removed',
    plant: notReadyOnce((notice) =>
      handling('RemoveContainer', async ({ request: { container_id }, forward }, planting) => {
        const sandbox = (await listedOf(planting, container_id))?.pod_sandbox_id;
        const answer = await forward();
        if (sandbox === undefined) return answer;
        const { containers } = await planting.cri.runtime.ListContainers({ filter: { pod_sandbox_id: sandbox } });
        if (containers.length === 0) notice(sandbox);
        return answer;
      }),
    ),
  },
  {
    id: 'behaviour/sandbox-not-ready-when-start-fails',
    title: 'a sandbox is NOTREADY once one of its containers could not be started',
    plant: notReadyOnce((notice) =>
      failing('StartContainer', async ({ container_id }, planting) => {
        const sandbox = (await listedOf(planting, container_id))?.pod_sandbox_id;
        if (sandbox !== undefined) notice(sandbox);
      }),
    ),
  },
  {
    id: 'behaviour/sandbox-not-ready-when-create-fails',
    title: 'a sandbox is NOTREADY once a CreateContainer in it was refused',
    plant: notReadyOnce((notice) =>
      failing('CreateContainer', ({ pod_sandbox_id }) => {
        notice(pod_sandbox_id);
      }),
    ),
  },
];
