import { nonce } from '../../fixtures/configs/identity.js';
import { check } from '../../src/kit/index.js';
import { MIB, receive, sendNoise } from './bulk.js';
import { connections, connectTo, errorOf, fetchPage, listening, PORTS, servers, Talk } from './forwarding.js';
import { Listener } from './listener.js';
import { BULK_MS, BULK_SPEC_SECONDS, inTime, shell } from './sessions.js';
import { canHalfClose, streamingSpec } from './transports.js';

const { web, echo, hangUp, nobody } = PORTS;

streamingSpec(
  {
    id: 'streaming/port-forward',
    title: 'port forwarding reaches servers in the pod over many connections, each with its own fate',
    since: '1.20',
    why: 'A browser opens several connections through one kubectl port-forward; one that fails must not take the rest.',
    sources: ['api.proto: RuntimeService.PortForward', 'kubelet: cri/streaming portforward', 'cri-o/cri-o#3291'],
    parity: ['streaming/port-forward'],
    expectations: [52],
  },
  async (t, transport) => {
    const page = nonce();
    const pod = await t.pods.run();
    const container = await pod.start(servers(page));
    await listening(t, container);
    const session = await t.streams.portForward(pod.id, [echo, PORTS.talk, web, web, nobody, hangUp, web], transport);
    const lasting = await connectTo(session, echo);
    const talk = new Talk(lasting);
    await talk.say('first', 'what is sent arrives, and the answer comes back');

    const unasked = new Listener((await connectTo(session, PORTS.talk)).data, 'data');
    await unasked.until(/^from the pod\n/, 'what a server sends unasked arrives');

    const good = { status: 200, page: `${page}\n` };
    const fetches = [connectTo(session, web), connectTo(session, web)].map(async (each) => fetchPage(await each));
    check.equal(await Promise.all(fetches), [good, good], 'two connections at the same time both get the page');

    const refused = await connectTo(session, nobody);
    const dropped = await connectTo(session, hangUp);
    if (canHalfClose(transport)) {
      check.notEqual(await errorOf(refused), '', 'a port without a server is reported');
      const again = await errorOf(await connectTo(session, nobody));
      check.notEqual(again, '', 'a port without a server is reported the second time, too');
      await new Listener(dropped.data, 'data').rest('the end of a connection is passed on');
      check.equal(await errorOf(dropped), '', 'a server that ends the connection is not reported as a failure');
      const ending = await connectTo(session, echo);
      const words = new Listener(ending.data, 'data');
      ending.data.write('last words\n');
      await words.until(/\n/, 'the echo server answers');
      ending.data.end();
      await words.rest('a connection that the client ends comes to its end');
      const silent = await connectTo(session, echo);
      silent.data.end();
      await new Listener(silent.data, 'data').rest('a connection that the client ends without a word comes to its end');
    }
    await talk.say('second', 'an open connection goes on while others fail and end');
    lasting.destroy();
    check.equal(await fetchPage(await connectTo(session, web)), good, 'a connection works after others have ended');
    if (canHalfClose(transport)) {
      // Who develops a server forwards its port first, and starts it now and again.
      const late = `httpd -p ${nobody} -h /tmp`;
      await container.output(shell(late), 'a server starts late');
      await listening(t, container, [nobody]);
      const fetched = await fetchPage(await connectTo(session, nobody));
      check.equal(fetched, good, 'a port that refused connections is reached once there is a server');
    }
    session.close();
    await t.eventually(
      'the connections within the pod end when the session does',
      () => connections(container),
      (open) => open === 0,
    );
    const vanishing = await t.streams.portForward(pod.id, [echo], transport);
    await new Talk(await connectTo(vanishing, echo)).say('third', 'another session works');
    vanishing.destroy();
    await t.eventually(
      'the connections within the pod end when the client has vanished',
      () => connections(container),
      (open) => open === 0,
    );

    if (canHalfClose(transport)) return;
    // Here errors are told when the session ends, which is when the last of its connections does.
    const short = await t.streams.portForward(pod.id, [nobody, web], transport);
    const failing = await connectTo(short, nobody);
    check.equal(await fetchPage(await connectTo(short, web)), good, 'one connection works while another fails');
    check.notEqual(await errorOf(failing), '', 'a port without a server is reported');
  },
);

streamingSpec(
  {
    id: 'streaming/port-forward-bulk',
    title: 'a forwarded connection carries bulk data both ways at the same time without losing a byte',
    since: '1.20',
    why: 'Database dumps and debuggers go through kubectl port-forward; a lost byte corrupts them, a stall hangs them.',
    sources: ['api.proto: RuntimeService.PortForward', 'kubelet: cri/streaming portforward'],
    expectations: [52],
    timeoutSeconds: BULK_SPEC_SECONDS,
  },
  async (t, transport) => {
    const pod = await t.pods.run();
    await listening(t, await pod.start(servers('none')));
    const session = await t.streams.portForward(pod.id, [echo], transport);
    const { data } = await connectTo(session, echo);
    const size = 64 * MIB;
    const progress = { bytes: 0 };
    const both = Promise.all([sendNoise(data, size, t.signal), receive(data, { upTo: size }, progress)]);
    const [sent, back] = await inTime(both, 'both directions flow at the same time', () => progress, BULK_MS);
    check.equal(back, sent, 'an echo server returns what it was sent');
    const some = 16 * MIB;
    const slowly = Promise.all([sendNoise(data, some, t.signal), receive(data, { upTo: some, restMs: 40 })]);
    const [given, got] = await inTime(slowly, 'a client that reads slowly holds the server up, no more');
    check.equal(got, given, 'a client slower than the server gets all that it sends');
    if (!canHalfClose(transport)) return;
    const last = await sendNoise(data, 2 * MIB, t.signal);
    data.end();
    const rest = await inTime(receive(data), 'a connection that the client ends comes to its end');
    check.equal(rest, last, 'what is on its way when the client ends its side still arrives, and the answer to it');
  },
);
