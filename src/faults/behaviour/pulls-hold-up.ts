import type { Fault } from '../fault.js';
import { referenceIn } from './image-facts.js';
import { blocked } from './pending-stops.js';
import { handling, together, type Plant, type UnaryRpc } from './shapes.js';

/* What a PullImage that is under way does to everybody else. */

/** Calls that come while an image is being pulled wait for its end, or until their client gives up. */
function waitingForPulls(...rpcs: UnaryRpc[]): Plant {
  return (planting) => {
    const pulls = new Set<Promise<unknown>>();
    const waiting = rpcs.map((rpc) =>
      handling(rpc, async ({ forward, signal }) => {
        for (const pull of pulls) {
          planting.shown();
          await blocked(pull, signal);
        }
        return forward();
      }),
    );
    const pulling = handling('PullImage', async ({ forward }) => {
      const pull = forward();
      const ended = pull.catch(() => undefined);
      pulls.add(ended);
      void ended.then(() => pulls.delete(ended));
      return pull;
    });
    return together(pulling, ...waiting)(planting);
  };
}

/** Pulls of different images one after the other. */
const onePullAtATime: Plant = (planting) => {
  let last: { reference: string; ended: Promise<unknown> } | undefined;
  return handling('PullImage', ({ request, forward, signal }) => {
    const [before, reference] = [last, referenceIn(request)];
    const pull = (async () => {
      if (before !== undefined) {
        if (before.reference !== reference) planting.shown();
        await blocked(before.ended, signal);
      }
      return forward();
    })();
    const own = { reference, ended: pull.catch(() => undefined) };
    last = own;
    void own.ended.then(() => {
      if (last === own) last = undefined;
    });
    return pull;
  })(planting);
};

export const pullHoldsUpFaults: Fault[] = [
  {
    id: 'behaviour/pull-blocks-runtime-status',
    title: 'Status and Version wait while an image is being pulled',
    hangs: true,
    plant: waitingForPulls('Status', 'Version'),
  },
  {
    id: 'behaviour/pull-blocks-create',
    title: 'CreateContainer waits while an image is being pulled',
    hangs: true,
    plant: waitingForPulls('CreateContainer'),
  },
  {
    id: 'behaviour/pull-blocks-run',
    title: 'RunPodSandbox waits while an image is being pulled',
    hangs: true,
    plant: waitingForPulls('RunPodSandbox'),
  },
  {
    id: 'behaviour/pull-blocks-running-containers',
    title: 'ExecSync and StopContainer wait while an image is being pulled',
    hangs: true,
    plant: waitingForPulls('ExecSync', 'StopContainer'),
  },
  {
    id: 'behaviour/pulls-one-at-a-time',
    title: 'PullImage waits until the pull before has ended, whatever the images',
    hangs: true,
    plant: onePullAtATime,
  },
];
