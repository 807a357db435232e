import type { LinuxContainerResources } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import {
  changeContainer,
  changeContainerStatus,
  changeRefusal,
  changeRequest,
  doNothing,
  handling,
  refuse,
  stateOf,
  together,
  type Plant,
} from './shapes.js';

/* Resources: what CreateContainer and UpdateContainerResources make of them, and what ContainerStatus says. */

type Change = (resources: LinuxContainerResources) => Partial<LinuxContainerResources>;

/** In CreateContainer. */
export const created = (change: Change): Plant =>
  changeContainer(({ linux }) =>
    linux?.resources ? { linux: { ...linux, resources: { ...linux.resources, ...change(linux.resources) } } } : {},
  );

export const updated = (change: Change): Plant =>
  changeRequest('UpdateContainerResources', (request) => {
    const { linux } = request;
    return linux === null ? request : { ...request, linux: { ...linux, ...change(linux) } };
  });

const reported = (change: Change, when: (state: string) => boolean = () => true): Plant =>
  changeContainerStatus(({ resources, state }) =>
    resources?.linux && when(state)
      ? { resources: { ...resources, linux: { ...resources.linux, ...change(resources.linux) } } }
      : {},
  );

/** Only what is set; zero stands for "leave it". */
const set = (resources: LinuxContainerResources): Partial<LinuxContainerResources> =>
  Object.fromEntries(Object.entries(resources).filter(([, value]) => value !== 0n && value !== ''));

/** No limits, in numbers that a runtime takes for values and not for "leave it". */
const UNLIMITED = { cpu_quota: -1n, cpu_shares: 1024n, memory_limit_in_bytes: 1n << 40n };

/** What updates have asked for, by container, on top of what ContainerStatus said before. */
function remembered(forwarded: boolean): Plant {
  return (planting) => {
    const said = new Map<string, Partial<LinuxContainerResources>>();
    return together(
      handling('UpdateContainerResources', async ({ request, forward }) => {
        const { container_id: id, linux } = request;
        const { status } = await planting.cri.runtime.ContainerStatus({ container_id: id });
        const before = said.get(id) ?? status?.resources?.linux ?? {};
        if (forwarded) {
          const answer = await forward();
          said.set(id, before);
          return answer;
        }
        planting.shown();
        said.set(id, { ...before, ...(linux === null ? {} : set(linux)) });
        return {};
      }),
      changeContainerStatus(({ id, resources }) => {
        const own = said.get(id);
        return resources?.linux && own ? { resources: { ...resources, linux: { ...resources.linux, ...own } } } : {};
      }),
    )(planting);
  };
}

