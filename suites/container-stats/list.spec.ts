import { codeOf } from '../../src/client/errors.js';
import type { ContainerStats } from '../../src/client/generated/types.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { checkAttributes, checkTimestamp, figure, hasFigures, sampled } from './figures.js';

type Filter = Parameters<SpecContext['cri']['runtime']['ListContainerStats']>[0]['filter'];

const SOURCES = [
  'api.proto: RuntimeService.ListContainerStats',
  'kubelet: stats/cri_stats_provider.go listPodStatsPartiallyFromCRI',
];

/**
 * ListContainerStats over the whole node. Other containers come and go meanwhile, and containerd before 1.7.22 fails
 * the list with NotFound if one of them does so at the wrong moment (containerd#10796); the kubelet asks again.
 */
async function listAll(t: SpecContext, filter: Filter): Promise<ContainerStats[]> {
  const ask = async (): Promise<ContainerStats[] | undefined> => {
    try {
      return (await t.cri.runtime.ListContainerStats({ filter })).stats;
    } catch (error) {
      if (codeOf(error) === 'NOT_FOUND') return undefined;
      throw error;
    }
  };
  const describe = (stats: ContainerStats[] | undefined): string => (stats === undefined ? 'NotFound' : 'an answer');
  const stats = await t.eventually(
    'ListContainerStats over the whole node answers',
    ask,
    (seen) => seen !== undefined,
    { describe },
  );
  return stats ?? [];
}

spec(
  {
    id: 'container-stats/one-by-id',
    title: 'ContainerStats returns attributes and figures of the container it is asked for',
    level: 'must',
    since: '1.20',
    why: 'Stats are joined with pods by these attributes; eviction and autoscaling go by the figures.',
    sources: ['api.proto: RuntimeService.ContainerStats, ContainerStats'],
    parity: ['container-stats/one-by-id'],
    expectations: [15, 54],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const metadata = { name: 'measured', attempt: 3 };
    const [container] = [
      await pod.start({ metadata, annotations: { note: 'ü "x"' }, labels: { app: 'a', empty: '' } }),
      await pod.start(),
    ];
    const stats = await sampled(t, container, 'CPU and memory of a running container are sampled', hasFigures);
    checkAttributes(stats, container, 'ContainerStats');
    checkTimestamp(stats.cpu?.timestamp, 'cpu.timestamp');
    checkTimestamp(stats.memory?.timestamp, 'memory.timestamp');
    const { stats: list } = await t.cri.runtime.ListContainerStats({ filter: { id: container.id } });
    const [entry] = list;
    check.equal(list.length, 1, 'ListContainerStats with filter.id has one entry');
    checkAttributes(check.present(entry, 'an entry'), container, 'ListContainerStats');
    const [first, second] = [
      figure(stats.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds'),
      figure(entry?.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds in the list'),
    ];
    check.that(second >= first, 'ListContainerStats, asked later, reports no less CPU time', {
      expected: `${first} or more`,
      observed: second,
    });
    check.that((entry?.memory?.working_set_bytes?.value ?? 0n) > 0n, 'ListContainerStats reports memory too', {
      expected: 'working_set_bytes above 0',
      observed: entry?.memory,
    });
    checkTimestamp(entry?.cpu?.timestamp, 'cpu.timestamp in the list');
    checkTimestamp(entry?.memory?.timestamp, 'memory.timestamp in the list');
  },
);

spec(
  {
    id: 'container-stats/list-without-filter',
    title: 'ListContainerStats, without filter or with an empty one, has a running container with its figures',
    level: 'must',
    since: '1.20',
    why: 'The stats of the node are made of this list; an empty filter that is taken to match nothing empties them.',
    sources: [...SOURCES, 'thread: containerd#6198'],
    parity: ['container-stats/list-without-filter'],
    expectations: [53],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [running, vanished] = await Promise.all([pod.start(), pod.start()]);
    await vanished.remove();
    for (const [what, filter] of [
      ['without filter', null],
      ['with an empty filter', {}],
    ] as const) {
      const ofRunning = async (): Promise<ContainerStats[]> =>
        (await listAll(t, filter)).filter(({ attributes }) => attributes?.id === running.id);
      const [entry] = await t.eventually(
        `ListContainerStats ${what} has one entry of a running container, with figures`,
        ofRunning,
        (entries) => entries.length === 1 && entries.every(hasFigures),
        { withinMs: 20_000, describe: (entries) => entries.length },
      );
      checkAttributes(check.present(entry, 'an entry'), running, `ListContainerStats ${what}`);
    }
  },
);

spec(
  {
    id: 'container-stats/list-several-without-filter',
    title: 'ListContainerStats without filter has every running container of several pods once',
    level: 'must',
    since: '1.20',
    why: 'One container that is missing or counted twice falsifies the usage of its pod and of the node.',
    sources: SOURCES,
    parity: ['container-stats/list-several-without-filter'],
    expectations: [53],
  },
  async (t) => {
    const pods = await Promise.all([t.pods.runOnHostNetwork(), t.pods.runOnHostNetwork()]);
    const containers = await Promise.all([...pods, ...pods].map((pod) => pod.start()));
    const stats = await listAll(t, null);
    for (const container of containers) {
      const entries = stats.filter(({ attributes }) => attributes?.id === container.id);
      check.equal(entries.length, 1, 'entries of a running container in ListContainerStats');
      for (const entry of entries) checkAttributes(entry, container, 'ListContainerStats');
    }
    const sandboxes = stats.filter(({ attributes }) => pods.some(({ id }) => id === attributes?.id));
    check.equal(sandboxes, [], 'entries of the sandboxes themselves in ListContainerStats');
  },
);
