import type { Container, ContainerFilter, PodSandboxFilter } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { chosen, podsBy } from './lists.js';
import { conditions, meetsAll } from './matching.js';
import { isReady } from './sandboxes.js';
import { changeAnswer, changeListedContainers, ended, handling, together, type Plant } from './shapes.js';

/* What a selector matches, and lists that lag behind or leave out. */

type Rule = (item: Container, filter: ContainerFilter, labelsOfPod: Record<string, string>) => boolean;

/** ListContainers under a rule of its own. */
const containersBy = (rule: Rule): Plant =>
  handling('ListContainers', async ({ request: { filter }, forward }, { cri, shown }) => {
    if (filter === null) return forward();
    const { containers } = await forward({});
    const { items } = await cri.runtime.ListPodSandbox({});
    const labels = new Map(items.map((pod) => [pod.id, pod.labels]));
    const own = (item: Container): boolean => rule(item, filter, labels.get(item.pod_sandbox_id) ?? {});
    return { containers: chosen(containers, filter, (_met, _filter, item) => own(item as Container), shown) };
  });

/** Whether a filter has nothing set. */
const isEmpty = ({ id, state, pod_sandbox_id, label_selector }: ContainerFilter): boolean =>
  id === '' && state === null && pod_sandbox_id === '' && Object.keys(label_selector).length === 0;

/** A rule that sees other labels than the container has, or another selector. */
const labelsSeen = (
  seen: (labels: Record<string, string>, item: Container, ofPod: Record<string, string>) => Record<string, string>,
  asked: (selector: Record<string, string>) => Record<string, string> = (selector) => selector,
): Plant =>
  containersBy((item, filter, ofPod) =>
    meetsAll(
      conditions(
        { ...filter, label_selector: asked(filter.label_selector) },
        { ...item, labels: seen(item.labels, item, ofPod) },
      ),
    ),
  );

const mapped = (labels: Record<string, string>, change: (key: string, value: string) => [string, string]) =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => change(key, value)));

const lowerCase = (labels: Record<string, string>) => mapped(labels, (key, value) => [key, value.toLowerCase()]);
const bareKeys = (labels: Record<string, string>) =>
  mapped(labels, (key, value) => [key.slice(key.lastIndexOf('/') + 1), value]);

const hasLabels = (filter: ContainerFilter | PodSandboxFilter | null): boolean =>
  filter !== null && Object.keys(filter.label_selector).length > 0;

const RECENT_MS = 1_500;

