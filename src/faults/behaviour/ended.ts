import type { Container, ContainerStatus, PodSandbox } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { conditions, meetsAll } from './matching.js';
import { containersOf } from './sandboxes.js';
import {
  changeAnswer,
  changeContainerStatus,
  changeListedPods,
  changePodFacts,
  changePodStatus,
  ended,
  handling,
  stateOf,
  together,
  type Plant,
} from './shapes.js';
import { listedOf } from './relations.js';

/* What becomes of the facts of containers and sandboxes that have ended. */

const NO_IMAGE = { image: '', annotations: {}, user_specified_image: '', runtime_handler: '', image_ref: '' };

/** Says something else of containers that were of note at some call. */
const noted = (
  note: (notes: Set<string>) => Plant,
  change: (status: ContainerStatus) => Partial<ContainerStatus>,
): Plant => {
  return (planting) => {
    const notes = new Set<string>();
    return together(
      note(notes),
      changeContainerStatus((status) => (notes.has(status.id) ? change(status) : {})),
    )(planting);
  };
};

/** Notes the containers of a sandbox that are in a state when it is stopped. */
const atStopSandbox =
  (state: Container['state']) =>
  (notes: Set<string>): Plant =>
    handling('StopPodSandbox', async ({ request: { pod_sandbox_id }, forward }, { cri }) => {
      const filter = { pod_sandbox_id, state: { state } };
      for (const { id } of (await cri.runtime.ListContainers({ filter })).containers) notes.add(id);
      return forward();
    });

/** Sandboxes all of whose containers have ended are NOTREADY. */
const readyByContainers: Plant = (planting) => {
  const stateNow = async (): Promise<(pod: { id: string; state: PodSandbox['state'] }) => PodSandbox['state']> => {
    const { containers } = await planting.cri.runtime.ListContainers({});
    return ({ id, state }) => {
      const own = containers.filter(({ pod_sandbox_id }) => pod_sandbox_id === id);
      return own.length > 0 && own.every(ended) ? 'SANDBOX_NOTREADY' : state;
    };
  };
  return together(
    changeAnswer('PodSandboxStatus', async (answer) => {
      const { status } = answer;
      return status === null ? answer : { ...answer, status: { ...status, state: (await stateNow())(status) } };
    }),
    handling('ListPodSandbox', async ({ request: { filter }, forward }) => {
      const [{ items }, state] = [await forward({}), await stateNow()];
      const seen = items.map((item) => ({ ...item, state: state(item) }));
      if (seen.some((item, index) => item.state !== items[index]?.state)) planting.shown();
      return { items: seen.filter((item) => meetsAll(conditions(filter, item))) };
    }),
  )(planting);
};

export const endedFaults: Fault[] = [
  {
    id: 'behaviour/exited-lose-image',
    title: 'ContainerStatus of an EXITED container has no image and image_ref',
    plant: changeContainerStatus((status) => (ended(status) ? { image: NO_IMAGE, image_ref: '' } : {})),
  },
  {
    id: 'behaviour/exited-lose-annotations',
    title: 'ContainerStatus of an EXITED container has no annotations',
    plant: changeContainerStatus((status) => (ended(status) ? { annotations: {} } : {})),
  },
  {
    id: 'behaviour/stopped-sandboxes-lose-handler',
    title: 'a stopped sandbox has no runtime_handler',
    plant: changePodFacts(({ state }) => (state === 'SANDBOX_NOTREADY' ? { runtime_handler: '' } : {})),
  },
  {
    id: 'behaviour/stopped-sandboxes-lose-uid-in-list',
    title: 'ListPodSandbox has no uid for stopped sandboxes',
    plant: changeListedPods(({ state, metadata }) =>
      state === 'SANDBOX_NOTREADY' && metadata !== null ? { metadata: { ...metadata, uid: '' } } : {},
    ),
  },
  {
    id: 'behaviour/stopped-sandboxes-have-default-namespaces',
    title: 'PodSandboxStatus of a stopped sandbox tells the default namespace modes',
    plant: changePodStatus(({ state, linux }) => {
      const options = linux?.namespaces?.options;
      if (state !== 'SANDBOX_NOTREADY' || !options) return {};
      return { linux: { namespaces: { options: { ...options, network: 'POD', pid: 'POD', ipc: 'POD' } } } };
    }),
  },
  {
    id: 'behaviour/sandbox-not-ready-when-containers-exit',
    title: 'a sandbox is NOTREADY once all its containers are EXITED',
    plant: readyByContainers,
  },
  {
    id: 'behaviour/stop-sandbox-overwrites-exit-code',
    title: 'exit_code of a container that had exited before StopPodSandbox becomes 137',
    plant: noted(atStopSandbox('CONTAINER_EXITED'), () => ({ exit_code: 137, reason: 'Error' })),
  },
  {
    id: 'behaviour/stop-sandbox-moves-finished-at',
    title: 'finished_at of a container that had exited before StopPodSandbox becomes the time of that',
    plant: (planting) => {
      const stopped = new Map<string, bigint>();
      return together(
        handling('StopPodSandbox', async ({ request: { pod_sandbox_id }, forward }, { cri }) => {
          const filter = { pod_sandbox_id, state: { state: 'CONTAINER_EXITED' as const } };
          const { containers } = await cri.runtime.ListContainers({ filter });
          for (const { id } of containers) stopped.set(id, BigInt(Date.now()) * 1_000_000n);
          return forward();
        }),
        changeContainerStatus(({ id, finished_at }) => ({ finished_at: stopped.get(id) ?? finished_at })),
      )(planting);
    },
  },
  {
    id: 'behaviour/finished-at-is-when-stop-was-called',
    title: 'finished_at of a container that took time to stop is when StopContainer was called',
    plant: (planting) => {
      const called = new Map<string, bigint>();
      return together(
        handling('StopContainer', async ({ request: { container_id }, forward }) => {
          const now = BigInt(Date.now()) * 1_000_000n;
          if ((await stateOf(planting, container_id)) === 'CONTAINER_RUNNING') called.set(container_id, now);
          return forward();
        }),
        changeContainerStatus(({ id, finished_at }) => {
          const at = called.get(id);
          return at !== undefined && finished_at > at ? { finished_at: at } : {};
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/remove-of-sibling-loses-exit-code',
    title: 'after RemoveContainer the other EXITED containers of the pod have exit code 0',
    plant: noted(
      (notes) =>
        handling('RemoveContainer', async ({ request: { container_id }, forward }, planting) => {
          const own = await listedOf(planting, container_id);
          const answer = await forward();
          if (own !== undefined) for (const id of await containersOf(planting, own.pod_sandbox_id)) notes.add(id);
          return answer;
        }),
      (status) => (ended(status) ? { exit_code: 0, reason: 'Completed' } : {}),
    ),
  },
  {
    id: 'behaviour/oom-spreads',
    title: 'every EXITED container of a pod in which one was OOMKilled has that reason',
    plant: (planting) => {
      const pods = new Set<string>();
      return changeContainerStatus(async (status) => {
        if (!ended(status)) return {};
        const pod = (await listedOf(planting, status.id))?.pod_sandbox_id ?? '';
        if (status.reason === 'OOMKilled') pods.add(pod);
        return pods.has(pod) ? { reason: 'OOMKilled' } : {};
      })(planting);
    },
  },
  {
    id: 'behaviour/own-end-loses-labels-and-annotations',
    title: 'ContainerStatus of a container that ended by itself has neither labels nor annotations',
    plant: changeContainerStatus((status) =>
      ended(status) && status.exit_code < 128 ? { labels: {}, annotations: {} } : {},
    ),
  },
];
