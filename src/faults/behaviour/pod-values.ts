import type { CreateContainerRequest } from '../../client/generated/types.js';
import { Refusal, type Fault, type Planting } from '../fault.js';
import { mountOf } from './directories.js';
import { attemptOf, knowingAge } from './relations.js';
import { containersOf } from './sandboxes.js';
import { changeAnswer, changePod, changePodStatus, changeRequest, refuse, type Plant } from './shapes.js';

/* What some pods have and most have not, and what becomes of it with a second container or a second try. */

/** Every container but the first of a pod gets this in addition. */
const laterContainers = (
  change: (
    request: CreateContainerRequest,
    planting: Planting,
  ) => Partial<NonNullable<CreateContainerRequest['config']>>,
): Plant => {
  return changeRequest('CreateContainer', async (request, planting) => {
    const { config } = request;
    if (config === null) return request;
    const others = await containersOf(planting, request.pod_sandbox_id);
    return others.length === 0 ? request : { ...request, config: { ...config, ...change(request, planting) } };
  });
};

export const podValueFaults: Fault[] = [
  {
    id: 'behaviour/run-refuses-uid-of-static-pod',
    title: 'RunPodSandbox refuses the uid of a static pod, a hash without hyphens',
    plant: refuse(
      'RunPodSandbox',
      ({ config }) => /^[0-9a-f]{32}$/.test(config?.metadata?.uid ?? ''),
      'INVALID_ARGUMENT',
      'uid is not a UUID',
    ),
  },
  {
    id: 'behaviour/run-refuses-64-kib-of-annotations',
    title: 'RunPodSandbox refuses a pod with annotations of more than 64 KiB',
    plant: refuse(
      'RunPodSandbox',
      ({ config }) => JSON.stringify(config?.annotations ?? {}).length > 65_536,
      'RESOURCE_EXHAUSTED',
      'annotations too large',
    ),
  },
  {
    id: 'behaviour/run-refuses-overhead',
    title: 'RunPodSandbox refuses a pod with overhead',
    plant: refuse('RunPodSandbox', ({ config }) => !!config?.linux?.overhead, 'INVALID_ARGUMENT', 'overhead'),
  },
  {
    id: 'behaviour/run-failed-keeps-host-port',
    title: 'the host ports of a RunPodSandbox that failed stay taken',
    plant: ({ shown }) => {
      const taken = new Set<string>();
      const ports = (config: { port_mappings: { host_port: number; protocol: string }[] } | null) =>
        (config?.port_mappings ?? [])
          .filter(({ host_port }) => host_port !== 0)
          .map(({ host_port, protocol }) => `${protocol} ${host_port}`);
      return {
        RunPodSandbox: async ({ request, forward }) => {
          const own = ports(request.config);
          if (own.some((port) => taken.has(port))) {
            shown();
            throw new Refusal('UNKNOWN', 'host port is already allocated');
          }
          try {
            return await forward();
          } catch (error) {
            for (const port of own) taken.add(port);
            throw error;
          }
        },
      };
    },
  },
  {
    id: 'behaviour/sandbox-beside-cgroup-parent',
    title: 'the process of a sandbox is in a cgroup beside its cgroup_parent, the containers below that',
    plant: changePod(({ linux }) => ({
      linux: linux && { ...linux, cgroup_parent: linux.cgroup_parent.replace(/\/[^/]+$/, '') },
    })),
  },
  {
    id: 'behaviour/hostname-of-next-attempt-lost',
    title: 'a pod that is the next attempt has its name for host name',
    plant: changePod((config) =>
      attemptOf(config) > 0 && config.hostname !== '' ? { hostname: `${config.metadata?.name}`.slice(0, 63) } : {},
    ),
  },
  {
    id: 'behaviour/list-sandboxes-ready-late',
    title: 'ListPodSandbox with the state READY leaves out a sandbox for a second after RunPodSandbox',
    plant: knowingAge('RunPodSandbox', (ageOf) =>
      changeAnswer('ListPodSandbox', ({ items }, { filter }) => ({
        items: items.filter(({ id }) => filter?.state?.state !== 'SANDBOX_READY' || ageOf(id) > 1_000),
      })),
    ),
  },
  {
    id: 'behaviour/dns-of-first-container-only',
    title: 'Only the first container of a pod gets its resolv.conf, later ones that of the node',
    plant: laterContainers(({ config }) => ({
      mounts: [...(config?.mounts ?? []), mountOf('/etc/resolv.conf', '/etc/resolv.conf')],
    })),
  },
  {
    id: 'behaviour/address-is-loopback-on-host-network',
    title: "PodSandboxStatus gives 127.0.0.1 as the IP of a pod on the host's network",
    plant: changePodStatus((status) =>
      status.linux?.namespaces?.options?.network === 'NODE' ? { network: { ip: '127.0.0.1', additional_ips: [] } } : {},
    ),
  },
  {
    id: 'behaviour/address-lost-without-running-containers',
    title: 'PodSandboxStatus has no address once the containers of a sandbox have ended',
    plant: changeAnswer('PodSandboxStatus', async (answer, { pod_sandbox_id }, { cri }) => {
      const { status } = answer;
      if (!status?.network?.ip) return answer;
      const { containers } = await cri.runtime.ListContainers({ filter: { pod_sandbox_id } });
      if (containers.length === 0 || containers.some(({ state }) => state === 'CONTAINER_RUNNING')) return answer;
      return { ...answer, status: { ...status, network: { ip: '', additional_ips: [] } } };
    }),
  },
];
