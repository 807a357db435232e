import { nonce } from '../../fixtures/configs/identity.js';
import type { PortForwardSession } from '../../src/client/streaming/index.js';
import { check } from '../../src/kit/index.js';
import { connectTo, fetchPage, listening, Talk } from './forwarding.js';
import { Listener } from './listener.js';
import { inTime, shell } from './sessions.js';
import { typedSize } from './terminal.js';
import { streamingSpec } from './transports.js';

/** Answers `size` on a terminal that does not echo; ends with 4 at any other word, with 5 at the end of input. */
const TELLS_SIZE = `
stty -echo
echo ready
while read -r word; do
  test "$word" = size || exit 4
  echo "size $(stty size)"
done
exit 5`;

streamingSpec(
  {
    id: 'streaming/exec-terminals',
    title: 'two terminals in one container each have their own size, the last one told, and end by themselves',
    since: '1.20',
    why: 'Two people with a shell in one container: a window that is dragged tells many sizes, and only of its own.',
    sources: ['api.proto: ExecRequest.tty', 'kubelet: cri/streaming remotecommand/exec.go, resize stream'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const open = async (name: string) => {
      const session = await t.streams.exec(container.id, shell(TELLS_SIZE), { stdin: true, tty: true }, transport);
      const screen = new Listener(session.stdout, `the ${name} screen`);
      await screen.until(/^ready\r?\n/m, `the command on the ${name} terminal is under way`);
      const type = (text: string): void => void session.stdin?.write(text);
      return { session, has: (size: { width: number; height: number }) => typedSize(t, screen, type, size), type };
    };
    const one = await open('first');
    const two = await open('second');
    const sizes = [
      { width: 101, height: 41 },
      { width: 202, height: 52 },
    ] as const;
    await two.session.resize(sizes[1].width, sizes[1].height);
    await one.session.resize(sizes[0].width, sizes[0].height);
    await one.has(sizes[0]);
    await two.has(sizes[1]);

    const last = { width: 120, height: 60 };
    const steps = Array.from({ length: 20 }, (_, i) => last.width - 19 + i);
    for (const width of steps) await one.session.resize(width, last.height);
    await one.has(last);
    await two.has(sizes[1]);

    two.type('end\n');
    const ended = await inTime(two.session.status, 'the second session brings a status when its command has ended');
    check.equal(ended.exitCode, 4, 'the exit code of the second command is reported');
    // Were the first session to end with the second, its screen would end as well.
    await one.has(last);
    one.type('\x04');
    const { exitCode } = await inTime(one.session.status, 'the end key (Ctrl-D) on a terminal is the end of input');
    check.equal(exitCode, 5, 'the exit code of the first command is reported');
  },
);

/** The last of all ports, and one that needs a capability. */
const EDGE = { echo: 65_535, web: 80 };

/** As many as a browser opens for the parts of a page. */
const MANY = 24;

async function talkInMany(session: PortForwardSession): Promise<void> {
  const open = await Promise.all(Array.from({ length: MANY }, () => connectTo(session, EDGE.echo)));
  const talks = open.map((connection, i) => new Talk(connection).say(`line ${i}`, `one of ${MANY} connections works`));
  await Promise.all(talks);
  for (const connection of open) connection.destroy();
}

streamingSpec(
  {
    id: 'streaming/port-forward-sessions',
    title:
      'several port-forward sessions of a pod, not of its namesake, go on at once, to ports low and high, until the pod is stopped',
    since: '1.20',
    why: 'Two users, or two terminals of one, forward ports of one pod at the same time.',
    sources: [
      'api.proto: PortForwardRequest.pod_sandbox_id, port',
      'kubelet: cri/streaming server.go servePortForward',
    ],
    expectations: [52],
  },
  async (t, transport) => {
    const page = nonce();
    const pod = await t.pods.run();
    const script = `echo ${page} > /tmp/index.html; httpd -p 127.0.0.1:${EDGE.web} -h /tmp; exec nc -ll -p ${EDGE.echo} -e /bin/cat`;
    const linux = { security_context: { capabilities: { add_capabilities: ['NET_BIND_SERVICE'] } } };
    await listening(t, await pod.start({ command: shell(script), linux }), Object.values(EDGE));
    // StatefulSets in two namespaces have pods of one name.
    await t.pods.runOnHostNetwork({ metadata: { name: pod.identity.name, namespace: `other-${nonce()}` } });
    const first = await t.streams.portForward(pod.id, [EDGE.echo], transport);
    const talk = new Talk(await connectTo(first, EDGE.echo));
    await talk.say('first', 'what is sent in the first session arrives, and the answer comes back');
    const second = await t.streams.portForward(pod.id, [EDGE.echo, EDGE.web], transport);
    const other = new Talk(await connectTo(second, EDGE.echo));
    await other.say('second', 'a second session works while the first is open');
    await talk.say('third', 'the first session goes on beside the second');
    const fetched = await fetchPage(await connectTo(second, EDGE.web));
    const rule = 'another port is reached in the second session, where the server listens on localhost only';
    check.equal(fetched, { status: 200, page: `${page}\n` }, rule);
    second.close();
    await inTime(second.closed, 'the second session ends');
    await talk.say('fourth', 'the first session goes on when the second has ended');
    // WebSocket has one connection for each port of the request.
    if (transport === 'spdy') await talkInMany(first);
    await (await pod.start()).stop(0);
    await talk.say('fifth', 'a session goes on when another container of the pod is stopped');
    await pod.stop();
    await talk.ends('a connection ends when its pod is stopped');
  },
);