export const selectorFaults: Fault[] = [
  {
    id: 'behaviour/filter-matches-labels-of-pod',
    title: 'ListContainers takes the labels of the pod for those of its containers when it filters',
    plant: labelsSeen((labels, _, ofPod) => ({ ...ofPod, ...labels })),
  },
  {
    id: 'behaviour/filter-matches-annotations',
    title: 'ListContainers looks for the labels of a filter among annotations, too',
    plant: labelsSeen((labels, { annotations }) => ({ ...annotations, ...labels })),
  },
  {
    id: 'behaviour/filter-ignores-case',
    title: 'ListContainers does not mind capitals in the values of labels when it filters',
    plant: labelsSeen(lowerCase, lowerCase),
  },
  {
    id: 'behaviour/filter-ignores-prefixes-of-keys',
    title: 'ListContainers compares keys of labels from the slash on when it filters',
    plant: labelsSeen(bareKeys, bareKeys),
  },
  {
    id: 'behaviour/label-index-keeps-removed',
    title: 'ListPodSandbox with labels still lists a sandbox for a while after RemovePodSandbox, and only then',
    plant: (planting) => {
      const removed: { at: number; item: Parameters<typeof conditions>[1] }[] = [];
      return together(
        handling('RemovePodSandbox', async ({ request, forward }, { cri }) => {
          const { items } = await cri.runtime.ListPodSandbox({ filter: { id: request.pod_sandbox_id } });
          const answer = await forward();
          removed.push(
            ...items.map((item) => ({ at: Date.now(), item: { ...item, state: 'SANDBOX_NOTREADY' as const } })),
          );
          return answer;
        }),
        changeAnswer('ListPodSandbox', ({ items }, { filter }) => {
          if (!hasLabels(filter)) return { items };
          const kept = removed.filter(
            ({ at, item }) => Date.now() - at < RECENT_MS && meetsAll(conditions(filter, item)),
          );
          return { items: [...items, ...kept.map(({ item }) => item as (typeof items)[number])] };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/state-index-late',
    title: 'ListContainers with the state RUNNING still lists a container, as EXITED, for a while after StopContainer',
    plant: (planting) => {
      const stopped = new Map<string, number>();
      return together(
        handling('StopContainer', async ({ request, forward }) => {
          const answer = await forward();
          stopped.set(request.container_id, Date.now());
          return answer;
        }),
        containersBy((item, filter) => {
          const late = ended(item) && Date.now() - (stopped.get(item.id) ?? 0) < RECENT_MS;
          return meetsAll(conditions(filter, late ? { ...item, state: 'CONTAINER_RUNNING' } : item));
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/list-three-per-pod',
    title: 'ListContainers lists at most three containers of a pod',
    plant: changeAnswer('ListContainers', ({ containers }) => {
      const counts = new Map<string, number>();
      return {
        containers: containers.filter(({ pod_sandbox_id: pod }) => {
          counts.set(pod, (counts.get(pod) ?? 0) + 1);
          return (counts.get(pod) ?? 0) <= 3;
        }),
      };
    }),
  },
  {
    id: 'behaviour/list-thirty-at-most',
    title: 'ListContainers lists at most thirty containers',
    plant: changeAnswer('ListContainers', ({ containers }) => ({ containers: containers.slice(0, 30) })),
  },
  {
    id: 'behaviour/list-image-of-first-in-pod',
    title: 'ListContainers gives all containers of a pod the image of one of them',
    plant: changeListedContainers(({ pod_sandbox_id, ...own }, all) => {
      const { image, image_ref } = all.find((item) => item.pod_sandbox_id === pod_sandbox_id) ?? own;
      return { image, image_ref };
    }),
  },
  {
    id: 'behaviour/list-sandboxes-by-id-ready-only',
    title: 'ListPodSandbox with an id and no state lists the sandbox if it is READY only',
    plant: podsBy(
      (met, { id, state }, item) => meetsAll(met) && (id === '' || state !== null || item.state === 'SANDBOX_READY'),
    ),
  },
  {
    // The kubelet removes no container that it cannot list.
    id: 'behaviour/list-containers-of-stopped-sandbox-is-empty',
    title: 'ListContainers with the pod_sandbox_id of a stopped sandbox lists nothing',
    plant: changeAnswer('ListContainers', async (answer, { filter }, planting) => {
      const pod = filter?.pod_sandbox_id ?? '';
      return pod !== '' && (await isReady(planting, pod)) === false ? { containers: [] } : answer;
    }),
  },
  {
    id: 'behaviour/list-containers-without-those-of-stopped-sandboxes',
    title: 'ListContainers without a filter leaves out the containers of stopped sandboxes',
    plant: changeAnswer('ListContainers', async ({ containers }, { filter }, { cri }) => {
      if (filter !== null) return { containers };
      const ready = { state: { state: 'SANDBOX_READY' as const } };
      const pods = new Set((await cri.runtime.ListPodSandbox({ filter: ready })).items.map(({ id }) => id));
      return { containers: containers.filter(({ pod_sandbox_id }) => pods.has(pod_sandbox_id)) };
    }),
  },
  {
    id: 'behaviour/list-containers-by-empty-filter-running-only',
    title: 'ListContainers with a filter in which nothing is set lists RUNNING containers only',
    plant: changeAnswer('ListContainers', ({ containers }, { filter }) => ({
      containers:
        filter !== null && isEmpty(filter)
          ? containers.filter(({ state }) => state === 'CONTAINER_RUNNING')
          : containers,
    })),
  },
  {
    id: 'behaviour/list-containers-of-pod-is-empty-after-remove',
    title: 'after RemoveContainer ListContainers with a pod_sandbox_id lists nothing until the next CreateContainer',
    plant: (planting) => {
      let removed = false;
      return together(
        changeAnswer('RemoveContainer', (answer) => {
          removed = true;
          return answer;
        }),
        changeAnswer('CreateContainer', (answer) => {
          removed = false;
          return answer;
        }),
        changeAnswer('ListContainers', (answer, { filter }) =>
          removed && filter !== null && filter.pod_sandbox_id !== '' ? { containers: [] } : answer,
        ),
      )(planting);
    },
  },
];
