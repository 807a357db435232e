import { nonce } from '../../fixtures/configs/identity.js';
import { check } from '../../src/kit/index.js';
import { connectTo, errorOf, fetchPage, listening, PORTS, servers, Talk } from './forwarding.js';
import { Listener } from './listener.js';
import { canHalfClose, streamingSpec } from './transports.js';

const { web, echo, reset, count, talk, nobody } = PORTS;

streamingSpec(
  {
    id: 'streaming/port-forward-half-close',
    title: 'a forwarded connection passes on that one side has ended, and the other side can still send',
    level: 'should',
    since: '1.20',
    why: 'Protocols that mark the end of a request by ending their side get no answer through kubectl port-forward.',
    sources: ['kubelet: cri/streaming portforward/httpstream.go', 'client-go: portforward.go handleConnection'],
    expectations: [52],
    // WebSocket has no word for the end of one direction.
    transports: ['spdy'],
  },
  async (t, transport) => {
    const pod = await t.pods.run();
    const container = await pod.start(servers('none'));
    await listening(t, container);
    const session = await t.streams.portForward(pod.id, [], transport);
    const talking = await connectTo(session, talk);
    const words = new Listener(talking.data, 'data');
    await words.until(/from the pod\n/, 'what the server sends unasked arrives');
    await words.rest('the end of what the server sends is passed on while the connection is open');
    talking.data.end('from the client\n');
    await t.eventually(
      'a server that ended its side still gets what the client sends',
      () => container.shell('cat /tmp/talk'),
      (got) => got === 'from the client',
      { withinMs: 2_000 },
    );
    const counting = await connectTo(session, count);
    const answer = new Listener(counting.data, 'data');
    counting.data.end('x'.repeat(12_345));
    const rule = 'the end of what the client sends reaches the server, and its answer to that comes back';
    check.equal(await answer.rest(rule), '12345\n', rule);
    check.equal(await errorOf(counting), '', 'a connection that ended in order is no error');
  },
);

streamingSpec(
  {
    id: 'streaming/port-forward-reset',
    title: 'a server in the pod that resets its connection is not reported as a failure of port forwarding',
    level: 'should',
    since: '1.20',
    why: 'kubectl port-forward ends with all its connections at the first error text it gets.',
    sources: ['client-go: portforward.go handleConnection', 'containerd/containerd#8418, #9875'],
    expectations: [52],
  },
  async (t, transport) => {
    const pod = await t.pods.run();
    await listening(t, await pod.start(servers('none')));
    // Over WebSocket the end of a connection is told when all of the session's have ended, so there it has no other.
    const both = canHalfClose(transport);
    const session = await t.streams.portForward(pod.id, both ? [echo, reset] : [reset], transport);
    const lasting = both ? new Talk(await connectTo(session, echo)) : null;
    const dropped = await connectTo(session, reset);
    dropped.data.write('x'.repeat(10_000));
    await new Listener(dropped.data, 'data').rest('the end of a connection that was reset is passed on');
    await lasting?.say('still here', 'other connections go on');
    check.equal(await errorOf(dropped), '', 'a reset by the server brings no error text');
  },
);

streamingSpec(
  {
    id: 'streaming/port-forward-after-failure',
    title: 'new connections can be forwarded after one failed, although the client had sent something to it',
    level: 'should',
    since: '1.20',
    why: 'A client that keeps its session open hangs at its next connection, until it starts another session.',
    sources: ['kubelet: cri/streaming portforward/httpstream.go portForward', 'cri-o/cri-o#3291'],
    expectations: [52],
    // WebSocket has one connection for each port of the request, and no new ones.
    transports: ['spdy'],
  },
  async (t, transport) => {
    const page = nonce();
    const pod = await t.pods.run();
    await listening(t, await pod.start(servers(page)));
    const session = await t.streams.portForward(pod.id, [], transport);
    const refused = await connectTo(session, nobody);
    // Clients pass on what they have before they learn that there is nobody to take it.
    refused.data.write('is anybody there?');
    check.notEqual(await errorOf(refused), '', 'a port without a server is reported');
    // Several, because a server may spread its streams over workers and block only one of them.
    for (let i = 1; i <= 5; i++) {
      const fetched = await fetchPage(await connectTo(session, web));
      check.equal(fetched, { status: 200, page: `${page}\n` }, `connection ${i} after the failed one works`);
    }
  },
);
