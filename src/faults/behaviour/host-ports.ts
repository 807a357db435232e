import type { PodSandboxConfig, PortMapping } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { dns, ports } from './networking.js';
import { attemptOf } from './relations.js';
import { changePod, handling, together, type Plant } from './shapes.js';

/* Host ports that have something in common, names without a server, and both of them in a later attempt of a pod. */

/** Drops host ports that are like one before them. */
const withoutRepeats = (isLike: (one: PortMapping, own: PortMapping) => boolean): Plant =>
  ports((all) =>
    all.filter(
      (own, index) =>
        own.host_port === 0 || !all.slice(0, index).some((one) => one.host_port !== 0 && isLike(one, own)),
    ),
  );

/** The host ports of a sandbox stay allocated after its stop, if only in the books. */
const portsKept: Plant = (planting) => {
  const taken = new Map<string, string[]>();
  const kept = new Set<string>();
  const portsOf = (config: PodSandboxConfig | null): string[] =>
    (config?.port_mappings ?? [])
      .filter(({ host_port }) => host_port > 0)
      .map(({ protocol, host_ip, host_port }) => `${protocol} ${host_ip} ${host_port}`);
  return together(
    handling('RunPodSandbox', async ({ request: { config }, forward }) => {
      const ports = portsOf(config);
      if (ports.some((port) => kept.has(port))) {
        planting.shown();
        throw new Refusal('UNKNOWN', 'failed to setup network for sandbox: port is already allocated');
      }
      const answer = await forward();
      taken.set(answer.pod_sandbox_id, ports);
      return answer;
    }),
    handling('StopPodSandbox', async ({ request: { pod_sandbox_id }, forward }) => {
      const answer = await forward();
      for (const port of taken.get(pod_sandbox_id) ?? []) kept.add(port);
      return answer;
    }),
  )(planting);
};

/** A host port that a READY sandbox has is taken, whatever its protocol. */
const portsOfBothProtocols: Plant = (planting) => {
  const taken = new Map<string, PortMapping[]>();
  const release = (rpc: 'StopPodSandbox' | 'RemovePodSandbox'): Plant =>
    handling(rpc, ({ request, forward }) => {
      taken.delete(request.pod_sandbox_id);
      return forward();
    });
  return together(
    handling('RunPodSandbox', async ({ request: { config }, forward }) => {
      const own = (config?.port_mappings ?? []).filter(({ host_port }) => host_port > 0);
      const others = [...taken.values()].flat();
      const clash = (one: PortMapping, other: PortMapping): boolean =>
        one.host_port === other.host_port && one.protocol !== other.protocol;
      if (own.some((one) => others.some((other) => clash(one, other)))) {
        planting.shown();
        throw new Refusal('UNKNOWN', 'failed to setup network for sandbox: port is already allocated');
      }
      const answer = await forward();
      taken.set(answer.pod_sandbox_id, own);
      return answer;
    }),
    release('StopPodSandbox'),
    release('RemovePodSandbox'),
  )(planting);
};

export const hostPortFaults: Fault[] = [
  {
    id: 'behaviour/dns-needs-server',
    title: 'resolv.conf has no search domains and options if the pod names no server',
    plant: dns(({ servers }) => (servers.length === 0 ? { searches: [], options: [] } : {})),
  },
  {
    id: 'behaviour/dns-of-next-attempt-is-the-hosts',
    title: 'a pod that is the next attempt has the resolv.conf of the host',
    plant: changePod((pod) => (attemptOf(pod) > 0 ? { dns_config: null } : {})),
  },
  {
    id: 'behaviour/host-ports-once-per-number',
    title: 'a host port that is asked for with two protocols has the first of them only',
    plant: withoutRepeats((one, own) => one.host_port === own.host_port && one.protocol !== own.protocol),
  },
  {
    id: 'behaviour/host-ports-once-per-container-port',
    title: 'a container port that is mapped to two host ports is at the first of them only',
    plant: withoutRepeats((one, own) => one.container_port === own.container_port && one.protocol === own.protocol),
  },
  {
    id: 'behaviour/host-ports-of-next-attempt-lost',
    title: 'a pod that is the next attempt has no host ports',
    plant: changePod((pod) => (attemptOf(pod) > 0 ? { port_mappings: [] } : {})),
  },
  {
    id: 'behaviour/host-port-stays-allocated',
    title: 'RunPodSandbox refuses a host port that a stopped sandbox had',
    source: 'cri-o#2342',
    plant: portsKept,
  },
  {
    id: 'behaviour/host-port-taken-for-both-protocols',
    title: 'RunPodSandbox refuses a host port that another pod has for another protocol',
    plant: portsOfBothProtocols,
  },
  {
    id: 'behaviour/host-ip-of-first-port-only',
    title: 'the host_ip of the first port mapping counts, those of the others are ignored',
    plant: ports((all) => all.map((one, index) => (index === 0 ? one : { ...one, host_ip: '' }))),
  },
];