export const resourceFaults: Fault[] = [
  {
    id: 'behaviour/resources-period-and-quota-swapped',
    title: 'CreateContainer takes cpu_period for cpu_quota and the reverse',
    plant: created(({ cpu_period, cpu_quota }) =>
      cpu_quota > 0n ? { cpu_period: cpu_quota, cpu_quota: cpu_period } : {},
    ),
  },
  {
    id: 'behaviour/resources-memory-in-decimal-units',
    title: 'CreateContainer makes megabytes of the mebibytes of the memory limit',
    plant: created(({ memory_limit_in_bytes: bytes }) => ({
      memory_limit_in_bytes: (((bytes / 1_048_576n) * 1_000_000n) / 4096n) * 4096n,
    })),
  },
  {
    id: 'behaviour/resources-memory-rounded-up',
    title: 'CreateContainer rounds the memory limit up to a power of two',
    plant: created(({ memory_limit_in_bytes: bytes }) => ({
      memory_limit_in_bytes: bytes === 0n ? 0n : 1n << BigInt((bytes - 1n).toString(2).length),
    })),
  },
  {
    id: 'behaviour/resources-memory-has-a-floor',
    title: 'CreateContainer raises memory limits below 128 MiB to that',
    plant: created(({ memory_limit_in_bytes: bytes }) => ({
      memory_limit_in_bytes: bytes > 0n && bytes < 1n << 27n ? 1n << 27n : bytes,
    })),
  },
  {
    id: 'behaviour/resources-period-is-fixed',
    title: 'updates change cpu_quota as if cpu_period were 100 ms',
    plant: updated(({ cpu_period }) => (cpu_period > 0n ? { cpu_period: 100_000n } : {})),
  },
  {
    id: 'behaviour/resources-oom-score-clamped',
    title: 'CreateContainer limits oom_score_adj to 500',
    plant: created(({ oom_score_adj: adj }) => ({ oom_score_adj: adj > 500n ? 500n : adj })),
  },
  {
    id: 'behaviour/update-does-nothing',
    title: 'UpdateContainerResources says OK and does nothing',
    source: 'containerd/cri#316',
    plant: doNothing('UpdateContainerResources'),
  },
  {
    id: 'behaviour/update-only-reported',
    title: 'UpdateContainerResources changes what ContainerStatus says, and nothing else',
    plant: remembered(false),
  },
  {
    id: 'behaviour/update-not-reported',
    title: 'ContainerStatus keeps the resources from before UpdateContainerResources',
    source: 'cri-dockerd#406',
    plant: remembered(true),
  },
  {
    id: 'behaviour/update-resets-the-rest',
    title: 'UpdateContainerResources lifts the limits that the request leaves out',
    plant: updated((resources) => ({ ...UNLIMITED, ...set(resources) })),
  },
  {
    id: 'behaviour/update-of-cpuset-alone-ignored',
    title: 'UpdateContainerResources does nothing if all it gets is a cpuset',
    plant: doNothing(
      'UpdateContainerResources',
      ({ linux }) => linux !== null && Object.keys(set(linux)).every((name) => /^cpuset|hugepage|unified/.test(name)),
    ),
  },
  {
    id: 'behaviour/update-first-field-only',
    title: 'UpdateContainerResources applies the CPU figures of a request, or else the memory',
    plant: updated(({ cpu_quota }) => (cpu_quota !== 0n ? { memory_limit_in_bytes: 0n } : {})),
  },
  {
    id: 'behaviour/update-period-and-quota-swapped',
    title: 'UpdateContainerResources takes cpu_period for cpu_quota and the reverse',
    plant: updated(({ cpu_period, cpu_quota }) =>
      cpu_quota > 0n && cpu_period > 0n ? { cpu_period: cpu_quota, cpu_quota: cpu_period } : {},
    ),
  },
  {
    id: 'behaviour/update-failed-half-applied',
    title: 'an UpdateContainerResources that is refused has applied the rest of the request',
    plant: changeRefusal('UpdateContainerResources', async ({ code, details }, { request, forward }) => {
      if (request.linux === null) return undefined;
      await forward({ ...request, linux: { ...request.linux, cpuset_cpus: '', cpuset_mems: '' } });
      throw new Refusal(code, details);
    }),
  },
  {
    id: 'behaviour/update-failed-says-ok',
    title: 'UpdateContainerResources says OK if a value cannot be had',
    plant: changeRefusal('UpdateContainerResources', () => ({})),
  },
  {
    id: 'behaviour/update-failed-blocks-later',
    title: 'after an UpdateContainerResources that failed, later ones fail too',
    plant: ({ shown }) => {
      const failed = new Set<string>();
      return {
        UpdateContainerResources: async ({ request, forward }) => {
          if (failed.has(request.container_id)) {
            shown();
            throw new Refusal('FAILED_PRECONDITION', 'an update is pending');
          }
          try {
            return await forward();
          } catch (error) {
            failed.add(request.container_id);
            throw error;
          }
        },
      };
    },
  },
  {
    id: 'behaviour/update-of-created-ignored',
    title: 'UpdateContainerResources of a container that is not started says OK and does nothing',
    plant: doNothing(
      'UpdateContainerResources',
      async ({ container_id }, planting) => (await stateOf(planting, container_id)) === 'CONTAINER_CREATED',
    ),
  },
  {
    id: 'behaviour/update-of-created-cpu-lost',
    title: 'UpdateContainerResources of a container that is not started changes memory and cpuset, not the CPU figures',
    plant: changeRequest('UpdateContainerResources', async (request, planting) => {
      const { container_id, linux } = request;
      if (linux === null || (await stateOf(planting, container_id)) !== 'CONTAINER_CREATED') return request;
      return { ...request, linux: { ...linux, cpu_period: 0n, cpu_quota: 0n, cpu_shares: 0n } };
    }),
  },
  {
    id: 'behaviour/update-of-created-refused',
    title: 'UpdateContainerResources refuses a container that is not started',
    plant: refuse(
      'UpdateContainerResources',
      async ({ container_id }, planting) => (await stateOf(planting, container_id)) === 'CONTAINER_CREATED',
      'FAILED_PRECONDITION',
      'container is not running',
    ),
  },
  {
    id: 'behaviour/update-of-unknown-says-ok',
    title: 'UpdateContainerResources of an unknown container says OK',
    plant: changeRefusal('UpdateContainerResources', async (_, { request }, planting) =>
      (await stateOf(planting, request.container_id)) === undefined ? {} : undefined,
    ),
  },
  {
    id: 'behaviour/resources-reported-in-kibibytes',
    title: 'ContainerStatus gives the memory limit in KiB',
    plant: reported(({ memory_limit_in_bytes: bytes }) => ({ memory_limit_in_bytes: bytes / 1024n })),
  },
  {
    id: 'behaviour/resources-reported-in-millicores',
    title: 'ContainerStatus gives the CPU quota in thousandths of a core',
    plant: reported(({ cpu_quota, cpu_period }) => ({
      cpu_quota: cpu_period === 0n ? cpu_quota : (cpu_quota * 1000n) / cpu_period,
    })),
  },
  {
    id: 'behaviour/resources-reported-swapped',
    title: 'ContainerStatus gives cpu_period as cpu_quota and the reverse',
    plant: reported(({ cpu_period, cpu_quota }) => ({ cpu_period: cpu_quota, cpu_quota: cpu_period })),
  },
  {
    id: 'behaviour/resources-reported-before-start-only',
    title: 'ContainerStatus has resources only until the container is started',
    plant: changeContainerStatus(({ state }) => (state === 'CONTAINER_CREATED' ? {} : { resources: null })),
  },
];
