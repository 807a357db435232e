import type { Container, ContainerFilter, PodSandbox, PodSandboxFilter } from '../../client/generated/types.js';
import { isDeepStrictEqual } from 'node:util';
import { Refusal, type Fault } from '../fault.js';
import { conditions, meetsAll, type AnyFilter, type AnyItem, type Conditions } from './matching.js';
import { changeAnswer, handling, refuse, type Plant } from './shapes.js';

/* ListContainers and ListPodSandbox: filters, and what is in the list. */

/** Whether an item is listed under a filter, by another rule than the right one. */
export type Rule = (met: Conditions, filter: AnyFilter, item: AnyItem) => boolean;

/** Both lists under a rule of their own. The order of a list means nothing. */
export function containersBy(rule: Rule): Plant {
  return handling('ListContainers', async ({ request: { filter }, forward }, { shown }) => {
    const { containers } = await forward({});
    return { containers: chosen(containers, filter, rule, shown) };
  });
}

export function podsBy(rule: Rule): Plant {
  return handling('ListPodSandbox', async ({ request: { filter }, forward }, { shown }) => {
    const { items } = await forward({});
    return { items: chosen(items, filter, rule, shown) };
  });
}

/** The items that a rule of its own lists. Without a filter no rule has a say. */
export function chosen<Item extends AnyItem>(
  all: Item[],
  filter: AnyFilter | null,
  rule: Rule,
  shown: () => void,
): Item[] {
  const right = all.filter((item) => meetsAll(conditions(filter, item)));
  const wrong = filter === null ? all : all.filter((item) => rule(conditions(filter, item), filter, item));
  if (!isDeepStrictEqual(wrong, right)) shown();
  return wrong;
}

const flat = ({ id, state, pod, labels }: Conditions): boolean[] => [...id, ...state, ...pod, ...labels];

const isZero = ({ state }: AnyFilter): boolean =>
  state?.state === 'CONTAINER_CREATED' || state?.state === 'SANDBOX_READY';

/** Rules that make a fault of either list, by the last part of its id. */
const RULES: Record<string, { says: string; rule: Rule }> = {
  'filters-are-ored': {
    says: 'lists what meets one of the conditions of the filter',
    rule: (met) => flat(met).length === 0 || flat(met).some(Boolean),
  },
  'first-label-decides': {
    says: 'looks at the first label of the filter alone',
    rule: ({ labels, ...met }) => meetsAll({ ...met, labels: labels.slice(0, 1) }),
  },
  'last-label-decides': {
    says: 'looks at the last label of the filter alone',
    rule: ({ labels, ...met }) => meetsAll({ ...met, labels: labels.slice(-1) }),
  },
  'empty-values-are-any': {
    says: 'takes a label of the filter without a value for any value of it',
    rule: (met, { label_selector }, { labels }) => {
      const matches = ([key, value]: [string, string]) => (value === '' ? key in labels : labels[key] === value);
      return meetsAll({ ...met, labels: Object.entries(label_selector).map(matches) });
    },
  },
  'two-labels-at-most': {
    says: 'looks at the first two labels of a filter',
    rule: ({ labels, ...met }) => meetsAll({ ...met, labels: labels.slice(0, 2) }),
  },
  'any-label-decides': {
    says: 'lists what has one of the labels of the filter',
    rule: ({ labels, ...met }) => meetsAll({ ...met, labels: labels.length === 0 ? [] : [labels.some(Boolean)] }),
  },
  'label-keys-decide': {
    says: 'takes a label of the filter for met if the key is there',
    rule: (met, { label_selector }, item) =>
      meetsAll({ ...met, labels: Object.keys(label_selector).map((key) => key in item.labels) }),
  },
  'label-prefixes-decide': {
    says: 'takes a label of the filter for met if the value begins like it',
    rule: (met, { label_selector }, item) =>
      meetsAll({
        ...met,
        labels: Object.entries(label_selector).map(([key, value]) => item.labels[key]?.startsWith(value) === true),
      }),
  },
  'missing-labels-are-empty': {
    says: 'takes an empty label of the filter for met if there is no such label',
    rule: (met, { label_selector }, item) =>
      meetsAll({
        ...met,
        labels: Object.entries(label_selector).map(([key, value]) => (item.labels[key] ?? '') === value),
      }),
  },
  'state-filter-inverted': {
    says: 'lists what is not in the state of the filter',
    rule: ({ state, ...met }) => meetsAll({ ...met, state: state.map((is) => !is) }),
  },
  'state-zero-is-any': {
    says: 'takes a state with the number 0 in the filter, CREATED or READY, for none',
    rule: ({ state, ...met }, filter) => meetsAll({ ...met, state: isZero(filter) ? [] : state }),
  },
  'state-ignored-beside-id': {
    says: 'ignores the state of a filter with an id',
    rule: ({ state, ...met }) => meetsAll({ ...met, state: met.id.length > 0 ? [] : state }),
  },
  'state-ignored-beside-labels': {
    says: 'ignores the state of a filter with labels',
    rule: ({ state, ...met }) => meetsAll({ ...met, state: met.labels.length > 0 ? [] : state }),
  },
  'labels-ignored-beside-id': {
    says: 'ignores the labels of a filter with an id',
    rule: ({ labels, ...met }) => meetsAll({ ...met, labels: met.id.length > 0 ? [] : labels }),
  },
  'labels-ignored-beside-state': {
    says: 'ignores the labels of a filter with a state',
    rule: ({ labels, ...met }) => meetsAll({ ...met, labels: met.state.length > 0 ? [] : labels }),
  },
};

