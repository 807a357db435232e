import { createServer } from 'node:net';
import type { PortMapping } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { dns, onHostNetwork, ports } from './networking.js';
import { attemptOf, notingEnds } from './relations.js';
import { changePod, handling, refuse, together, type Plant } from './shapes.js';

/* Host ports that have something in common, names without a server, and both of them in a later attempt of a pod. */

/** Drops host ports that are like one before them. */
const withoutRepeats = (isLike: (one: PortMapping, own: PortMapping) => boolean): Plant =>
  ports((all) =>
    all.filter(
      (own, index) =>
        own.host_port === 0 || !all.slice(0, index).some((one) => one.host_port !== 0 && isLike(one, own)),
    ),
  );

/** RunPodSandbox fails if one of its host ports is taken, else those that it has are told with the sandbox's id. */
const ifPortsAreFree = (
  isTaken: (port: PortMapping) => boolean,
  took: (sandbox: string, ports: PortMapping[]) => void,
): Plant =>
  handling('RunPodSandbox', async ({ request: { config }, forward }, { shown }) => {
    const ports = (config?.port_mappings ?? []).filter(({ host_port }) => host_port > 0);
    if (ports.some(isTaken)) {
      shown();
      throw new Refusal('UNKNOWN', 'failed to setup network for sandbox: port is already allocated');
    }
    const answer = await forward();
    took(answer.pod_sandbox_id, ports);
    return answer;
  });

/** The host ports of a sandbox stay allocated after its stop, if only in the books. */
const portsKept: Plant = (planting) => {
  const taken = new Map<string, string[]>();
  const kept = new Set<string>();
  const nameOf = ({ protocol, host_ip, host_port }: PortMapping): string => `${protocol} ${host_ip} ${host_port}`;
  return together(
    ifPortsAreFree(
      (port) => kept.has(nameOf(port)),
      (sandbox, ports) => taken.set(sandbox, ports.map(nameOf)),
    ),
    handling('StopPodSandbox', async ({ request: { pod_sandbox_id }, forward }) => {
      const answer = await forward();
      for (const port of taken.get(pod_sandbox_id) ?? []) kept.add(port);
      return answer;
    }),
  )(planting);
};

/** Whoever listens on the host ports of a sandbox goes with its stop, and not if it is removed without one. */
const portsOutliveRemoval: Plant = (planting) => {
  const taken = new Map<string, PortMapping[]>();
  return together(
    ifPortsAreFree(
      () => false,
      (sandbox, ports) => taken.set(sandbox, ports),
    ),
    handling('StopPodSandbox', ({ request, forward }) => {
      taken.delete(request.pod_sandbox_id);
      return forward();
    }),
    handling('RemovePodSandbox', async ({ request, forward }) => {
      const answer = await forward();
      for (const { host_port, host_ip, protocol } of taken.get(request.pod_sandbox_id) ?? []) {
        if (protocol !== 'TCP') continue;
        const left = createServer((socket) => socket.destroy());
        planting.defer(() => void left.close());
        await new Promise<void>((listening) => {
          left.once('error', () => listening());
          left.listen(host_port, host_ip || '0.0.0.0', () => {
            planting.shown();
            listening();
          });
        });
      }
      taken.delete(request.pod_sandbox_id);
      return answer;
    }),
  )(planting);
};

/** A host port that a READY sandbox has is taken, whatever its protocol. */
const portsOfBothProtocols: Plant = (planting) => {
  const taken = new Map<string, PortMapping[]>();
  const clash = (one: PortMapping, other: PortMapping): boolean =>
    one.host_port === other.host_port && one.protocol !== other.protocol;
  return together(
    ifPortsAreFree(
      (port) => [...taken.values()].flat().some((other) => clash(port, other)),
      (sandbox, ports) => taken.set(sandbox, ports),
    ),
    notingEnds((sandbox) => taken.delete(sandbox)),
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
  {
    id: 'behaviour/host-ip-any-dropped',
    title: 'a host port whose host_ip is 0.0.0.0 is not opened',
    plant: ports((all) => all.filter(({ host_ip }) => host_ip !== '0.0.0.0')),
  },
  {
    id: 'behaviour/sctp-port-refused',
    title: 'RunPodSandbox refuses ports of the protocol SCTP, even without a host port',
    plant: refuse(
      'RunPodSandbox',
      ({ config }) => config?.port_mappings.some(({ protocol }) => protocol === 'SCTP') ?? false,
      'INVALID_ARGUMENT',
      'unknown protocol SCTP',
    ),
  },
  {
    // The API server gives every port of such a pod a host port.
    id: 'behaviour/host-network-with-ports-refused',
    title: 'RunPodSandbox refuses port mappings of a pod on the network of the node',
    plant: refuse(
      'RunPodSandbox',
      ({ config }) => config !== null && onHostNetwork(config) && config.port_mappings.length > 0,
      'INVALID_ARGUMENT',
      'port mappings are not supported on the host network',
    ),
  },
  {
    id: 'behaviour/remove-running-keeps-host-port',
    title: 'RemovePodSandbox of a sandbox that was not stopped leaves its host ports taken',
    source: 'cri-o#2342',
    plant: portsOutliveRemoval,
  },
];
