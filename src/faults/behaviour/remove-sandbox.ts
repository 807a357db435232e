import { Refusal, type Fault } from '../fault.js';
import { forgotten } from './forgotten.js';
import { overlapping } from './relations.js';
import { containersOf, isReady } from './sandboxes.js';
import {
  changeAnswer,
  changeCode,
  changeRefusal,
  doLater,
  doNothing,
  handling,
  refuse,
  together,
  type Plant,
} from './shapes.js';
import { stalePod } from './stale.js';

/* RemovePodSandbox: what it refuses, what it leaves, what it takes along; and ids that nobody knows. */

/** Sandboxes that are said to be removed and are not: no answer names them, or their containers, any more. */
const onlyForgotten: Plant = (planting) => {
  const hidden = new Set<string>();
  return together(
    handling('RemovePodSandbox', async ({ request: { pod_sandbox_id: id }, forward }) => {
      // It is really removed by the next call.
      if (hidden.has(id) || (await containersOf(planting, id, true)).length === 0) return forward();
      for (const container of await containersOf(planting, id)) hidden.add(container);
      planting.shown();
      hidden.add(id);
      return {};
    }),
    forgotten((id) => hidden.has(id)),
  )(planting);
};

export const removeSandboxFaults: Fault[] = [
  {
    id: 'behaviour/remove-sandbox-does-nothing',
    title: 'RemovePodSandbox says OK and does nothing',
    plant: doNothing('RemovePodSandbox'),
  },
  {
    id: 'behaviour/remove-sandbox-in-background',
    title: 'RemovePodSandbox answers at once and removes the sandbox afterwards',
    plant: doLater('RemovePodSandbox', 0),
  },
  {
    id: 'behaviour/remove-sandbox-only-stops',
    title: 'RemovePodSandbox of a running sandbox only stops it',
    plant: handling('RemovePodSandbox', async ({ request, forward }, planting) => {
      if ((await isReady(planting, request.pod_sandbox_id)) !== true) return forward();
      planting.shown();
      return planting.cri.runtime.StopPodSandbox(request);
    }),
  },
  {
    id: 'behaviour/remove-sandbox-leaves-process',
    title: 'RemovePodSandbox forgets a sandbox and its containers while their processes live on',
    plant: onlyForgotten,
  },
  {
    id: 'behaviour/remove-sandbox-refuses-running',
    title: 'RemovePodSandbox refuses a sandbox that is not stopped',
    plant: refuse(
      'RemovePodSandbox',
      async ({ pod_sandbox_id: id }, planting) => (await isReady(planting, id)) === true,
      'FAILED_PRECONDITION',
      'the sandbox is running',
    ),
  },
  {
    id: 'behaviour/remove-sandbox-refuses-containers',
    title: 'RemovePodSandbox refuses a sandbox that has containers, dead or alive',
    plant: refuse(
      'RemovePodSandbox',
      async ({ pod_sandbox_id: id }, planting) => (await containersOf(planting, id)).length > 0,
      'FAILED_PRECONDITION',
      'the sandbox has containers',
    ),
  },
  {
    id: 'behaviour/remove-sandbox-status-stays',
    title: 'PodSandboxStatus still knows a sandbox for a while after RemovePodSandbox',
    plant: stalePod('RemovePodSandbox', ['status']),
  },
  {
    id: 'behaviour/remove-sandbox-listing-stays',
    title: 'ListPodSandbox still lists a sandbox for a while after RemovePodSandbox',
    plant: stalePod('RemovePodSandbox', ['list']),
  },
  {
    id: 'behaviour/remove-sandbox-leaves-containers-listed',
    title: 'ListContainers still lists the containers of a sandbox after RemovePodSandbox',
    plant: (planting) => {
      const left = new Map<string, object>();
      return together(
        handling('RemovePodSandbox', async ({ request: { pod_sandbox_id }, forward }) => {
          const { containers } = await planting.cri.runtime.ListContainers({ filter: { pod_sandbox_id } });
          const answer = await forward();
          for (const container of containers) left.set(container.id, { ...container, state: 'CONTAINER_EXITED' });
          return answer;
        }),
        changeAnswer('ListContainers', ({ containers }, { filter }) => {
          const wanted = [...left.values()] as typeof containers;
          const own = wanted.filter(({ pod_sandbox_id: pod }) => [undefined, '', pod].includes(filter?.pod_sandbox_id));
          return { containers: filter?.id === undefined || filter.id === '' ? [...containers, ...own] : containers };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/remove-sandbox-takes-attempts-along',
    title: 'RemovePodSandbox removes the other attempts of the pod, too',
    plant: handling('RemovePodSandbox', async ({ request: { pod_sandbox_id: id }, forward }, { cri, shown }) => {
      const { items } = await cri.runtime.ListPodSandbox({});
      const uid = items.find((item) => item.id === id)?.metadata?.uid;
      const answer = await forward();
      const others = items.filter((item) => item.id !== id && item.metadata?.uid === uid);
      if (others.length > 0) shown();
      for (const other of others) await cri.runtime.RemovePodSandbox({ pod_sandbox_id: other.id });
      return answer;
    }),
  },
  {
    id: 'behaviour/remove-sandbox-of-unknown-fails',
    title: 'RemovePodSandbox of an id that the runtime does not know (any more) is NotFound',
    plant: refuse(
      'RemovePodSandbox',
      async ({ pod_sandbox_id: id }, planting) => (await isReady(planting, id)) === undefined,
      'NOT_FOUND',
      'sandbox not found',
    ),
  },
  {
    id: 'behaviour/remove-sandbox-again-fails',
    title: 'RemovePodSandbox of a sandbox that was removed is an error',
    plant: ({ shown }) => {
      const removed = new Set<string>();
      return {
        RemovePodSandbox: async ({ request: { pod_sandbox_id: id }, forward }) => {
          if (removed.has(id)) {
            shown();
            throw new Refusal('INTERNAL', 'no such sandbox');
          }
          const answer = await forward();
          removed.add(id);
          return answer;
        },
      };
    },
  },
  {
    id: 'behaviour/sandbox-status-of-unknown-is-unknown',
    title: 'PodSandboxStatus of an unknown id fails with Unknown in place of NotFound',
    plant: changeCode('PodSandboxStatus', 'NOT_FOUND', 'UNKNOWN'),
  },
  {
    id: 'behaviour/sandbox-status-of-unknown-is-internal',
    title: 'PodSandboxStatus of an unknown id fails with Internal in place of NotFound',
    plant: changeCode('PodSandboxStatus', 'NOT_FOUND', 'INTERNAL'),
  },
  {
    id: 'behaviour/sandbox-status-of-unknown-is-empty',
    title: 'PodSandboxStatus of an unknown id answers without a status',
    plant: changeRefusal('PodSandboxStatus', ({ code }) => (code === 'NOT_FOUND' ? { status: null } : undefined)),
  },
  {
    id: 'behaviour/remove-sandbox-overlapping-fails',
    title: 'RemovePodSandbox is an error while another one of the sandbox is under way',
    plant: overlapping('RemovePodSandbox', ({ request }, call, { shown }) => {
      if (request.pod_sandbox_id !== call.request.pod_sandbox_id) return call.forward();
      shown();
      throw new Refusal('ABORTED', 'the sandbox is being removed');
    }),
  },
  {
    id: 'behaviour/remove-sandbox-during-stop-fails',
    title: 'RemovePodSandbox is an error while a StopPodSandbox of the sandbox is under way',
    plant: (planting) => {
      const stopping = new Set<string>();
      return together(
        handling('StopPodSandbox', ({ request, forward }) => {
          const { pod_sandbox_id: id } = request;
          stopping.add(id);
          return forward().finally(() => stopping.delete(id));
        }),
        refuse(
          'RemovePodSandbox',
          ({ pod_sandbox_id: id }) => stopping.has(id),
          'ABORTED',
          'the sandbox is being stopped',
        ),
      )(planting);
    },
  },
];
