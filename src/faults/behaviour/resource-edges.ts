import type { LinuxContainerResources } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { created, updated } from './resources.js';
import { changePod, changeRequest, handling, together, type Plant } from './shapes.js';

/* Resources and sysctls: values at their edges, updates that undo others, and what only the first container has. */

const sysctls = (change: (all: [string, string][]) => [string, string][]): Plant =>
  changePod((pod) =>
    pod.linux === null
      ? {}
      : { linux: { ...pod.linux, sysctls: Object.fromEntries(change(Object.entries(pod.linux.sysctls))) } },
  );

const FIELDS = [
  'cpu_period',
  'cpu_quota',
  'cpu_shares',
  'memory_limit_in_bytes',
  'cpuset_cpus',
  'cpuset_mems',
] as const;

const isSet = (value: bigint | string): boolean => value !== 0n && value !== '';

/** An update starts from what the container was created with, and so undoes earlier ones. */
const updatesFromCreated: Plant = (planting) => {
  const original = new Map<string, LinuxContainerResources>();
  const current = new Map<string, LinuxContainerResources>();
  return together(
    handling('CreateContainer', async ({ request, forward }) => {
      const answer = await forward();
      const own = request.config?.linux?.resources;
      if (own) {
        original.set(answer.container_id, own);
        current.set(answer.container_id, own);
      }
      return answer;
    }),
    changeRequest('UpdateContainerResources', (request) => {
      const [first, now] = [original.get(request.container_id), current.get(request.container_id)];
      if (!request.linux || !first || !now) return request;
      const sent: Partial<Record<string, bigint | string>> = {};
      const after: typeof sent = {};
      for (const field of FIELDS) {
        if (isSet(request.linux[field])) after[field] = request.linux[field];
        else if (isSet(first[field]) && first[field] !== now[field]) sent[field] = after[field] = first[field];
      }
      current.set(request.container_id, { ...now, ...after });
      return { ...request, linux: { ...request.linux, ...sent } };
    }),
  )(planting);
};

export const resourceEdgeFaults: Fault[] = [
  {
    id: 'behaviour/memory-limit-32-bits',
    title: 'a memory limit of 4 GiB or more becomes the largest that 32 bits hold',
    plant: created(({ memory_limit_in_bytes: limit }) =>
      limit < 2n ** 32n ? {} : { memory_limit_in_bytes: 2n ** 32n - 4096n },
    ),
  },
  {
    id: 'behaviour/oom-score-1000-is-999',
    title: 'an oom_score_adj of 1000 becomes 999',
    plant: created(({ oom_score_adj: score }) => (score === 1000n ? { oom_score_adj: 999n } : {})),
  },
  {
    id: 'behaviour/cpu-shares-2-is-unset',
    title: 'the lowest CPU shares, 2, count as unset',
    plant: created(({ cpu_shares: shares }) => (shares === 2n ? { cpu_shares: 1024n } : {})),
  },
  {
    id: 'behaviour/cpu-shares-10000-at-most',
    title: 'CreateContainer limits CPU shares to 10000, as if they were a weight: less than ten cores',
    plant: created(({ cpu_shares }) => ({ cpu_shares: cpu_shares > 10_000n ? 10_000n : cpu_shares })),
  },
  {
    id: 'behaviour/cpu-quota-has-a-floor',
    title: 'CreateContainer raises a cpu_quota below 10 ms to that',
    plant: created(({ cpu_quota }) => ({ cpu_quota: cpu_quota > 0n && cpu_quota < 10_000n ? 10_000n : cpu_quota })),
  },
  {
    id: 'behaviour/resources-period-is-default',
    title: 'CreateContainer keeps cpu_quota and sets the default cpu_period of 100 ms, whatever the request says',
    plant: created(({ cpu_period }) => (cpu_period > 0n ? { cpu_period: 100_000n } : {})),
  },
  {
    id: 'behaviour/resources-memory-in-whole-mebibytes',
    title: 'CreateContainer cuts the memory limit down to whole mebibytes',
    plant: created(({ memory_limit_in_bytes: limit }) => ({ memory_limit_in_bytes: (limit >> 20n) << 20n })),
  },
  {
    id: 'behaviour/cpuset-list-is-its-first',
    title: 'a list of CPUs is the CPU before the first comma',
    plant: created(({ cpuset_cpus }) => ({ cpuset_cpus: cpuset_cpus.split(',')[0] ?? '' })),
  },
  {
    id: 'behaviour/cpuset-range-is-its-start',
    title: 'a range of CPUs is its first CPU',
    plant: created(({ cpuset_cpus }) => ({ cpuset_cpus: cpuset_cpus.replace(/-\d+/g, '') })),
  },
  {
    id: 'behaviour/update-undoes-earlier-update',
    title: 'UpdateContainerResources sets what it is not asked to change back to what the container was created with',
    plant: updatesFromCreated,
  },
  {
    // A limit that was taken away from a pod stays in force.
    id: 'behaviour/update-unlimited-quota-ignored',
    title: 'UpdateContainerResources takes a cpu_quota of -1 for unset',
    plant: updated(({ cpu_quota }) => ({ cpu_quota: cpu_quota < 0n ? 0n : cpu_quota })),
  },
  {
    id: 'behaviour/cgroup-parent-of-first-container',
    title: 'the second container of a pod is not below the cgroup parent of the pod',
    plant: changeRequest('CreateContainer', async (request, { cri }) => {
      const { sandbox_config: pod, pod_sandbox_id } = request;
      if (!pod?.linux || pod_sandbox_id === '') return request;
      const { containers } = await cri.runtime.ListContainers({ filter: { pod_sandbox_id } });
      if (containers.length === 0) return request;
      return { ...request, sandbox_config: { ...pod, linux: { ...pod.linux, cgroup_parent: '' } } };
    }),
  },
  {
    id: 'behaviour/sysctls-with-blanks-lost',
    title: 'a sysctl whose value is several numbers is not set',
    plant: sysctls((all) => all.filter(([, value]) => !/\s/.test(value.trim()))),
  },
];
