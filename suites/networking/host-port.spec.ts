import { createSocket } from 'node:dgram';
import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import { expectPage, fetchFromNode, startServer } from '../shared/http.js';
import { freePort, nodeAddress } from '../shared/ports.js';

const SOURCES = ['api.proto: PortMapping', 'kubelet: kuberuntime_sandbox.go generatePodSandboxConfig'];
const tcp = { protocol: 'TCP', host_ip: '' } as const;

spec(
  {
    id: 'networking/host-port',
    title: 'a host_port of the node leads to the container_port, and host_port 0 takes none',
    level: 'must',
    since: '1.20',
    why: 'Ingress controllers and node agents are reached by host ports; a port nobody asked for opens the pod to all.',
    sources: SOURCES,
    parity: ['networking/host-port'],
    expectations: [36],
    requires: ['host-access'],
  },
  async (t) => {
    const [hostPort, inner, unmapped] = [await freePort(), await freePort(), await freePort()];
    const port_mappings = [
      { ...tcp, container_port: inner, host_port: hostPort },
      { ...tcp, container_port: unmapped, host_port: 0 },
      // The kubelet tells of every containerPort, of whatever protocol.
      { protocol: 'SCTP', host_ip: '', container_port: unmapped, host_port: 0 } as const,
    ];
    const pod = await check.accepts(
      t.pods.run({ port_mappings }),
      'RunPodSandbox with a container port of each kind, SCTP without a host port among them',
    );
    const { page } = await startServer(pod, inner);
    const other = await startServer(pod, unmapped);
    for (const address of ['127.0.0.1', nodeAddress()]) {
      const rule = `the host port answers at ${address} of the node with the page of its container port`;
      await expectPage(t, rule, () => fetchFromNode(address, hostPort), page);
    }
    const ip = check.present((await pod.status()).network?.ip, 'the pod has an address');
    const rule = 'the container port without a host port answers at the address of the pod';
    await expectPage(t, rule, () => fetchFromNode(ip, unmapped), other.page);
    for (const port of [inner, unmapped]) {
      const seen = await fetchFromNode('127.0.0.1', port);
      check.equal(seen, 'ECONNREFUSED', 'a container port is not opened on the node by its own number');
    }
  },
);

spec(
  {
    id: 'networking/host-port-released',
    title: 'StopPodSandbox, or RemovePodSandbox in its place, gives the host port back, and the next pod can have it',
    level: 'must',
    since: '1.20',
    why: 'A pod that is replaced on its node needs the same port; a rule that is left sends its traffic nowhere.',
    sources: [...SOURCES, 'threads: cri-o/cri-o#2342, cri-o/cri-o#4542'],
    expectations: [41],
    requires: ['host-access'],
  },
  async (t) => {
    const host_port = await freePort();
    const port_mappings = [{ ...tcp, container_port: 80, host_port }];
    const look = () => fetchFromNode('127.0.0.1', host_port);
    const first = await t.pods.run({ port_mappings });
    await expectPage(t, 'the host port answers', look, (await startServer(first)).page);
    await first.stop();
    check.equal(await look(), 'ECONNREFUSED', 'the host port is free when StopPodSandbox returns');
    const second = await t.pods.run({ port_mappings });
    const { page } = await startServer(second);
    await expectPage(t, 'the host port leads to the next pod that asks for it', look, page);
    await first.remove();
    check.equal(await look(), page, 'removing the old pod leaves the port of the new one alone');
    await second.remove();
    check.equal(await look(), 'ECONNREFUSED', 'the host port is free when RemovePodSandbox of a READY sandbox returns');
  },
);

spec(
  {
    id: 'networking/host-port-host-ip',
    title: 'with host_ip a host port is taken at that address of the node alone',
    level: 'must',
    since: '1.20',
    why: 'Two pods may share a port number at two addresses; and what is meant for loopback must not be open to all.',
    sources: [...SOURCES, 'threads: cri-o/cri-o#4130, cri-o/cri-o#4361'],
    requires: ['host-access'],
  },
  async (t) => {
    const [host_port, beside] = [await freePort(), await freePort()];
    const map = (host_ip: string) => ({
      // Two of them, for a host_ip may be read from the first alone.
      port_mappings: [beside, host_port].map((port) => ({ ...tcp, container_port: 80, host_port: port, host_ip })),
    });
    const outer = nodeAddress();
    const local = await t.pods.run(map('127.0.0.1'));
    const { page } = await startServer(local);
    const lookAt = (address: string) => () => fetchFromNode(address, host_port);
    await expectPage(t, 'the port answers at its host_ip 127.0.0.1', lookAt('127.0.0.1'), page);
    check.equal(await lookAt(outer)(), 'ECONNREFUSED', `the port is not open at ${outer}`);
    const other = await startServer(await t.pods.run(map(outer)));
    const rule = `another pod can have the same port at host_ip ${outer}`;
    await expectPage(t, rule, lookAt(outer), other.page);
    check.equal(await lookAt('127.0.0.1')(), page, 'the first pod keeps its port at 127.0.0.1');
  },
);