const ruleFaults = (rpc: 'containers' | 'sandboxes'): Fault[] =>
  Object.entries(RULES).map(([name, { says, rule }]) => ({
    id: `behaviour/list-${rpc}-${name}`,
    title: `${rpc === 'containers' ? 'ListContainers' : 'ListPodSandbox'} ${says}`,
    plant: rpc === 'containers' ? containersBy(rule) : podsBy(rule),
  }));

const listing = (change: (containers: Container[], filter: ContainerFilter | null) => Container[]): Plant =>
  changeAnswer('ListContainers', ({ containers }, { filter }) => ({ containers: change(containers, filter) }));

const podListing = (change: (items: PodSandbox[], filter: PodSandboxFilter | null) => PodSandbox[]): Plant =>
  changeAnswer('ListPodSandbox', ({ items }, { filter }) => ({ items: change(items, filter) }));

const without = (state: Container['state']): Plant =>
  listing((containers) => containers.filter((item) => item.state !== state));

const isEmpty = (filter: AnyFilter | null): boolean =>
  filter === null || (filter.id === '' && filter.state === null && Object.keys(filter.label_selector).length === 0);

export const listFaults: Fault[] = [
  ...ruleFaults('containers'),
  ...ruleFaults('sandboxes'),
  {
    id: 'behaviour/list-containers-pod-ignored-beside-labels',
    title: 'ListContainers ignores the pod_sandbox_id of a filter with labels',
    plant: containersBy(({ pod, ...met }) => meetsAll({ ...met, pod: met.labels.length > 0 ? [] : pod })),
  },
  {
    id: 'behaviour/list-containers-pod-ignored-beside-id',
    title: 'ListContainers ignores the pod_sandbox_id of a filter with an id',
    plant: containersBy(({ pod, ...met }) => meetsAll({ ...met, pod: met.id.length > 0 ? [] : pod })),
  },
  {
    id: 'behaviour/list-containers-pod-ignored-beside-state',
    title: 'ListContainers ignores the pod_sandbox_id of a filter with a state',
    plant: containersBy(({ pod, ...met }) => meetsAll({ ...met, pod: met.state.length > 0 ? [] : pod })),
  },
  {
    id: 'behaviour/list-containers-unknown-id-lists-all',
    title: 'ListContainers with an id that nobody has lists everything',
    plant: changeAnswer('ListContainers', (answer, { filter }, { cri }) =>
      answer.containers.length === 0 && filter !== null && filter.id !== '' ? cri.runtime.ListContainers({}) : answer,
    ),
  },
  {
    id: 'behaviour/list-sandboxes-unknown-id-lists-all',
    title: 'ListPodSandbox with an id that nobody has lists everything',
    plant: changeAnswer('ListPodSandbox', (answer, { filter }, { cri }) =>
      answer.items.length === 0 && filter !== null && filter.id !== '' ? cri.runtime.ListPodSandbox({}) : answer,
    ),
  },
  {
    id: 'behaviour/list-containers-unknown-id-fails',
    title: 'ListContainers with an id that nobody has is NotFound',
    plant: changeAnswer('ListContainers', (answer, { filter }) => {
      if (answer.containers.length === 0 && filter !== null && filter.id !== '') {
        throw new Refusal('NOT_FOUND', 'container not found');
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/list-containers-unknown-pod-fails',
    title: 'ListContainers with a pod_sandbox_id that no sandbox has is NotFound',
    plant: refuse(
      'ListContainers',
      async ({ filter }, { cri }) => {
        const id = filter?.pod_sandbox_id ?? '';
        return id !== '' && (await cri.runtime.ListPodSandbox({ filter: { id } })).items.length === 0;
      },
      'NOT_FOUND',
      'sandbox not found',
    ),
  },
  {
    id: 'behaviour/list-sandboxes-unknown-id-fails',
    title: 'ListPodSandbox with an id that nobody has is NotFound',
    plant: changeAnswer('ListPodSandbox', (answer, { filter }) => {
      if (answer.items.length === 0 && filter !== null && filter.id !== '') {
        throw new Refusal('NOT_FOUND', 'sandbox not found');
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/list-containers-no-match-fails',
    title: 'ListContainers with labels that nobody has is NotFound',
    plant: changeAnswer('ListContainers', (answer, { filter }) => {
      if (answer.containers.length === 0 && filter !== null && Object.keys(filter.label_selector).length > 0) {
        throw new Refusal('NOT_FOUND', 'no containers found');
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/list-containers-running-by-default',
    title: 'ListContainers without a state in the filter lists running ones only',
    plant: listing((containers, filter) =>
      filter?.state ? containers : containers.filter(({ state }) => state === 'CONTAINER_RUNNING'),
    ),
  },
  {
    id: 'behaviour/list-containers-empty-filter-is-empty',
    title: 'ListContainers with an empty filter lists nothing',
    source: 'containerd#6198',
    plant: listing((containers, filter) => (isEmpty(filter) && !filter?.pod_sandbox_id ? [] : containers)),
  },
  {
    id: 'behaviour/list-sandboxes-empty-filter-is-empty',
    title: 'ListPodSandbox with an empty filter lists nothing',
    plant: podListing((items, filter) => (isEmpty(filter) ? [] : items)),
  },
  {
    id: 'behaviour/list-sandboxes-ready-by-default',
    title: 'ListPodSandbox with labels and no state lists READY sandboxes only',
    plant: podListing((items, filter) =>
      filter === null || filter.state !== null || Object.keys(filter.label_selector).length === 0
        ? items
        : items.filter(({ state }) => state === 'SANDBOX_READY'),
    ),
  },
  {
    id: 'behaviour/list-containers-without-exited',
    title: 'ListContainers leaves out EXITED containers',
    plant: without('CONTAINER_EXITED'),
  },
  {
    id: 'behaviour/list-containers-without-created',
    title: 'ListContainers leaves out CREATED containers',
    plant: without('CONTAINER_CREATED'),
  },
  {
    id: 'behaviour/list-containers-doubled',
    title: 'ListContainers lists every container twice',
    plant: listing((containers) => [...containers, ...containers]),
  },
  {
    id: 'behaviour/list-sandboxes-doubled',
    title: 'ListPodSandbox lists every sandbox twice',
    plant: podListing((items) => [...items, ...items]),
  },
  {
    id: 'behaviour/list-containers-newest-attempt-only',
    title: 'ListContainers lists the newest attempt of each container only',
    plant: listing((containers) =>
      containers.filter(
        (item) => !containers.some((other) => sameName(item, other) && other.created_at > item.created_at),
      ),
    ),
  },
  {
    id: 'behaviour/list-containers-newest-of-pod-only',
    title: 'ListContainers lists the newest container of each pod only',
    plant: listing((containers) =>
      containers.filter(
        (item) =>
          !containers.some(
            (other) => other.pod_sandbox_id === item.pod_sandbox_id && other.created_at > item.created_at,
          ),
      ),
    ),
  },
  {
    id: 'behaviour/list-sandboxes-newest-attempt-only',
    title: 'ListPodSandbox lists the newest attempt of each pod only',
    plant: podListing((items) =>
      items.filter(
        (item) =>
          !items.some((other) => other.metadata?.uid === item.metadata?.uid && other.created_at > item.created_at),
      ),
    ),
  },
];

function sameName(a: Container, b: Container): boolean {
  return a.pod_sandbox_id === b.pod_sandbox_id && a.metadata?.name === b.metadata?.name;
}
