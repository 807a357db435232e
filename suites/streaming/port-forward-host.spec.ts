import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { nonce } from '../../fixtures/configs/identity.js';
import type { Transport } from '../../src/client/streaming/index.js';
import { check, type SpecContext } from '../../src/kit/index.js';
import { connectTo, fetchPage, listening } from './forwarding.js';
import { shell } from './sessions.js';
import { streamingSpec } from './transports.js';

/** A port that nobody has on this address of the host. */
async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a web server on one address of the host and fetches its page through PortForward. */
async function fetchForwarded(t: SpecContext, transport: Transport, address: string, rule: string): Promise<void> {
  const port = await freePort(address);
  const pod = await t.pods.runOnHostNetwork();
  const page = nonce();
  const bind = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const command = shell(`echo ${page} > /tmp/index.html; exec httpd -f -p '${bind}' -h /tmp`);
  await listening(t, await pod.start({ command }), [port]);
  const session = await t.streams.portForward(pod.id, [port], transport);
  check.equal(await fetchPage(await connectTo(session, port)), { status: 200, page: `${page}\n` }, rule);
}

streamingSpec(
  {
    id: 'streaming/port-forward-host-network',
    title: "port forwarding to a pod on the host's network reaches ports of the host",
    since: '1.20',
    why: 'Node agents and static control plane pods run on the host network; kubectl port-forward has to reach them.',
    sources: ['api.proto: RuntimeService.PortForward, NamespaceOption.network'],
    parity: ['streaming/port-forward-host-network'],
    expectations: [52],
    requires: ['host-access'],
  },
  (t, transport) => fetchForwarded(t, transport, '127.0.0.1', 'the server on the host is reached'),
);

streamingSpec(
  {
    id: 'streaming/port-forward-ipv6',
    title: 'port forwarding reaches a server that listens on the IPv6 loopback address alone',
    level: 'should',
    since: '1.20',
    why: 'Programs that listen on localhost may choose ::1 only; kubectl port-forward promises localhost of the pod.',
    sources: ['api.proto: RuntimeService.PortForward', 'kubectl: port-forward'],
    expectations: [52],
    requires: ['host-access', 'ipv6'],
  },
  (t, transport) => fetchForwarded(t, transport, '::1', 'the server on ::1 is reached'),
);
