import type { Fault } from '../fault.js';
import { containersOf } from './sandboxes.js';
import { changeConditions, failing } from './info.js';
import { changeRequest, handling, together } from './shapes.js';
import { Pending, waitingForStops } from './pending-stops.js';
import { listedOf, overlapping, siblingsOf } from './relations.js';

/* What a pending or past stop does to everybody else. */

export const stopHoldsUpFaults: Fault[] = [
  {
    id: 'behaviour/stops-in-pod-one-by-one',
    title: 'StopContainer waits for a pending one of another container of the pod before it sends its signal',
    hangs: true,
    plant: overlapping('StopContainer', async (earlier, { request, forward }, planting) => {
      const siblings = await siblingsOf(planting, request.container_id);
      if (!siblings.some(({ id }) => id === earlier.request.container_id)) return forward();
      planting.shown();
      await earlier.answer.catch(() => undefined);
      return forward();
    }),
  },
  {
    id: 'behaviour/stop-blocks-create',
    title: 'CreateContainer, in whatever pod, waits for pending StopContainer calls',
    hangs: true,
    plant: waitingForStops('CreateContainer', () => true),
  },
  {
    id: 'behaviour/stop-blocks-run',
    title: 'RunPodSandbox waits for pending StopContainer calls',
    hangs: true,
    plant: waitingForStops('RunPodSandbox', () => true),
  },
  {
    id: 'behaviour/stop-blocks-runtime-status',
    title: 'Status waits for pending StopContainer calls',
    hangs: true,
    plant: waitingForStops('Status', () => true),
  },
  {
    id: 'behaviour/stop-blocks-sandbox-listing',
    title: 'ListPodSandbox waits for pending StopContainer calls',
    hangs: true,
    plant: waitingForStops('ListPodSandbox', () => true),
  },
  {
    id: 'behaviour/stop-blocks-remove',
    title: 'RemoveContainer of a container waits out the grace period of its pending StopContainer',
    hangs: true,
    plant: waitingForStops('RemoveContainer', (id, { container_id }) => id === container_id),
  },
  {
    id: 'behaviour/stop-blocks-stop-sandbox',
    title: 'StopPodSandbox waits out the grace periods of pending StopContainer calls in the pod',
    hangs: true,
    plant: waitingForStops('StopPodSandbox', async (id, { pod_sandbox_id }, planting) =>
      (await containersOf(planting, pod_sandbox_id)).includes(id),
    ),
  },
  {
    id: 'behaviour/stop-grace-begins-with-first-in-pod',
    title: 'the grace period of every container of a pod begins with the first StopContainer in it',
    plant: (planting) => {
      const first = new Map<string, number>();
      return changeRequest('StopContainer', async (request) => {
        const container = await listedOf(planting, request.container_id);
        if (container === undefined) return request;
        const since = Date.now() - (first.get(container.pod_sandbox_id) ?? Date.now());
        first.set(container.pod_sandbox_id, Date.now() - since);
        const left = request.timeout - BigInt(Math.floor(since / 1000));
        return request.timeout <= 0n ? request : { ...request, timeout: left < 0n ? 0n : left };
      })(planting);
    },
  },
  {
    id: 'behaviour/runtime-not-ready-while-stopping',
    title: 'RuntimeReady is false while a StopContainer is pending',
    plant: (planting) => {
      const pending = new Pending();
      return together(
        handling('StopContainer', ({ request, forward }) => pending.during(request.container_id, () => forward())),
        changeConditions((conditions) =>
          pending.any() === undefined ? conditions : failing('RuntimeReady', conditions),
        ),
      )(planting);
    },
  },
  {
    id: 'behaviour/network-not-ready-after-stop-sandbox',
    title: 'NetworkReady is false after StopPodSandbox until the next RunPodSandbox',
    plant: (planting) => {
      let torn = false;
      return together(
        handling('StopPodSandbox', async ({ forward }) => {
          const answer = await forward();
          torn = true;
          return answer;
        }),
        handling('RunPodSandbox', ({ forward }) => {
          torn = false;
          return forward();
        }),
        changeConditions((conditions) => (torn ? failing('NetworkReady', conditions) : conditions)),
      )(planting);
    },
  },
  {
    // One container of a pod restarts while another one takes its time to end.
    id: 'behaviour/stop-blocks-start-in-pod',
    title: 'StartContainer waits for pending StopContainer calls of other containers of the pod',
    hangs: true,
    plant: waitingForStops('StartContainer', async (stopping, { container_id }, planting) =>
      (await siblingsOf(planting, container_id)).some(({ id }) => id === stopping),
    ),
  },
];
