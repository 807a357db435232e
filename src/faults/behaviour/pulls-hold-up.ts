import type { Fault } from '../fault.js';
import { referenceIn } from './image-facts.js';
import { blocked } from './pending-stops.js';
import { handling, type Plant } from './shapes.js';
import { waitingFor } from './waiting.js';

/* What a PullImage that is under way does to everybody else. */

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
    plant: waitingFor('PullImage', ['Status', 'Version']),
  },
  {
    id: 'behaviour/pull-blocks-create',
    title: 'CreateContainer waits while an image is being pulled',
    hangs: true,
    plant: waitingFor('PullImage', ['CreateContainer']),
  },
  {
    id: 'behaviour/pull-blocks-run',
    title: 'RunPodSandbox waits while an image is being pulled',
    hangs: true,
    plant: waitingFor('PullImage', ['RunPodSandbox']),
  },
  {
    id: 'behaviour/pull-blocks-running-containers',
    title: 'ExecSync and StopContainer wait while an image is being pulled',
    hangs: true,
    plant: waitingFor('PullImage', ['ExecSync', 'StopContainer']),
  },
  {
    id: 'behaviour/pulls-one-at-a-time',
    title: 'PullImage waits until the pull before has ended, whatever the images',
    hangs: true,
    plant: onePullAtATime,
  },
  {
    id: 'behaviour/pull-blocks-pod-end',
    title: 'StopPodSandbox and RemovePodSandbox wait while an image is being pulled',
    hangs: true,
    plant: waitingFor('PullImage', ['StopPodSandbox', 'RemovePodSandbox']),
  },
  {
    id: 'behaviour/pull-blocks-statuses',
    title: 'ContainerStatus and PodSandboxStatus wait while an image is being pulled',
    hangs: true,
    plant: waitingFor('PullImage', ['ContainerStatus', 'PodSandboxStatus']),
  },
  {
    id: 'behaviour/pull-blocks-updates',
    title: 'UpdateContainerResources waits while an image is being pulled',
    hangs: true,
    plant: waitingFor('PullImage', ['UpdateContainerResources']),
  },
  {
    id: 'behaviour/pull-blocks-log-rotation',
    title: 'ReopenContainerLog waits while an image is being pulled',
    hangs: true,
    plant: waitingFor('PullImage', ['ReopenContainerLog']),
  },
];
