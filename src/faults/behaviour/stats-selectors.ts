import type { ContainerStatsFilter, ListContainerStatsRequest } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { changeAnswer, handling, type Plant } from './shapes.js';

/* Labels that lists of statistics match, and should not. */

type Labels = Record<string, string>;

const lowerCase = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, value.toLowerCase()]));

const matches = (labels: Labels, selector: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** An entry of either list. */
interface Entry {
  attributes: { id: string; labels: Labels; annotations: Labels } | null;
}

/** What of an entry a selector is compared with. */
type Seen = (attributes: NonNullable<Entry['attributes']>, planting: Planting) => Labels | Promise<Labels>;

/** Those of `all` that match by what is seen of them. */
async function chosen<Item extends Entry>(
  all: readonly Item[],
  selector: Labels,
  seen: Seen,
  planting: Planting,
): Promise<Item[]> {
  const found = await Promise.all(
    all.map(async ({ attributes }) => attributes && matches(await seen(attributes, planting), selector)),
  );
  const listed = all.filter((_, index) => found[index]);
  if (listed.some(({ attributes }) => attributes && !matches(attributes.labels, selector))) planting.shown();
  return listed;
}

const withoutLabels = ({ filter }: ListContainerStatsRequest): ContainerStatsFilter | null =>
  filter && { ...filter, label_selector: {} };

function containers(seen: Seen, asked: (selector: Labels) => Labels = (selector) => selector): Plant {
  return handling('ListContainerStats', async ({ request, forward }, planting) => {
    const selector = request.filter?.label_selector ?? {};
    if (Object.keys(selector).length === 0) return forward();
    const { stats } = await forward({ filter: withoutLabels(request) });
    return { stats: await chosen(stats, asked(selector), seen, planting) };
  });
}

/** Found by the uid, without which this would go through all sandboxes of the node, stopped ones among them. */
function pods(seen: Seen, asked: (selector: Labels) => Labels = (selector) => selector): Plant {
  const UID = 'io.kubernetes.pod.uid';
  return handling('ListPodSandboxStats', async ({ request: { filter }, forward }, planting) => {
    const { [UID]: uid, ...selector } = filter?.label_selector ?? {};
    if (uid === undefined || Object.keys(selector).length === 0) return forward();
    const { stats } = await forward({ filter: { id: filter?.id ?? '', label_selector: { [UID]: uid } } });
    return { stats: await chosen(stats, asked(selector), seen, planting) };
  });
}

export const statsSelectorFaults: Fault[] = [
  {
    id: 'behaviour/stats-list-matches-labels-of-pod',
    title: 'ListContainerStats takes the labels of the pod for those of its containers when it filters',
    plant: containers(async ({ id, labels }, { cri }) => {
      const { containers: found } = await cri.runtime.ListContainers({ filter: { id } });
      const pod = await cri.runtime.ListPodSandbox({ filter: { id: found[0]?.pod_sandbox_id ?? '' } });
      return { ...(found[0] && pod.items[0]?.labels), ...labels };
    }),
  },
  {
    id: 'behaviour/stats-list-matches-annotations',
    title: 'ListContainerStats looks for the labels of a filter among annotations, too',
    plant: containers(({ labels, annotations }) => ({ ...annotations, ...labels })),
  },
  {
    id: 'behaviour/stats-list-ignores-case',
    title: 'ListContainerStats does not mind capitals in the values of labels when it filters',
    plant: containers(({ labels }) => lowerCase(labels), lowerCase),
  },
  {
    id: 'behaviour/pod-stats-list-matches-labels-of-containers',
    title: 'ListPodSandboxStats takes the labels of its containers for those of a pod when it filters',
    plant: pods(async ({ id, labels }, { cri }) => {
      const { containers: all } = await cri.runtime.ListContainers({ filter: { pod_sandbox_id: id } });
      return Object.assign({}, ...all.map((container) => container.labels), labels) as Labels;
    }),
  },
  {
    id: 'behaviour/pod-stats-list-matches-annotations',
    title: 'ListPodSandboxStats looks for the labels of a filter among annotations, too',
    plant: pods(({ labels, annotations }) => ({ ...annotations, ...labels })),
  },
  {
    id: 'behaviour/pod-stats-list-ignores-case',
    title: 'ListPodSandboxStats does not mind capitals in the values of labels when it filters',
    plant: pods(({ labels }) => lowerCase(labels), lowerCase),
  },
  {
    id: 'behaviour/pod-stats-list-empty-filter-is-empty',
    title: 'ListPodSandboxStats with a filter in which nothing is set lists nothing',
    plant: changeAnswer('ListPodSandboxStats', (answer, { filter }) =>
      filter !== null && filter.id === '' && Object.keys(filter.label_selector).length === 0 ? { stats: [] } : answer,
    ),
  },
];
