import { isIP } from 'node:net';
import { check, spec } from '../../src/kit/index.js';
import { expectPage, fetchFrom, fetchFromNode, startServer } from '../shared/http.js';
import { globalAddresses, reportedAddresses } from './addresses.js';

const STATUS = 'api.proto: PodSandboxStatus.network, PodSandboxNetworkStatus.ip, additional_ips';

spec(
  {
    id: 'networking/pod-address',
    title: 'PodSandboxStatus reports the addresses that the pod has, of every family',
    level: 'must',
    since: '1.20',
    why: 'They become the PodIPs in the API: services, probes and the downward API go by them.',
    sources: [STATUS, 'kubelet: kuberuntime_sandbox.go determinePodSandboxIPs', 'threads: kubernetes/kubernetes#82634'],
    expectations: [10],
  },
  async (t) => {
    const pod = await t.pods.run();
    const { ip, all } = await reportedAddresses(pod);
    for (const address of all) {
      check.that(isIP(address) !== 0, 'each reported address is an IP address without prefix length', {
        expected: 'an IPv4 or IPv6 address',
        observed: address,
      });
      const special = /^(127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe80:)/i.test(address);
      const evidence = { expected: 'an address others can reach', observed: address };
      check.that(!special, 'no reported address is loopback, link-local or unspecified', evidence);
    }
    check.equal(new Set(all).size, all.length, 'additional_ips repeats neither ip nor itself');

    const container = await pod.start();
    const interfaces = await globalAddresses(container);
    const primary = interfaces.find(({ addresses }) => addresses.includes(ip));
    const inside = check.present(primary, `an interface of the pod has the reported ip ${ip}`).addresses;
    for (const address of all) check.includes(inside, address, 'the interface of the pod has each reported address');
    const families = (list: string[]): number[] => [...new Set(list.map(isIP))].sort();
    check.equal(families(all), families(inside), 'an address of each family of that interface is reported');

    // A pod whose containers have ended waits to start them again, at the address that the API has of it.
    await container.stop(0);
    const again = await reportedAddresses(pod);
    check.equal(again.all, all, 'the addresses do not change while the pod lives');
    const { status } = await t.cri.runtime.PodSandboxStatus({ pod_sandbox_id: pod.id, verbose: true });
    check.equal(status?.network?.ip, ip, 'a verbose PodSandboxStatus reports the same ip');
  },
);

spec(
  {
    id: 'networking/container-port',
    title: 'a port of a pod is reachable from other pods at the address in PodSandboxStatus',
    level: 'must',
    since: '1.20',
    why: 'Every pod reaching every other by its address, without port mappings, is what Kubernetes networking rests on.',
    sources: [STATUS, 'api.proto: PortMapping.container_port, host_port'],
    parity: ['networking/container-port'],
    expectations: [10, 36],
  },
  async (t) => {
    const mapping = { protocol: 'TCP', container_port: 80, host_port: 0, host_ip: '' } as const;
    const pod = await t.pods.run({ port_mappings: [mapping] });
    const clientPod = await t.pods.run();
    const client = await clientPod.start();
    const { page } = await startServer(pod);
    const { all } = await reportedAddresses(pod);
    for (const address of all) {
      const rule = `another pod gets the page of the pod at ${address} port 80`;
      await expectPage(t, rule, () => fetchFrom(client, address, 80), page);
    }
    const { all: ofClient } = await reportedAddresses(clientPod);
    for (const address of all) check.excludes(ofClient, address, 'no two pods have the same address');
    const own = await fetchFrom(client, '127.0.0.1', 80);
    check.notEqual(own, page, 'the loopback of a pod is its own: the server of another pod is not there');
  },
);

spec(
  {
    id: 'networking/pod-address-released',
    title: 'a pod answers the node at its address until StopPodSandbox returns, and not afterwards',
    level: 'must',
    since: '1.20',
    why: 'The kubelet probes pods from the node; an address that is still held when the next pod gets it hits the wrong one.',
    sources: [STATUS, 'api.proto: RuntimeService.StopPodSandbox ("reclaims network resources")'],
    expectations: [10, 41],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.run();
    const { page } = await startServer(pod);
    const { all } = await reportedAddresses(pod);
    for (const address of all) {
      const rule = `the node gets the page of the pod at ${address} port 80`;
      await expectPage(t, rule, () => fetchFromNode(address, 80), page);
    }
    await pod.stop();
    // A network namespace that is left refuses the connection; without one nobody answers.
    const looks = await Promise.all(all.map((address) => fetchFromNode(address, 80, 700)));
    for (const seen of looks) {
      check.oneOf(seen, ['no answer', 'EHOSTUNREACH', 'ENETUNREACH'], 'nobody has the address of a stopped pod');
    }
  },
);
