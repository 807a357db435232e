import type { ContainerStats } from '../../src/client/generated/types.js';
import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import { checkTimestamp, figure, hasFigures, sampled, statsOf } from './figures.js';

/* The same message comes from several calls, and the kubelet takes it from whichever it asks. */

const MIB = 1024n * 1024n;
const RPCS = ['PodSandboxStats', 'ListPodSandboxStats'];

/** Figures that may be 0 in one call and not in the next: that they are there is all that can be compared. */
const MAY_BE_ZERO =
  /(usage_nano_cores|major_page_faults|rx_errors|tx_errors|swap_usage_bytes|swap_available_bytes|psi)/;

/** Names of the figures that are filled: messages that are there, and numbers and texts that are not empty. */
function filled(value: unknown, name = ''): string[] {
  if (value === null || value === 0n || value === '' || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value)) return [name];
  const nested = MAY_BE_ZERO.test(name) ? [] : Object.entries(value);
  return [name, ...nested.flatMap(([key, item]) => filled(item, name === '' ? key : `${name}.${key}`))];
}

function figuresOf({ cpu, memory, writable_layer, swap, io }: ContainerStats): string[] {
  return filled({ cpu, memory, writable_layer, swap, io });
}

/** A container whose every figure is above 0: it has a limit, memory, CPU time and a file of its own. */
async function measured(t: SpecContext, container: Container): Promise<ContainerStats> {
  await container.shell('head -c 65536 /dev/zero > /tmp/file');
  const rule = 'the figures of a container that has written a file are sampled';
  return sampled(
    t,
    container,
    rule,
    (stats) => hasFigures(stats) && (stats.writable_layer?.used_bytes?.value ?? 0n) > 0n,
  );
}

const limited = { linux: { resources: { memory_limit_in_bytes: 64n * MIB } } };

spec(
  {
    id: 'container-stats/list-fills-the-same-figures',
    title: 'ListContainerStats fills the same figures of a container as ContainerStats',
    level: 'must',
    since: '1.20',
    why: 'The kubelet takes every figure of its summary from the list; one that is only in the single answer is lost.',
    sources: ['api.proto: ListContainerStatsResponse.stats', 'kubelet: stats/cri_stats_provider.go makeContainerStats'],
    expectations: [53, 54],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start(limited);
    await measured(t, container);
    const listed = async (): Promise<ContainerStats | undefined> =>
      (await t.cri.runtime.ListContainerStats({ filter: { id: container.id } })).stats[0];
    const one = figuresOf(await statsOf(t, container));
    const entry = check.present(await listed(), 'ListContainerStats with filter.id has an entry');
    check.sameMembers(
      figuresOf(entry),
      one,
      'the figures that ListContainerStats fills, beside those of ContainerStats',
    );
  },
);

spec(
  {
    id: 'container-stats/pod-list-fills-the-same-figures',
    title: 'PodSandboxStats, ListPodSandboxStats and ContainerStats fill the same figures of the same things',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'With stats from the CRI the kubelet takes every figure from the list of pods; what is missing there is lost.',
    sources: ['api.proto: LinuxPodSandboxStats.containers', 'kubelet: stats/cri_stats_provider_linux.go', 'KEP-2371'],
    expectations: [54, 55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start(limited);
    await measured(t, container);
    const { stats: one } = await t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id });
    const { stats: list } = await t.cri.runtime.ListPodSandboxStats({ filter: { id: pod.id } });
    const [ofOne, ofList] = [
      check.present(one?.linux, 'PodSandboxStats.linux'),
      check.present(list[0]?.linux, 'an entry'),
    ];
    check.sameMembers(
      filled(ofList),
      filled(ofOne),
      'the figures that ListPodSandboxStats fills, beside PodSandboxStats',
    );
    check.equal(list[0]?.attributes, one?.attributes, 'the attributes in ListPodSandboxStats, beside PodSandboxStats');
    const figures = figuresOf(await statsOf(t, container));
    for (const [call, linux] of [
      ['PodSandboxStats', ofOne],
      ['ListPodSandboxStats', ofList],
    ] as const) {
      const entry = check.present(linux.containers[0], `${call} has the container of the pod`);
      check.equal(entry.attributes?.id, container.id, `the container in ${call}`);
      check.equal(entry.attributes.metadata, container.config.metadata, `metadata of the container in ${call}`);
      check.equal(entry.attributes.labels, container.config.labels, `labels of the container in ${call}`);
      check.equal(
        entry.attributes.annotations,
        container.config.annotations,
        `annotations of the container in ${call}`,
      );
      check.sameMembers(figuresOf(entry), figures, `the figures of the container in ${call}, beside ContainerStats`);
    }
  },
);

spec(
  {
    id: 'container-stats/pod-figures',
    title: 'PodSandboxStats has CPU, memory and processes of the pod as a whole, and they fit each other',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'The summary of a pod and its rank for eviction are these figures.',
    sources: ['api.proto: LinuxPodSandboxStats, MemoryUsage, ProcessUsage', 'KEP-2371'],
    expectations: [54, 55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start();
    await container.shell('head -c 8388608 /dev/zero > /dev/shm/block');
    await sampled(t, container, 'CPU and memory of a running container are sampled', hasFigures);
    const { stats } = await t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id });
    const { cpu, memory, process } = check.present(stats?.linux, 'PodSandboxStats.linux');
    for (const [name, part] of Object.entries({ cpu, memory, process }))
      checkTimestamp(part?.timestamp, `${name}.timestamp`);
    const [usage, workingSet, rss] = [
      figure(memory?.usage_bytes, 'memory.usage_bytes'),
      figure(memory?.working_set_bytes, 'memory.working_set_bytes'),
      figure(memory?.rss_bytes, 'memory.rss_bytes'),
    ];
    check.between(usage, 8n * MIB, 256n * MIB, 'usage_bytes of a pod that holds 8 MiB');
    check.between(workingSet, 8n * MIB, usage, 'working_set_bytes, which is part of usage_bytes');
    check.between(rss, 1n, usage, 'rss_bytes, which is part of usage_bytes');
    check.between(
      figure(memory?.page_faults, 'memory.page_faults'),
      1n,
      10n ** 9n,
      'page_faults of a pod that has run',
    );
    figure(memory?.major_page_faults, 'memory.major_page_faults');
    check.between(
      figure(process?.process_count, 'process.process_count'),
      1n,
      50n,
      'process_count of a pod with one container that waits',
    );
    check.between(
      figure(cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds'),
      1n,
      10n ** 12n,
      'CPU time of the pod',
    );
  },
);
