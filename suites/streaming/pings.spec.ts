import { nonce } from '../../fixtures/configs/identity.js';
import { check } from '../../src/kit/index.js';
import { attached, evaluator } from './attached.js';
import { connectTo, listening, PORTS, servers, Talk } from './forwarding.js';
import { Listener } from './listener.js';
import { inTime } from './sessions.js';
import { streamingSpec } from './transports.js';

const SOURCES = [
  'client-go: transport/spdy/spdy.go RoundTripperFor (PingPeriod: 5 s)',
  'kubelet: server.go proxyStream (frames of the client are passed on as they are)',
];

/** What a ping comes to is not looked at. */
function pinged(session: { ping(): Promise<unknown> }): void {
  session.ping().catch(() => undefined);
}

streamingSpec(
  {
    id: 'streaming/pings',
    title: 'sessions of exec, attach and port forwarding go on when their client sends a ping',
    since: '1.20',
    why: 'kubectl sends one every few seconds, so that nobody on the way takes a silent session for a dead one.',
    sources: SOURCES,
    expectations: [50, 51, 52],
  },
  async (t, transport) => {
    const pod = await t.pods.run();
    const [container, forwarded] = await Promise.all([pod.start(evaluator(nonce())), pod.start(servers('none'))]);
    const exec = await t.streams.exec(container.id, ['/bin/cat'], { stdin: true }, transport);
    const echo = new Listener(exec.stdout, 'the echo');
    exec.stdin?.write('before\n');
    await echo.until(/^before\n/, 'an exec session is under way');
    pinged(exec);
    exec.stdin?.write('after\n');
    await echo.until(/^before\nafter\n$/, 'an exec session goes on after a ping');

    const attach = await attached(t, transport, container);
    pinged(attach.command);
    attach.type('echo after');
    await attach.stdout.until(/^after\n$/, 'an attach session goes on after a ping');

    await listening(t, forwarded, [PORTS.echo]);
    const forward = await t.streams.portForward(pod.id, [PORTS.echo], transport);
    const talk = new Talk(await connectTo(forward, PORTS.echo));
    await talk.say('before', 'a port-forward session is under way');
    pinged(forward);
    await talk.say('after', 'a port-forward session goes on after a ping');
  },
);

streamingSpec(
  {
    id: 'streaming/pings-answered',
    title: 'pings of a client are answered, also while nothing else passes',
    level: 'should',
    since: '1.20',
    why: 'A client that gets no answer cannot tell a silent session from one whose other end is gone.',
    sources: [...SOURCES, 'SPDY/3.1: PING', 'RFC 6455: 5.5.2'],
    expectations: [50, 51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const exec = await t.streams.exec(container.id, ['/bin/cat'], { stdin: true }, transport);
    const attach = await t.streams.attach(container.id, {}, transport);
    for (const [rpc, session] of Object.entries({ Exec: exec, Attach: attach })) {
      session.drain();
      const rule = `a ping in a session of ${rpc} is answered`;
      const answer = session.ping().then(
        () => true,
        () => false,
      );
      check.equal(await inTime(answer, rule, undefined, 10_000), true, rule);
    }
  },
);
