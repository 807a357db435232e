import { check, spec } from '../../src/kit/index.js';
import { cgroupLimits, oneByOne, usableCpus } from '../shared/cgroup.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

const MIB = 1024n * 1024n;

/** Memory and swap together: another figure than that of memory alone, which runtimes take if there is none. */
const SWAP = { memory_swap_limit_in_bytes: 80n * MIB };
const CPUSET = { cpuset_cpus: '0', cpuset_mems: '0' };
const OOM = { oom_score_adj: 921n };
/** Limits as the kubelet gives them to a container with requests and limits for CPU and memory; none is round. */
const LIMITS = { cpu_period: 100_000, cpu_quota: 40_000, cpu_shares: 409, memory_limit_in_bytes: 67n * MIB };

/**
 * Limits that are not the likeliest: a short period, as cpuCFSQuotaPeriod of the kubelet sets it, with a quota below
 * 10 ms, the shares of 24 cores, and memory that is whole pages, of whatever size, and no whole MiB.
 */
const UNLIKELY = {
  cpu_period: 5_000,
  cpu_quota: 2_000,
  cpu_shares: 24_679,
  memory_limit_in_bytes: 67n * MIB + 192n * 1024n,
};

spec(
  {
    id: 'container-lifecycle/resources-applied',
    title: 'the CPU and memory limits of CreateContainer are those of the cgroup, exactly',
    level: 'must',
    since: '1.20',
    why: 'Requests and limits of a pod are nothing but these figures; ignored, one pod starves the node.',
    sources: [
      'api.proto: LinuxContainerResources',
      'kubelet: kuberuntime_container_linux.go generateLinuxContainerResources, calculateLinuxResources',
    ],
    expectations: [34],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const resources = { ...UNLIKELY, ...SWAP, cpuset_cpus: '0', oom_score_adj: 987 };
    const container = await pod.start({ linux: { resources } });
    const { memory, memoryAndSwap, cpuQuota, cpuPeriod, cpuShares, cpuset } = await cgroupLimits(container);
    check.equal(
      { memory, cpuQuota, cpuPeriod, cpuset },
      { memory: UNLIKELY.memory_limit_in_bytes, cpuQuota: 2_000, cpuPeriod: 5_000, cpuset: '0' },
      'limits that the container finds in its cgroup',
    );
    if (cpuShares !== undefined) check.equal(cpuShares, 24_679, 'cpu.shares of the cgroup');
    if (memoryAndSwap !== undefined) check.equal(memoryAndSwap, 80n * MIB, 'memory and swap of the cgroup, together');
    check.equal(await container.shell('cat /proc/1/oom_score_adj'), '987', 'oom_score_adj of the first process');
  },
);

spec(
  {
    id: 'container-lifecycle/update-resources-running',
    title: 'UpdateContainerResources changes the cgroup of a running container, and leaves fields that are 0 alone',
    level: 'must',
    since: '1.20',
    why: 'The CPU manager sends nothing but a cpuset, a resize nothing but what changed; limits that vanish on the way go unnoticed.',
    sources: [
      'api.proto: RuntimeService.UpdateContainerResources',
      'kubelet: cm/cpumanager/cpu_manager.go updateContainerCPUSet',
      'kubelet: kuberuntime_container_linux.go calculateLinuxResources (disableCPUQuota: -1)',
      'KEP-1287',
    ],
    expectations: [45],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const cpus = await usableCpus(await t.pods.sharedContainer());
    const container = await pod.start({ linux: { resources: { ...LIMITS, cpuset_cpus: oneByOne(cpus) } } });
    const before = await cgroupLimits(container);
    check.equal(
      before.cpuset,
      cpus,
      'CPUs of the cgroup, which CreateContainer was given as a list, before any update',
    );
    const update = (linux: object): Promise<unknown> =>
      t.cri.runtime.UpdateContainerResources({ container_id: container.id, linux });

    await update({ cpuset_cpus: '0' });
    check.equal(
      await cgroupLimits(container),
      { ...before, cpuset: '0' },
      'limits after an update of cpuset_cpus alone',
    );
    await update({ memory_limit_in_bytes: 96n * MIB });
    const { memory, cpuQuota, cpuset } = await cgroupLimits(container);
    check.equal(
      { memory, cpuQuota, cpuset },
      { memory: 96n * MIB, cpuQuota: 40_000, cpuset: '0' },
      'limits after an update of memory_limit_in_bytes alone',
    );
    await update({ cpu_quota: 55_000, cpu_period: 50_000, cpu_shares: 1024 });
    const after = await cgroupLimits(container);
    check.equal(
      [after.cpuQuota, after.cpuPeriod, after.memory, after.cpuset],
      [55_000, 50_000, 96n * MIB, '0'],
      'quota, period, memory and cpuset after an update of the CPU figures',
    );
    check.notEqual(
      [after.cpuShares, after.cpuWeight],
      [before.cpuShares, before.cpuWeight],
      'shares (or weight) after an update of cpu_shares',
    );
    if (after.cpuShares !== undefined) check.equal(after.cpuShares, 1024, 'cpu.shares after the update');
    // As of a container with a request for CPU and no limit.
    await update({ cpu_shares: 2048 });
    const shared = await cgroupLimits(container);
    check.notEqual(
      [shared.cpuShares, shared.cpuWeight],
      [after.cpuShares, after.cpuWeight],
      'shares (or weight) after an update of cpu_shares alone',
    );
    const { cpuShares, cpuWeight } = shared;
    check.equal(shared, { ...after, cpuShares, cpuWeight }, 'the other limits after an update of cpu_shares alone');
    await update({ cpu_quota: -1, cpu_period: 50_000 });
    check.equal(
      await cgroupLimits(container),
      { ...shared, cpuQuota: null },
      'limits after an update of cpu_quota to -1, which lifts that limit',
    );
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'the container runs on');
  },
);

