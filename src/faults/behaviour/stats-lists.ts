import type { ContainerStats, ListContainerStatsRequest } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { changeStatsList, lastAnswers } from './stats-facts.js';
import { changeAnswer, changeCode, changeRefusal, handling, refuse, stateOf, together } from './shapes.js';

/* Which containers ListContainerStats has, and how it and ContainerStats deal with those that are gone. */

const isUnfiltered = ({ filter }: ListContainerStatsRequest): boolean =>
  filter === null ||
  (filter.id === '' && filter.pod_sandbox_id === '' && Object.keys(filter.label_selector).length === 0);

const idOf = ({ attributes }: ContainerStats): string => attributes?.id ?? '';

export const statsListFaults: Fault[] = [
  {
    id: 'behaviour/stats-list-without-filter-is-empty',
    title: 'ListContainerStats without a filter lists nothing',
    source: 'containerd#6198',
    plant: changeAnswer('ListContainerStats', (answer, { filter }) => (filter === null ? { stats: [] } : answer)),
  },
  {
    id: 'behaviour/stats-list-empty-filter-matches-nothing',
    title: 'ListContainerStats with an empty filter lists nothing',
    plant: changeAnswer('ListContainerStats', (answer, request) =>
      request.filter !== null && isUnfiltered(request) ? { stats: [] } : answer,
    ),
  },
  {
    id: 'behaviour/stats-list-matches-any-field',
    title: 'ListContainerStats lists what matches one of several fields of its filter',
    plant: handling('ListContainerStats', async ({ request, forward }, { cri, shown }) => {
      const { id = '', pod_sandbox_id = '', label_selector = {} } = request.filter ?? {};
      const parts = [
        ...(id === '' ? [] : [{ id }]),
        ...(pod_sandbox_id === '' ? [] : [{ pod_sandbox_id }]),
        ...(Object.keys(label_selector).length === 0 ? [] : [{ label_selector }]),
      ];
      if (parts.length < 2) return forward();
      const lists = await Promise.all(parts.map((filter) => cri.runtime.ListContainerStats({ filter })));
      const all = new Map(lists.flatMap(({ stats }) => stats).map((entry) => [idOf(entry), entry]));
      shown();
      return { stats: [...all.values()] };
    }),
  },
  {
    id: 'behaviour/stats-list-matches-any-label',
    title: 'ListContainerStats lists what has one of the labels asked for',
    plant: handling('ListContainerStats', async ({ request, forward }, { cri, shown }) => {
      const labels = Object.entries(request.filter?.label_selector ?? {});
      if (labels.length < 2) return forward();
      const filters = labels.map(([key, value]) => ({ ...request.filter, label_selector: { [key]: value } }));
      const lists = await Promise.all(filters.map((filter) => cri.runtime.ListContainerStats({ filter })));
      const all = new Map(lists.flatMap(({ stats }) => stats).map((entry) => [idOf(entry), entry]));
      shown();
      return { stats: [...all.values()] };
    }),
  },
  {
    id: 'behaviour/stats-list-matches-labels-by-key',
    title: 'ListContainerStats minds the keys of labels and not their values',
    plant: handling('ListContainerStats', async ({ request, forward }, { cri, shown }) => {
      const keys = Object.keys(request.filter?.label_selector ?? {});
      if (keys.length === 0) return forward();
      const { stats } = await cri.runtime.ListContainerStats({ filter: { ...request.filter, label_selector: {} } });
      shown();
      return { stats: stats.filter(({ attributes }) => keys.every((key) => key in (attributes?.labels ?? {}))) };
    }),
  },
  {
    id: 'behaviour/stats-list-misses-one',
    title: 'ListContainerStats leaves out the last of several containers',
    plant: changeStatsList((entries) => (entries.length > 1 ? entries.slice(0, -1) : entries)),
  },
  {
    id: 'behaviour/stats-list-one-per-pod',
    title: 'ListContainerStats has one container of every pod',
    plant: changeStatsList((entries) => {
      const pods = entries.map(
        ({ attributes }) => attributes?.labels['io.kubernetes.pod.uid'] ?? idOf({ attributes } as ContainerStats),
      );
      return entries.filter((_, index) => pods.indexOf(pods[index] ?? '') === index);
    }),
  },
  {
    id: 'behaviour/stats-list-doubles-entries',
    title: 'ListContainerStats has every container twice',
    plant: changeStatsList((entries) => [...entries, ...entries]),
  },
  {
    id: 'behaviour/stats-list-has-sandboxes',
    title: 'ListContainerStats has an entry for the sandbox of each pod',
    plant: changeAnswer('ListContainerStats', async ({ stats }, { filter }, { cri }) => {
      const entry = stats[0];
      const { items } = await cri.runtime.ListPodSandbox({ filter: { state: { state: 'SANDBOX_READY' } } });
      const wanted = items.filter(({ id }) => filter === null || filter.pod_sandbox_id === id);
      if (entry === undefined) return { stats };
      return {
        stats: [
          ...stats,
          ...wanted.map(({ id }) => ({ ...entry, attributes: entry.attributes && { ...entry.attributes, id } })),
        ],
      };
    }),
  },
  {
    id: 'behaviour/stats-list-labels-of-first',
    title: 'every entry of ListContainerStats has the labels of the first one',
    plant: changeStatsList((entries) =>
      entries.map((entry) => ({
        ...entry,
        attributes: entry.attributes && { ...entry.attributes, labels: entries[0]?.attributes?.labels ?? {} },
      })),
    ),
  },
  {
    id: 'behaviour/stats-list-figures-mixed-up',
    title: 'entries of ListContainerStats have the figures of their neighbours',
    plant: changeStatsList((entries) =>
      entries.map(({ attributes }, index) => ({ ...(entries.at(index - 1) as ContainerStats), attributes })),
    ),
  },
  {
    id: 'behaviour/stats-list-without-match-fails',
    title: 'ListContainerStats is refused if nothing matches',
    plant: changeAnswer('ListContainerStats', (answer, _, { shown }) => {
      if (answer.stats.length > 0) return answer;
      shown();
      throw new Refusal('NOT_FOUND', 'no container matches');
    }),
  },
  {
    id: 'behaviour/stats-list-fails-for-vanished',
    title: 'ListContainerStats without a filter fails for a while once a container was removed',
    source: 'containerd#10796',
    plant: (planting) => {
      let removedAt = 0;
      return together(
        handling('RemoveContainer', async ({ forward }) => {
          const answer = await forward();
          removedAt = Date.now();
          return answer;
        }),
        refuse(
          'ListContainerStats',
          (request) => isUnfiltered(request) && Date.now() - removedAt < 15_000,
          'UNKNOWN',
          'failed to decode container metrics: no running task found',
        ),
      )(planting);
    },
  },
  {
    id: 'behaviour/stats-list-fails-for-exited',
    title: 'ListContainerStats fails if one of the containers has exited',
    source: 'containerd#8655',
    plant: changeAnswer('ListContainerStats', async (answer, request, { cri, shown }) => {
      const { id = '', pod_sandbox_id = '', label_selector = {} } = request.filter ?? {};
      const state = { state: 'CONTAINER_EXITED' } as const;
      const filter = { id, pod_sandbox_id, label_selector, state };
      if ((await cri.runtime.ListContainers({ filter })).containers.length === 0) return answer;
      shown();
      throw new Refusal('UNKNOWN', 'failed to fetch metrics: no running task found');
    }),
  },
  {
    id: 'behaviour/stats-list-without-exited-pods',
    title: 'ListContainerStats leaves out all of a pod in which one container has exited',
    plant: changeAnswer('ListContainerStats', async ({ stats }, _, { cri }) => {
      const { containers } = await cri.runtime.ListContainers({});
      const exited = containers.filter(({ state }) => state === 'CONTAINER_EXITED').map((item) => item.pod_sandbox_id);
      const hidden = containers.filter((item) => exited.includes(item.pod_sandbox_id)).map(({ id }) => id);
      return { stats: stats.filter((entry) => !hidden.includes(idOf(entry))) };
    }),
  },
  {
    id: 'behaviour/stats-of-unknown-is-unknown',
    title: 'ContainerStats of an unknown container is refused with UNKNOWN',
    plant: changeCode('ContainerStats', 'NOT_FOUND', 'UNKNOWN'),
  },
  {
    id: 'behaviour/stats-of-unknown-is-empty',
    title: 'ContainerStats of an unknown container answers without stats',
    plant: changeRefusal('ContainerStats', ({ code }) => (code === 'NOT_FOUND' ? { stats: null } : undefined)),
  },
  {
    id: 'behaviour/stats-of-created-fail',
    title: 'ContainerStats of a container that was not started is refused with INTERNAL',
    plant: handling('ContainerStats', async ({ request, forward }, planting) => {
      if ((await stateOf(planting, request.container_id)) !== 'CONTAINER_CREATED') return forward();
      planting.shown();
      throw new Refusal('INTERNAL', 'no task');
    }),
  },
  {
    id: 'behaviour/stats-of-removed-are-the-last',
    title: 'ContainerStats of a removed container answers what it last did',
    plant: lastAnswers('ContainerStats', ({ container_id }) => container_id),
  },
  {
    id: 'behaviour/stats-list-memory-of-sibling',
    title: 'ListContainerStats gives each running container the memory of the next one of its pod',
    plant: changeAnswer('ListContainerStats', async ({ stats }, _, { cri }) => {
      const state = { state: 'CONTAINER_RUNNING' as const };
      const { containers } = await cri.runtime.ListContainers({ filter: { state } });
      const podOf = (one: ContainerStats): string | undefined =>
        containers.find(({ id }) => id === one.attributes?.id)?.pod_sandbox_id;
      return {
        stats: stats.map((one) => {
          const pod = stats.filter((other) => podOf(other) !== undefined && podOf(other) === podOf(one));
          return { ...one, memory: (pod[(pod.indexOf(one) + 1) % pod.length] ?? one).memory };
        }),
      };
    }),
  },
];