/** Datagrams that reached the network namespace of the container on a port where nobody listens. */
async function strayDatagrams(container: Container): Promise<number> {
  const lines = (await container.output(['/bin/cat', '/proc/net/snmp'])).split('\n');
  const [names = '', values = ''] = lines.filter((line) => line.startsWith('Udp: '));
  return Number(values.split(' ')[names.split(' ').indexOf('NoPorts')]);
}

function sendDatagram(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.send('crivet', port, '127.0.0.1', (error) => {
      socket.close();
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Sends to a host port until something has arrived in the container's network, where nobody listens by UDP. */
async function expectDatagrams(t: SpecContext, container: Container, hostPort: number, rule: string): Promise<void> {
  const before = await strayDatagrams(container);
  await t.eventually(
    rule,
    async () => {
      await sendDatagram(hostPort);
      return (await strayDatagrams(container)) - before;
    },
    (arrived) => arrived > 0,
    { withinMs: 3_000 },
  );
}

spec(
  {
    id: 'networking/host-port-udp',
    title: 'a host_port with protocol UDP forwards datagrams, and no TCP connections',
    level: 'must',
    since: '1.20',
    why: 'DNS servers and game servers on host ports get no packet if the protocol is ignored.',
    sources: [...SOURCES, 'api.proto: Protocol'],
    requires: ['host-access'],
  },
  async (t) => {
    const host_port = await freePort();
    const mapping = { protocol: 'UDP', container_port: 53, host_port, host_ip: '' } as const;
    const pod = await t.pods.run({ port_mappings: [mapping] });
    // Somebody who would answer by TCP, and nobody by UDP: what arrives there is counted as stray.
    const { container } = await startServer(pod, 53);
    await expectDatagrams(t, container, host_port, 'datagrams to the host port arrive in the pod');
    const seen = await fetchFromNode('127.0.0.1', host_port);
    check.equal(seen, 'ECONNREFUSED', 'the port is not open to TCP');
    const other = await t.pods.run({ port_mappings: [{ ...tcp, container_port: 80, host_port }] });
    const { page } = await startServer(other);
    const rule = 'another pod can have the port of the same number by TCP';
    await expectPage(t, rule, () => fetchFromNode('127.0.0.1', host_port), page);
  },
);

spec(
  {
    id: 'networking/host-port-twice',
    title: 'one container port can have several host ports, and one host port number both protocols',
    level: 'must',
    since: '1.20',
    why: 'DNS servers take port 53 of the node by TCP and UDP, and a server may move from one host port to another.',
    sources: [...SOURCES, 'kubelet: container/helpers.go MakePortMappings (told apart by all of a mapping)'],
    expectations: [36],
    requires: ['host-access'],
  },
  async (t) => {
    const [both, second] = [await freePort(), await freePort()];
    const port_mappings = [
      { ...tcp, container_port: 80, host_port: both },
      { protocol: 'UDP', host_ip: '', container_port: 80, host_port: both } as const,
      // All addresses, said in another way.
      { ...tcp, container_port: 80, host_port: second, host_ip: '0.0.0.0' },
    ];
    const pod = await t.pods.run({ port_mappings });
    const { container, page } = await startServer(pod);
    for (const [port, of] of [
      [both, 'without a host_ip'],
      [second, 'of host_ip 0.0.0.0'],
    ] as const) {
      const rule = `each host port of the container port answers with its page: the one ${of}`;
      await expectPage(t, rule, () => fetchFromNode('127.0.0.1', port), page);
    }
    await expectDatagrams(t, container, both, 'datagrams to the same host port arrive in the pod');
  },
);
