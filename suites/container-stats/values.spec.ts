import { nonce } from '../../fixtures/configs/identity.js';
import type { ContainerStats, CpuUsage } from '../../src/client/generated/types.js';
import { check, spec, type Container } from '../../src/kit/index.js';
import { checkLater } from '../shared/clock.js';
import { cgroupCpuTime } from '../shared/cgroup.js';
import { checkTimestamp, figure, hasFigures, sampled, statsOf } from './figures.js';

const MIB = 1024n * 1024n;

spec(
  {
    id: 'container-stats/cpu-time',
    title: 'cpu.usage_core_nano_seconds is the CPU time of the container, in nanoseconds',
    level: 'must',
    since: '1.20',
    why: 'CPU metrics and autoscaling are the growth of this counter; a wrong unit or the figure of the pod falsifies them.',
    sources: [
      'api.proto: CpuUsage.usage_core_nano_seconds',
      'kubelet: stats/cri_stats_provider.go makeContainerStats',
      'thread: cri-o#3580',
    ],
    expectations: [54],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const name = `counted-${nonce()}`;
    const busy = await pod.start({ metadata: { name, attempt: 0 } });
    await sampled(t, busy, 'CPU and memory of a running container are sampled', hasFigures);
    const listed = async (): Promise<ContainerStats | undefined> =>
      (await t.cri.runtime.ListContainerStats({ filter: { id: busy.id } })).stats[0];
    check.present(await listed(), 'ListContainerStats with filter.id has an entry');
    await busy.shell('i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done');
    // The kernel's own count of the container, before and after the call, holds what a right answer may be.
    const low = await cgroupCpuTime(busy);
    const stats = await sampled(
      t,
      busy,
      `usage_core_nano_seconds reaches the ${low} ns that the cgroup counts`,
      (seen) => (seen.cpu?.usage_core_nano_seconds?.value ?? 0n) >= low,
    );
    const high = await cgroupCpuTime(busy);
    const usage = figure(stats.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds');
    check.between(usage, low, high, 'cpu.usage_core_nano_seconds, between two readings of the cgroup around the call');
    // A list that is made from an earlier sample says so by its timestamp.
    const entry = await t.eventually(
      'ListContainerStats comes to a sample that is as late',
      listed,
      (seen) => (seen?.cpu?.timestamp ?? 0n) >= (stats.cpu?.timestamp ?? 0n),
      { withinMs: 20_000, describe: (seen) => seen?.cpu },
    );
    const inList = figure(entry?.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds in the list');
    check.that(inList >= usage, 'a sample in ListContainerStats that is as late counts no less CPU time', {
      expected: `${usage} or more`,
      observed: inList,
    });
    const idle = await pod.start({ metadata: { name, attempt: 1 } });
    const sampleOfIdle = await sampled(t, idle, 'CPU and memory of the next attempt are sampled', hasFigures);
    const ofIdle = figure(sampleOfIdle.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds of the next attempt');
    check.that(ofIdle <= (await cgroupCpuTime(idle)), 'another attempt of the container has CPU time of its own', {
      expected: 'no more than its own cgroup counts',
      observed: ofIdle,
    });
    const later = await sampled(
      t,
      busy,
      'a later sample has a later cpu.timestamp',
      (seen) => (seen.cpu?.timestamp ?? 0n) > (stats.cpu?.timestamp ?? 0n),
    );
    const grown = figure(later.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds');
    check.that(grown >= usage, 'usage_core_nano_seconds never falls', {
      expected: `${usage} or more`,
      observed: grown,
    });
  },
);

spec(
  {
    id: 'container-stats/memory-working-set',
    title: 'memory.working_set_bytes is what the container uses, in bytes',
    level: 'must',
    since: '1.20',
    why: 'The kubelet ranks pods for eviction by their working set; a figure that is 0 or that of the pod evicts the wrong one.',
    sources: [
      'api.proto: MemoryUsage.working_set_bytes',
      'kubelet: eviction/helpers.go',
      'thread: cri-o#7354, cri-dockerd#64, cri-o#3580',
    ],
    expectations: [54],
  },
  async (t) => {
    // A pod of its own: /dev/shm is the pod's, and what others do there would show.
    const pod = await t.pods.runOnHostNetwork();
    const metadata = { name: `large-${nonce()}`, attempt: 0 };
    const [large, small] = await Promise.all([pod.start({ metadata }), pod.start()]);
    // As in another replica of the pod.
    const namesake = await (await t.pods.shared()).start({ metadata });
    await sampled(t, large, 'CPU and memory of a running container are sampled', hasFigures);
    await large.shell('head -c 25165824 /dev/zero > /dev/shm/block');
    const grown = await sampled(
      t,
      large,
      'working_set_bytes reaches the 24 MiB that the container put into /dev/shm',
      ({ memory }) => (memory?.working_set_bytes?.value ?? 0n) >= 24n * MIB,
    );
    check.between(
      figure(grown.memory?.working_set_bytes, 'memory.working_set_bytes'),
      24n * MIB,
      48n * MIB,
      'working_set_bytes of a container that holds 24 MiB and runs nothing',
    );
    const other = await sampled(t, small, 'CPU and memory of the other container are sampled', hasFigures);
    check.between(
      figure(other.memory?.working_set_bytes, 'memory.working_set_bytes'),
      4096n,
      20n * MIB,
      'working_set_bytes of a container of the same pod that holds nothing',
    );
    const ofNamesake = async (): Promise<(bigint | undefined)[]> => {
      const { stats: entries } = await t.cri.runtime.ListContainerStats({ filter: { id: namesake.id } });
      return [await statsOf(t, namesake), ...entries].map(({ memory }) => memory?.working_set_bytes?.value);
    };
    await sampled(t, namesake, 'CPU and memory of a namesake in another pod are sampled', hasFigures);
    for (const held of await ofNamesake())
      check.between(
        held ?? 0n,
        4096n,
        20n * MIB,
        'working_set_bytes of its namesake in another pod, which holds nothing',
      );
    check.that(
      (other.memory?.available_bytes?.value ?? 0n) < 2n ** 50n,
      'available_bytes of a container without a limit is none, or what a node can have',
      { expected: 'less than 1 PiB', observed: other.memory },
    );
    // Both in one list, where one could have what is the other's.
    const { stats: list } = await t.cri.runtime.ListContainerStats({ filter: { pod_sandbox_id: pod.id } });
    const listed = ({ id }: Container): bigint =>
      list.find(({ attributes }) => attributes?.id === id)?.memory?.working_set_bytes?.value ?? 0n;
    check.between(listed(large), 24n * MIB, 48n * MIB, 'working_set_bytes of the one that holds 24 MiB, in the list');
    check.between(listed(small), 4096n, 20n * MIB, 'working_set_bytes of the one that holds nothing, in the list');
    await large.shell('rm /dev/shm/block');
    const freed = await sampled(
      t,
      large,
      'working_set_bytes falls when the memory is freed',
      ({ memory }) => (memory?.working_set_bytes?.value ?? 0n) < 20n * MIB,
    );
    checkLater(freed.memory?.timestamp, grown.memory?.timestamp, 'memory.timestamp moves with them');
  },
);

spec(
  {
    id: 'container-stats/memory-details',
    title: 'usage, rss, available bytes and page faults are set and fit each other',
    level: 'must',
    since: '1.23',
    why: 'The stats summary shows all of them, and memory pressure of a container is read off what is available.',
    sources: ['api.proto: MemoryUsage', 'KEP-2371'],
    expectations: [54],
  },
  async (t) => {
    // A pod of its own: /dev/shm is the pod's, and what others do there would show.
    const pod = await t.pods.runOnHostNetwork();
    const limit = 96n * MIB;
    // A variable of 8 MiB is anonymous memory, which the page cache is not.
    const hold = 'x=$(head -c 8388608 /dev/zero | tr "\\0" x); echo "${#x}" > /tmp/ready; while :; do sleep 1000; done';
    const container = await pod.start({
      command: ['/bin/sh', '-c', hold],
      linux: { resources: { memory_limit_in_bytes: limit, memory_swap_limit_in_bytes: limit } },
    });
    await container.shell('head -c 16777216 /dev/zero > /dev/shm/block');
    const { memory } = await sampled(
      t,
      container,
      'rss_bytes reaches the 8 MiB that the process holds, and usage_bytes those and the 16 MiB in /dev/shm',
      (stats) =>
        (stats.memory?.rss_bytes?.value ?? 0n) >= 8n * MIB && (stats.memory?.usage_bytes?.value ?? 0n) >= 24n * MIB,
    );
    const { working_set_bytes, available_bytes, usage_bytes, rss_bytes, page_faults, major_page_faults } =
      check.present(memory, 'memory');
    const [workingSet, usage, rss] = [
      figure(working_set_bytes, 'working_set_bytes'),
      figure(usage_bytes, 'usage_bytes'),
      figure(rss_bytes, 'rss_bytes'),
    ];
    check.between(usage, 24n * MIB, limit, 'usage_bytes of a container that holds 24 MiB, with a limit of 96 MiB');
    check.between(workingSet, 24n * MIB, usage, 'working_set_bytes, from what it holds to usage_bytes');
    // Files in memory are not anonymous: they have a name.
    check.between(rss, 8n * MIB, usage - 16n * MIB, 'rss_bytes, from the 8 MiB to usage_bytes without /dev/shm');
    check.equal(
      figure(available_bytes, 'available_bytes'),
      limit - workingSet,
      'available_bytes is the limit without working_set_bytes',
    );
    const faults = figure(page_faults, 'page_faults');
    check.between(faults, 100n, 10n ** 9n, 'page_faults of a process that touched 2048 pages');
    const majorFaults = figure(major_page_faults, 'major_page_faults');
    const { memory: later } = await statsOf(t, container);
    check.that(
      figure(later?.page_faults, 'page_faults') >= faults &&
        figure(later?.major_page_faults, 'major_page_faults') >= majorFaults,
      'page_faults and major_page_faults never fall',
      { expected: `${faults} and ${majorFaults}, or more`, observed: later },
    );
    const raised = { memory_limit_in_bytes: 2n * limit, memory_swap_limit_in_bytes: 2n * limit };
    await t.cri.runtime.UpdateContainerResources({ container_id: container.id, linux: raised });
    await t.eventually(
      'available_bytes is the new limit without working_set_bytes once the limit was raised',
      () => statsOf(t, container),
      (stats) => {
        const { available_bytes: available, working_set_bytes: used } = stats.memory ?? {};
        return available != null && used != null && available.value + used.value === 2n * limit;
      },
      { withinMs: 20_000, describe: (stats) => stats.memory },
    );
  },
);

spec(
  {
    id: 'container-stats/cpu-usage-nano-cores',
    title: 'cpu.usage_nano_cores is the present CPU use in billionths of a core',
    level: 'should',
    since: '1.23',
    why: 'kubectl top and autoscaling show it; without it the kubelet works it out from two samples of its own.',
    sources: [
      'api.proto: CpuUsage.usage_nano_cores',
      'kubelet: stats/cri_stats_provider.go getContainerUsageNanoCores',
    ],
    expectations: [54],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // A quota of a tenth of a core bounds what a right figure can be, and the cost of this spec.
    const resources = { cpu_period: 20_000, cpu_quota: 2_000 };
    const container = await pod.start({ command: ['/bin/sh', '-c', 'while :; do :; done'], linux: { resources } });
    // Two samples a few ms apart may show anything up to a core, and the first one next to nothing.
    const most = 400_000_000n;
    const inBounds = (cores: bigint | undefined): boolean => cores !== undefined && cores > 20_000_000n && cores < most;
    // Before, the CPU time so far could pass for the present use.
    const isTold = (cpu: CpuUsage | null): boolean => (cpu?.usage_core_nano_seconds?.value ?? 0n) > most;
    let previous: CpuUsage | null = null;
    const stats = await t.eventually(
      'usage_nano_cores of a container that is held to a tenth of a core comes near 100 000 000, twice in a row',
      () => statsOf(t, container),
      ({ cpu }) => {
        const isNew = cpu?.timestamp !== previous?.timestamp;
        const twice =
          isNew && isTold(previous) && [previous, cpu].every((one) => inBounds(one?.usage_nano_cores?.value));
        if (isNew) previous = cpu;
        return twice;
      },
      { withinMs: 40_000, describe: ({ cpu }) => cpu?.usage_nano_cores?.value },
    );
    checkTimestamp(stats.cpu?.timestamp, 'cpu.timestamp');
    const ofList = async (): Promise<bigint | undefined> => {
      const list = await t.cri.runtime.ListContainerStats({ filter: { id: container.id } });
      return list.stats[0]?.cpu?.usage_nano_cores?.value;
    };
    await t.eventually('ListContainerStats tells it like ContainerStats', ofList, inBounds, { withinMs: 20_000 });
  },
);

spec(
  {
    id: 'container-stats/swap',
    title: 'swap has a timestamp and the bytes in use',
    level: 'should',
    since: '1.28',
    why: 'With swap on, a container that lives in swap looks small by its memory alone.',
    sources: ['api.proto: ContainerStats.swap, SwapUsage', 'KEP-2400'],
    expectations: [54],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start();
    const { swap } = await sampled(t, container, 'CPU and memory of a running container are sampled', hasFigures);
    const usage = check.present(swap, 'ContainerStats.swap is set');
    checkTimestamp(usage.timestamp, 'swap.timestamp');
    check.between(
      figure(usage.swap_usage_bytes, 'swap.swap_usage_bytes'),
      0n,
      64n * MIB,
      'swap_usage_bytes of a container of a few MiB',
    );
  },
);