spec(
  {
    id: 'container-lifecycle/update-resources-created',
    title: 'UpdateContainerResources of a container that is not started yet holds once it runs',
    level: 'must',
    since: '1.20',
    why: 'The CPU manager may assign cores between create and start.',
    sources: [
      'api.proto: RuntimeService.UpdateContainerResources',
      'kubelet: cm/cpumanager/cpu_manager.go reconcileState',
    ],
    expectations: [45],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [container, other] = [
      await pod.create({ linux: { resources: LIMITS } }),
      await pod.create({ linux: { resources: LIMITS } }),
    ];
    const linux = { cpuset_cpus: '0', memory_limit_in_bytes: 48n * MIB };
    await t.cri.runtime.UpdateContainerResources({ container_id: container.id, linux });
    const figures = { cpu_period: 50_000, cpu_quota: 35_000, cpu_shares: 911 };
    await t.cri.runtime.UpdateContainerResources({ container_id: other.id, linux: figures });
    check.equal(
      (await container.status()).state,
      'CONTAINER_CREATED',
      'the container is still CREATED after the update',
    );
    await container.start();
    const { memory, cpuset, cpuQuota } = await cgroupLimits(container);
    check.equal(
      { memory, cpuset, cpuQuota },
      { memory: 48n * MIB, cpuset: '0', cpuQuota: 40_000 },
      'limits of the started container',
    );
    await other.start();
    const after = await cgroupLimits(other);
    check.equal(
      { memory: after.memory, cpuQuota: after.cpuQuota, cpuPeriod: after.cpuPeriod },
      { memory: LIMITS.memory_limit_in_bytes, cpuQuota: 35_000, cpuPeriod: 50_000 },
      'limits of another one, whose CPU figures were updated before its start',
    );
    if (after.cpuShares !== undefined) check.equal(after.cpuShares, 911, 'cpu.shares of that one');
  },
);

spec(
  {
    id: 'container-lifecycle/update-resources-refused-as-a-whole',
    title: 'an update with a value that cannot be had is refused, and none of it applied',
    level: 'must',
    since: '1.20',
    why: 'The kubelet takes an error as "nothing changed" and retries; half an update leaves limits nobody asked for.',
    sources: [
      'api.proto: RuntimeService.UpdateContainerResources ("transactionally")',
      'kubelet: kuberuntime_manager.go doPodResizeAction',
    ],
    expectations: [45],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({ linux: { resources: LIMITS } });
    const before = await cgroupLimits(container);
    const update = (linux: object): Promise<unknown> =>
      t.cri.runtime.UpdateContainerResources({ container_id: container.id, linux });
    const noSuchCore = { cpuset_cpus: '4000', memory_limit_in_bytes: 128n * MIB };
    await check.refuses(
      update(noSuchCore),
      ANY_REFUSAL,
      'UpdateContainerResources with a core that the node does not have',
    );
    check.equal(await cgroupLimits(container), before, 'limits after the refused update');
    await update({ memory_limit_in_bytes: 80n * MIB });
    check.equal((await cgroupLimits(container)).memory, 80n * MIB, 'the next, valid update takes effect');
  },
);

spec(
  {
    id: 'container-lifecycle/resources-in-status',
    title: 'ContainerStatus.resources are the limits in force, before and after an update',
    level: 'must',
    since: '1.27',
    why: 'By them the kubelet sees whether a resize took effect; without them a resize never ends.',
    sources: [
      'api.proto: ContainerStatus.resources',
      'kubelet: kuberuntime_container.go toKubeContainerResources',
      'KEP-1287, KEP-2273',
      'thread: cri-dockerd#406',
    ],
    expectations: [26],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({ linux: { resources: { ...LIMITS, ...SWAP, ...CPUSET, ...OOM } } });
    const accounted = (await cgroupLimits(container)).memoryAndSwap !== undefined;
    const reported = async (): Promise<object> => {
      const { resources } = await container.status();
      const linux = check.present(resources?.linux, 'ContainerStatus.resources.linux is set');
      return {
        cpu_period: linux.cpu_period,
        cpu_quota: linux.cpu_quota,
        cpu_shares: linux.cpu_shares,
        memory_limit_in_bytes: linux.memory_limit_in_bytes,
        cpuset_cpus: linux.cpuset_cpus,
        cpuset_mems: linux.cpuset_mems,
        oom_score_adj: linux.oom_score_adj,
        ...(accounted ? { memory_swap_limit_in_bytes: linux.memory_swap_limit_in_bytes } : {}),
      };
    };
    const asked = {
      ...{ cpu_period: 100_000n, cpu_quota: 40_000n, cpu_shares: 409n },
      ...{ memory_limit_in_bytes: 67n * MIB, ...CPUSET, ...OOM, ...(accounted ? SWAP : {}) },
    };
    check.equal(await reported(), asked, 'ContainerStatus.resources after CreateContainer');
    const swap = { memory_swap_limit_in_bytes: 112n * MIB };
    const linux = { cpu_period: 100_000, cpu_quota: 60_000, memory_limit_in_bytes: 96n * MIB, ...swap };
    await t.cri.runtime.UpdateContainerResources({ container_id: container.id, linux });
    const changed = {
      ...{ ...asked, cpu_quota: 60_000n, memory_limit_in_bytes: 96n * MIB },
      ...(accounted ? swap : {}),
    };
    check.equal(await reported(), changed, 'ContainerStatus.resources after UpdateContainerResources');
  },
);
