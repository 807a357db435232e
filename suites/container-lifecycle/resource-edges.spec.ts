import { check, spec } from '../../src/kit/index.js';
import { cgroupLimits, usableCpus } from '../shared/cgroup.js';

const GIB = 1024n ** 3n;

spec(
  {
    id: 'container-lifecycle/resources-at-their-edges',
    title:
      'a memory limit above 4 GiB, the lowest CPU shares, an unlimited quota, the highest oom_score_adj and a range of CPUs are applied',
    level: 'must',
    since: '1.20',
    why: 'Large limits are common, 2 and 1000 are the figures of every pod without requests, ranges those of the CPU manager, -1 its quota for exclusive CPUs.',
    sources: [
      'api.proto: LinuxContainerResources',
      'kubelet: cm/helpers_linux.go MilliCPUToShares (MinShares), qos/policy.go GetContainerOOMScoreAdjust (1000)',
      'kubelet: cm/cpumanager/cpu_manager.go updateContainerCPUSet; cpuset String (ranges)',
      'kubelet: kuberuntime_container_linux.go calculateLinuxResources (disableCPUQuota)',
    ],
    expectations: [34],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // A range such as `0-3`, unless the node has one CPU only.
    const cpus = await usableCpus(await t.pods.sharedContainer());
    const limits = { memory_limit_in_bytes: 6n * GIB, cpu_shares: 2, cpu_quota: -1, oom_score_adj: 1000 };
    const container = await pod.start({ linux: { resources: { ...limits, cpuset_cpus: cpus } } });
    const { memory, cpuShares, cpuWeight, cpuQuota, cpuset } = await cgroupLimits(container);
    check.equal(memory, 6n * GIB, 'memory limit of the cgroup');
    check.equal(cpuQuota, null, 'CPU quota of the cgroup for a cpu_quota of -1: none');
    if (cpuShares !== undefined) check.equal(cpuShares, 2, 'cpu.shares of the cgroup');
    else check.equal(cpuWeight, 1, 'cpu.weight of the cgroup: the lowest, for the lowest shares');
    check.equal(cpuset, cpus, 'CPUs of the cgroup');
    check.equal(await container.shell('cat /proc/1/oom_score_adj'), '1000', 'oom_score_adj of the first process');
  },
);
