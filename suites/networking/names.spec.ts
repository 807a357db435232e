import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { check, spec, type Container } from '../../src/kit/index.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { expectPage, fetchFromNode, startServer } from '../shared/http.js';
import { freePort } from '../shared/ports.js';
import { succeeds } from '../security-context/mounts.js';

const DNS = ['api.proto: DNSConfig.servers, searches, options', 'kubelet: network/dns/dns.go GetPodDNS'];

/** A container that was started again. */
const RESTARTED = { metadata: { name: 'restarted', attempt: 1 } };

const AS_USER = { linux: { security_context: { run_as_user: { value: 1001 } } } };

/** resolv.conf as a resolver reads it: each keyword with its words, in order; comments and empty lines left out. */
async function resolvConf(container: Container): Promise<string[]> {
  const text = await container.output(['/bin/cat', '/etc/resolv.conf']);
  const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  return lines.filter((line) => line !== '' && !/^[#;]/.test(line));
}

spec(
  {
    id: 'networking/dns-config',
    title: "the pod's resolv.conf has the servers, searches and options of dns_config, in order and nothing else",
    level: 'must',
    since: '1.20',
    why: 'Names of services resolve only with the cluster DNS first; entries of the node would leak lookups to it.',
    sources: DNS,
    parity: ['networking/dns-config'],
  },
  async (t) => {
    const dns_config = {
      servers: ['198.51.100.53', '192.0.2.53', '2001:db8::53'],
      searches: ['zone.crivet.test', 'crivet.test', 'a.test'],
      options: ['ndots:8', 'timeout:3', 'edns0', 'attempts:4', 'rotate', 'use-vc', 'trust-ad'],
    };
    const pod = await t.pods.run({ dns_config });
    const lines = await resolvConf(await pod.start());
    const servers = lines.filter((line) => line.startsWith('nameserver '));
    const expected = dns_config.servers.map((server) => `nameserver ${server}`);
    check.equal(servers, expected, 'resolv.conf names the servers, in order');
    const searches = lines.filter((line) => line.startsWith('search '));
    // Of several search lines only the last counts.
    check.equal(searches, [`search ${dns_config.searches.join(' ')}`], 'resolv.conf has one search line, in order');
    const options = lines.filter((line) => line.startsWith('options ')).flatMap((line) => line.split(' ').slice(1));
    check.equal(options, dns_config.options, 'resolv.conf has the options, in order');
    const others = lines.filter((line) => !/^(nameserver|search|options) /.test(line));
    check.equal(others, [], 'resolv.conf has no other lines');
    const restarted = await pod.start({ ...RESTARTED, ...AS_USER });
    const readable = await succeeds(restarted, 'cat /etc/resolv.conf');
    check.equal(readable, true, 'a user other than root can read resolv.conf');
    check.equal(await resolvConf(restarted), lines, 'a later container, started again, has the same resolv.conf');
  },
);

spec(
  {
    id: 'networking/dns-config-many-searches',
    title: 'all of 32 search domains reach the resolv.conf of a pod on the network of the node',
    level: 'must',
    since: '1.28',
    why: 'The kubelet passes up to 32 domains and 2048 characters; a runtime that keeps to the old limit of 6 fails.',
    sources: [...DNS, 'KEP-2595'],
  },
  async (t) => {
    const searches = Array.from({ length: 32 }, (_, index) => `${'domain-part'.repeat(4)}-${index}.crivet.test`);
    const pod = await t.pods.runOnHostNetwork({ dns_config: { servers: ['192.0.2.53'], searches, options: [] } });
    const lines = await resolvConf(await pod.start());
    const expected = ['nameserver 192.0.2.53', `search ${searches.join(' ')}`];
    check.sameMembers(lines, expected, 'resolv.conf has the server and all search domains, in order');
  },
);

spec(
  {
    id: 'networking/dns-without-servers',
    title: 'resolv.conf has the searches and options of a dns_config that names no server',
    level: 'should',
    since: '1.20',
    why: 'On a node whose own resolv.conf names none (the resolver then asks localhost), a pod would lose what it set.',
    sources: DNS,
  },
  async (t) => {
    const dns_config = { servers: [], searches: ['zone.crivet.test', 'crivet.test'], options: ['ndots:3', 'edns0'] };
    const pod = await t.pods.runOnHostNetwork({ dns_config });
    const lines = await resolvConf(await pod.start());
    const searches = lines.filter((line) => line.startsWith('search '));
    check.equal(searches, [`search ${dns_config.searches.join(' ')}`], 'resolv.conf has the search domains, in order');
    const options = lines.filter((line) => line.startsWith('options ')).flatMap((line) => line.split(' ').slice(1));
    check.equal(options, dns_config.options, 'resolv.conf has the options, in order');
  },
);

spec(
  {
    id: 'networking/next-attempt',
    title:
      'a sandbox that is a later attempt of its pod has the host name, dns_config, sysctls, namespaces and host ports of the pod, and an address of its own',
    level: 'must',
    since: '1.20',
    why: 'The kubelet makes a new sandbox when the first one ended: a pod that lost its ports and names, or is looked for at its old address, stays broken.',
    sources: [
      'api.proto: PodSandboxMetadata.attempt, PodSandboxConfig.hostname, dns_config, port_mappings, LinuxPodSandboxConfig.sysctls, PodSandboxNetworkStatus.ip',
      'kubelet: kuberuntime_manager.go computePodActions, kuberuntime_sandbox.go generatePodSandboxConfig',
    ],
    expectations: [10, 36],
    requires: ['host-access'],
  },
  async (t) => {
    const host_port = await freePort();
    const { identity, config } = await t.pods.config({
      hostname: 'again-not-its-name',
      dns_config: { servers: ['198.51.100.53'], searches: ['again.crivet.test'], options: ['timeout:3'] },
      port_mappings: [{ protocol: 'TCP', host_ip: '', container_port: 80, host_port }],
      linux: {
        sysctls: { 'kernel.msgmax': '8193' },
        security_context: { namespace_options: { network: 'POD', pid: 'NODE', ipc: 'POD' } },
      },
    });
    const first = await t.pods.runConfig(identity, config);
    const before = await first.status();
    check.present(before.network?.ip, 'the first sandbox has an address');
    await first.stop();
    // The first one stays until garbage collection removes it.
    const pod = await t.pods.runConfig(identity, overlay(config, { metadata: { attempt: 1 } }));
    const { container, page } = await startServer(pod);
    const expected = ['nameserver 198.51.100.53', 'search again.crivet.test', 'options timeout:3'];
    check.sameMembers(await resolvConf(container), expected, 'resolv.conf is made from the dns_config');
    const facts = (await container.shell('hostname; cat /proc/sys/kernel/msgmax')).split('\n');
    check.equal(facts, ['again-not-its-name', '8193'], 'host name and sysctls are those of the pod');
    const rule = 'the host port answers with the page of its container port';
    await expectPage(t, rule, () => fetchFromNode('127.0.0.1', host_port), page);
    const after = await pod.status();
    check.equal(after.linux, before.linux, 'the namespace modes are those of the first sandbox');
    const ip = check.present(after.network?.ip, 'the sandbox has an address');
    await expectPage(t, 'the sandbox answers at the address that is reported of it', () => fetchFromNode(ip, 80), page);
  },
);

spec(
  {
    id: 'networking/hostname',
    title: 'every container of a pod has the host name of the sandbox config',
    level: 'must',
    since: '1.20',
    why: 'Members of a StatefulSet know who they are by their host name.',
    sources: [
      'api.proto: PodSandboxConfig.hostname',
      'kubelet: kubelet_pods.go GeneratePodHostNameAndDomain, truncatePodHostnameIfNeeded; KEP-1797 (setHostnameAsFQDN)',
    ],
    parity: ['networking/hostname'],
  },
  async (t) => {
    // As long as the kubelet lets them become, and with the dots of a pod that goes by its full name.
    const name = `host-${nonce()}-${'x'.repeat(30)}.svc.cluster.test`;
    const pod = await t.pods.run({ hostname: name });
    const script = 'hostname; cat /proc/sys/kernel/hostname /etc/hostname';
    const restarted = await pod.start({ ...RESTARTED, ...AS_USER });
    const readable = await succeeds(restarted, 'cat /etc/hostname');
    check.equal(readable, true, 'a user other than root can read /etc/hostname');
    for (const container of [await pod.start(), restarted]) {
      const [program, kernel, file] = (await container.shell(script)).split('\n');
      check.equal(program, name, 'hostname prints the host name');
      check.equal(kernel, name, 'the kernel has the host name');
      check.equal(file, name, '/etc/hostname has the host name');
    }
  },
);

spec(
  {
    id: 'networking/host-network',
    title: 'a pod with network NODE is in the network namespace of the node and goes by its name and address',
    level: 'must',
    since: '1.20',
    why: 'Network plugins and kube-proxy run like that: they configure the network of the node and look for its name.',
    sources: [
      'api.proto: NamespaceOption.network, PodSandboxConfig.hostname, PodSandboxNetworkStatus.ip',
      'kubernetes: apis/core/v1/defaults.go defaultHostNetworkPorts; kubelet: kuberuntime_sandbox.go (port_mappings)',
      'kubelet: kuberuntime/util/util.go; kubelet_pods.go generateAPIPodStatus (an ip of the sandbox wins over the node’s)',
    ],
    expectations: [9],
    requires: ['host-access'],
  },
  async (t) => {
    // The API server gives every port of such a pod a host port of the same number.
    const port = await freePort();
    const mapping = { protocol: 'TCP', host_ip: '', container_port: port, host_port: port } as const;
    const pod = await check.accepts(
      t.pods.runOnHostNetwork({ port_mappings: [mapping] }),
      'RunPodSandbox on the network of the node with a port that is its own host port',
    );
    const { container, page } = await startServer(pod, port);
    const rule = 'what listens on that port in the container answers at 127.0.0.1 of the node';
    await expectPage(t, rule, () => fetchFromNode('127.0.0.1', port), page);
    const script = 'readlink /proc/self/ns/net; cat /proc/sys/kernel/hostname /etc/hostname';
    const [namespace, kernel, file] = (await container.shell(script)).split('\n');
    check.equal(namespace, readlinkSync('/proc/self/ns/net'), 'the network namespace is that of the node');
    check.equal(kernel, hostname(), 'the host name is that of the node');
    check.equal(file, hostname(), '/etc/hostname has the name of the node');
    const { status } = await t.cri.runtime.PodSandboxStatus({ pod_sandbox_id: pod.id });
    // Most runtimes report none, and the kubelet takes that of the node.
    const ip = status?.network?.ip ?? '';
    check.that(!/^(127\.|::1$)/.test(ip), 'the address that is reported, if any, is not loopback', {
      expected: 'none, or an address of the node',
      observed: ip,
    });
  },
);
