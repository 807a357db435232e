import type { PodSandboxConfig, PortMapping } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { dns, ports } from './networking.js';
import { changePod, type Plant } from './shapes.js';

/* Host ports that have something in common, names without a server, and both of them in a later attempt of a pod. */

const isNextAttempt = ({ metadata }: PodSandboxConfig): boolean => (metadata?.attempt ?? 0) > 0;

/** Drops host ports that are like one before them. */
const withoutRepeats = (isLike: (one: PortMapping, own: PortMapping) => boolean): Plant =>
  ports((all) =>
    all.filter(
      (own, index) =>
        own.host_port === 0 || !all.slice(0, index).some((one) => one.host_port !== 0 && isLike(one, own)),
    ),
  );

export const hostPortFaults: Fault[] = [
  {
    id: 'behaviour/dns-needs-server',
    title: 'resolv.conf has no search domains and options if the pod names no server',
    plant: dns(({ servers }) => (servers.length === 0 ? { searches: [], options: [] } : {})),
  },
  {
    id: 'behaviour/dns-of-next-attempt-is-the-hosts',
    title: 'a pod that is the next attempt has the resolv.conf of the host',
    plant: changePod((pod) => (isNextAttempt(pod) ? { dns_config: null } : {})),
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
    plant: changePod((pod) => (isNextAttempt(pod) ? { port_mappings: [] } : {})),
  },
];
