import type { DNSConfig, PodSandboxNetworkStatus, PortMapping } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { knowingAge } from './relations.js';
import { changePod, changePodStatus, type Plant } from './shapes.js';

/* Names, addresses, ports and sysctls of pods. */

export const dns = (change: (config: DNSConfig) => Partial<DNSConfig>): Plant =>
  changePod(({ dns_config }) => (dns_config ? { dns_config: { ...dns_config, ...change(dns_config) } } : {}));

export const ports = (change: (mappings: PortMapping[]) => PortMapping[]): Plant =>
  changePod(({ port_mappings }) => ({ port_mappings: change(port_mappings) }));

/** Of sandboxes that have an address. */
const network = (change: (status: PodSandboxNetworkStatus) => Partial<PodSandboxNetworkStatus>): Plant =>
  changePodStatus(({ network: status }) =>
    status !== null && status.ip !== '' ? { network: { ...status, ...change(status) } } : {},
  );

export const onHostNetwork = (config: Parameters<Parameters<typeof changePod>[0]>[0]): boolean =>
  config.linux?.security_context?.namespace_options?.network === 'NODE';

export const networkingFaults: Fault[] = [
  {
    id: 'behaviour/dns-servers-reversed',
    title: 'the name servers of a pod are in reverse order',
    plant: dns(({ servers }) => ({ servers: servers.toReversed() })),
  },
  {
    id: 'behaviour/dns-server-first-only',
    title: 'a pod has the first of its name servers only',
    plant: dns(({ servers }) => ({ servers: servers.slice(0, 1) })),
  },
  {
    id: 'behaviour/dns-server-of-node-added',
    title: 'the name server of the node is added to those of the pod',
    plant: dns(({ servers }) => ({ servers: [...servers, '203.0.113.1'] })),
  },
  {
    id: 'behaviour/dns-searches-sorted',
    title: 'the search domains of a pod are sorted',
    plant: dns(({ searches }) => ({ searches: searches.toSorted() })),
  },
  {
    id: 'behaviour/dns-searches-six-at-most',
    title: 'a pod has six search domains at most',
    plant: dns(({ searches }) => ({ searches: searches.slice(0, 6) })),
  },
  {
    id: 'behaviour/dns-searches-256-characters-at-most',
    title: 'search domains beyond 256 characters are dropped',
    plant: dns(({ searches }) => ({
      searches: searches.filter((_, index) => searches.slice(0, index + 1).join(' ').length <= 256),
    })),
  },
  {
    id: 'behaviour/dns-search-of-node-added',
    title: 'the search domain of the node is added to those of the pod',
    plant: dns(({ searches }) => ({ searches: [...searches, 'node.example'] })),
  },
  {
    id: 'behaviour/dns-options-sorted',
    title: 'the resolver options of a pod are sorted',
    plant: dns(({ options }) => ({ options: options.toSorted() })),
  },
  {
    id: 'behaviour/dns-options-without-value-dropped',
    title: 'resolver options without a value are dropped',
    plant: dns(({ options }) => ({ options: options.filter((option) => option.includes(':')) })),
  },
  {
    id: 'behaviour/dns-of-node-on-host-network',
    title: 'pods on the network of the node have its resolv.conf, whatever their dns_config',
    plant: changePod((config) => (onHostNetwork(config) ? { dns_config: null } : {})),
  },
  {
    id: 'behaviour/hostname-is-the-pod-name',
    title: 'the host name of a pod is the name of the pod',
    plant: changePod((config) => (onHostNetwork(config) ? {} : { hostname: config.metadata?.name ?? '' })),
  },
  {
    id: 'behaviour/hostname-cut',
    title: 'host names are cut after 32 characters',
    plant: changePod(({ hostname }) => ({ hostname: hostname.slice(0, 32) })),
  },
  {
    id: 'behaviour/host-port-0-is-container-port',
    title: 'host_port 0 opens the container_port on the node',
    plant: ports((mappings) =>
      mappings.map((mapping) =>
        mapping.host_port === 0 ? { ...mapping, host_port: mapping.container_port } : mapping,
      ),
    ),
  },
  {
    id: 'behaviour/host-port-is-container-port',
    title: 'the container_port is opened on the node instead of the host_port',
    plant: ports((mappings) =>
      mappings.map((mapping) =>
        mapping.host_port === 0 ? mapping : { ...mapping, host_port: mapping.container_port },
      ),
    ),
  },
  {
    id: 'behaviour/host-port-leads-to-its-own-number',
    title: 'a host_port leads to the port of the same number in the pod',
    plant: ports((mappings) =>
      mappings.map((mapping) =>
        mapping.host_port === 0 ? mapping : { ...mapping, container_port: mapping.host_port },
      ),
    ),
  },
  {
    id: 'behaviour/host-port-on-loopback-only',
    title: 'host ports without a host_ip are opened at 127.0.0.1 only',
    plant: ports((mappings) =>
      mappings.map((mapping) => (mapping.host_ip === '' ? { ...mapping, host_ip: '127.0.0.1' } : mapping)),
    ),
  },
  {
    id: 'behaviour/host-port-both-protocols',
    title: 'a UDP host port is opened for TCP as well',
    plant: ports((mappings) =>
      mappings.flatMap((mapping) =>
        mapping.protocol === 'UDP' ? [mapping, { ...mapping, protocol: 'TCP' }] : [mapping],
      ),
    ),
  },
  {
    id: 'behaviour/host-port-last-only',
    title: 'of several port mappings only the last counts',
    plant: ports((mappings) => mappings.slice(-1)),
  },
  {
    id: 'behaviour/address-is-loopback',
    title: 'PodSandboxStatus says that the address of every pod is 127.0.0.1',
    plant: network(() => ({ ip: '127.0.0.1' })),
  },
  {
    id: 'behaviour/address-has-prefix-length',
    title: 'PodSandboxStatus gives addresses with their prefix length',
    plant: network(({ ip }) => ({ ip: `${ip}/24` })),
  },
  {
    id: 'behaviour/address-of-last-pod',
    title: 'PodSandboxStatus gives the address of the pod asked for before',
    plant: (planting) => {
      let last: string | undefined;
      return network(({ ip }) => {
        const said = last ?? ip;
        last = ip;
        return { ip: said };
      })(planting);
    },
  },
  {
    id: 'behaviour/address-of-gateway',
    title: 'PodSandboxStatus gives the address of the gateway',
    plant: network(({ ip }) => ({ ip: ip.replace(/\d+$/, '1') })),
  },
  {
    id: 'behaviour/address-changes',
    title: 'the address in PodSandboxStatus is another one each time',
    plant: (planting) => {
      let count = 0;
      return network(({ ip }) => {
        count += 1;
        return { ip: count % 2 === 0 ? ip.replace(/\d+$/, String((count % 250) + 2)) : ip };
      })(planting);
    },
  },
  {
    id: 'behaviour/address-late',
    title: 'PodSandboxStatus has no address for a second after RunPodSandbox',
    plant: knowingAge('RunPodSandbox', (ageOf) =>
      changePodStatus(({ id, network: status }) =>
        status !== null && ageOf(id) < 1_000 ? { network: { ...status, ip: '' } } : {},
      ),
    ),
  },
  {
    id: 'behaviour/additional-address-repeats-first',
    title: 'additional_ips has the primary address as well',
    plant: network(({ ip, additional_ips }) => ({ additional_ips: [{ ip }, ...additional_ips] })),
  },
  {
    id: 'behaviour/additional-address-is-link-local',
    title: 'additional_ips has a link-local address',
    plant: network(({ additional_ips }) => ({ additional_ips: [...additional_ips, { ip: 'fe80::1' }] })),
  },
  {
    id: 'behaviour/additional-address-is-no-address',
    title: 'additional_ips has an interface name',
    plant: network(({ additional_ips }) => ({ additional_ips: [...additional_ips, { ip: 'eth0' }] })),
  },
  {
    id: 'behaviour/additional-address-is-not-there',
    title: 'additional_ips has an address of the other family that the pod does not have',
    plant: network(({ additional_ips }) => ({ additional_ips: [...additional_ips, { ip: '2001:db8::7' }] })),
  },
  {
    id: 'behaviour/sysctl-first-only',
    title: 'of several sysctls only the first is set',
    plant: changePod(({ linux }) => ({
      linux: linux && { ...linux, sysctls: Object.fromEntries(Object.entries(linux.sysctls).slice(0, 1)) },
    })),
  },
  {
    id: 'behaviour/sysctl-of-network-dropped',
    title: 'sysctls of the network are dropped',
    plant: changePod(({ linux }) => ({
      linux: linux && {
        ...linux,
        sysctls: Object.fromEntries(Object.entries(linux.sysctls).filter(([name]) => !name.startsWith('net.'))),
      },
    })),
  },
  {
    id: 'behaviour/sysctl-dropped-on-host-network',
    title: 'sysctls are dropped if the pod is on the network of the node',
    plant: changePod((config) =>
      config.linux && onHostNetwork(config) ? { linux: { ...config.linux, sysctls: {} } } : {},
    ),
  },
  {
    id: 'behaviour/sysctls-stick',
    title: 'sandboxes have the kernel sysctls of earlier ones, where they ask for no others',
    plant: (planting) => {
      let earlier: Record<string, string> = {};
      return changePod(({ linux }) => {
        const sysctls = { ...earlier, ...linux?.sysctls };
        earlier = Object.fromEntries(Object.entries(sysctls).filter(([name]) => name.startsWith('kernel.')));
        return { linux: linux && { ...linux, sysctls } };
      })(planting);
    },
  },
  {
    id: 'behaviour/hostname-ends-at-dot',
    title: 'the host name of a pod ends before its first dot',
    plant: changePod(({ hostname }) => ({ hostname: hostname.split('.')[0] ?? '' })),
  },
  {
    id: 'behaviour/sysctls-of-0-lost',
    title: 'sysctls with the value 0 are not set',
    plant: changePod(({ linux }) => ({
      linux: linux && {
        ...linux,
        sysctls: Object.fromEntries(Object.entries(linux.sysctls).filter(([, value]) => value !== '0')),
      },
    })),
  },
];
