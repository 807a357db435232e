import { randomBytes } from 'node:crypto';
import { nonce } from '../../fixtures/configs/identity.js';
import { check } from '../../src/kit/index.js';
import { inTime, run, shell } from './sessions.js';
import { Listener } from './listener.js';
import { attached, evaluator } from './attached.js';
import { digest } from './bulk.js';
import { RAW, typedRaw, typedSize } from './terminal.js';
import { streamingSpec } from './transports.js';

/** More than the buffers on the way hold together. */
const BULK_BYTES = 256 * 1024;

streamingSpec(
  {
    id: 'streaming/attach-stdin',
    title: "an attach session talks to the container's own process and delivers its stdout and stderr apart",
    since: '1.20',
    why: 'kubectl attach and kubectl run -i are used to talk to the process that is already there.',
    sources: ['api.proto: AttachRequest', 'kubelet: cri/streaming remotecommand/attach.go ServeAttach'],
    parity: ['streaming/attach-stdin'],
    expectations: [50],
  },
  async (t, transport) => {
    const mark = nonce();
    const pod = await t.pods.shared();
    const container = await pod.start({ ...evaluator(mark), stdin_once: true });
    const session = await attached(t, transport, container);
    session.type('echo "$greetings"');
    const [, heard] = await session.stdout.until(/^(\d+)\n/, 'what is typed runs in the container');
    check.equal(Number(heard), session.greetings, 'nothing that is typed from the beginning of a session on is lost');
    session.stdout.text = '';
    session.type('echo "$mark"; echo "err $mark" >&2');
    await session.stdout.until(/\n/, 'what is typed runs in the container');
    await session.stderr.until(/\n/, 'what the container writes to stderr arrives');
    check.equal(
      { stdout: session.stdout.text, stderr: session.stderr.text },
      { stdout: `${mark}\n`, stderr: `err ${mark}\n` },
      "the command ran in the container's own process, its output is complete and apart, and nothing is echoed",
    );
    const noise = randomBytes(BULK_BYTES);
    session.stdout.text = '';
    session.stderr.text = '';
    session.type(`head -c ${BULK_BYTES} > /tmp/noise; cat /tmp/noise; cat /tmp/noise >&2`);
    session.command.stdin?.write(noise);
    for (const stream of [session.stdout, session.stderr]) {
      const rule = `bulk passes unchanged through stdin and ${stream.name}`;
      check.equal(digest(Buffer.from(await stream.takes(BULK_BYTES, rule), 'latin1')), digest(noise), rule);
    }
    session.type(
      `i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo "line $i"; done; printf end; printf 'no more' >&2; exit 3`,
    );
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i + 1}\n`).join('');
    const stdout = await session.stdout.rest('stdout of an attach session ends with the container');
    check.equal(stdout, `${lines}end`, 'all that the container writes before its exit arrives');
    check.equal(await session.stderr.rest('stderr ends with the container'), 'no more', 'stderr stays apart');
    const { status } = await inTime(
      session.command.status,
      'an attach session brings a status when its container ended',
    );
    check.notEqual(status, 'error', 'the end of the container is not reported as an error of the session');
    check.equal((await container.exited()).exit_code, 3, 'the container ended as it was told to');
  },
);

/** Counts on both streams until /tmp/end is there. */
const TICKS = `
i=0
until [ -e /tmp/end ]; do
  i=$((i+1)); echo "tick $i"; echo "tock $i" >&2; sleep 0.05
done
echo "last $i"; echo "last $i" >&2
until [ -e /tmp/exit ]; do sleep 0.05; done`;

streamingSpec(
  {
    id: 'streaming/attach-without-stdin',
    title: 'an attach session without stdin follows the output of a container and leaves it alone when it ends',
    since: '1.20',
    why: 'kubectl attach without -i watches a container; watching must neither lose lines nor disturb what it watches.',
    sources: ['api.proto: AttachRequest.stdin', 'containerd/containerd#11120: attach to a silent container'],
    expectations: [50],
  },
  async (t, transport) => {
    const container = await (await t.pods.shared()).start({ command: shell(TICKS) });
    const first = await t.streams.attach(container.id, {}, transport);
    const outOnly = new Listener((await t.streams.attach(container.id, { stderr: false }, transport)).stdout, 'stdout');
    const errOnly = new Listener((await t.streams.attach(container.id, { stdout: false }, transport)).stderr, 'stderr');
    const stdout = new Listener(first.stdout, 'stdout');
    const stderr = new Listener(first.stderr, 'stderr');
    await stdout.until(/tick \d+\n[^]*tick \d+\n/, 'stdout of the container arrives');
    await stderr.until(/tock \d+\n[^]*tock \d+\n/, 'stderr of the container arrives');
    // Who refuses that is found by container-logs/reopen; the session is not to suffer by it.
    await t.cri.runtime.ReopenContainerLog({ container_id: container.id }).catch(() => undefined);
    await outOnly.until(/tick \d+\n/, 'a session for stdout alone gets it');
    await errOnly.until(/tock \d+\n/, 'a session for stderr alone gets it');
    await container.output(['/bin/touch', '/tmp/end']);
    const [, last] = await stdout.until(/last (\d+)\n$/, 'the last line of stdout arrives');
    await stderr.until(/last \d+\n$/, 'the last line of stderr arrives');
    check.equal(
      stdout.text,
      counted('tick', stdout.text, Number(last)),
      'no line of stdout is lost or changed, by a reopened log neither',
    );
    check.equal(stderr.text, counted('tock', stderr.text, Number(last)), 'no line of stderr is lost or changed');

    // Silent by now.
    for (const leave of ['close', 'destroy'] as const) {
      const silent = await t.streams.attach(container.id, { stderr: false }, transport);
      silent.stdout?.resume();
      silent[leave]();
      await inTime(silent.closed, 'a session with a silent container can be left');
    }
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'the container goes on when watchers leave');
    await container.output(['/bin/touch', '/tmp/exit']);
    await stdout.rest('the remaining session ends when its container does');
    await inTime(first.status, 'an attach session brings a status when its container ended');
    check.equal((await container.exited()).exit_code, 0, 'the container ends as it would without watchers');
  },
);

/** The whole lines from the first one that the session saw. */
function counted(word: string, text: string, last: number): string {
  const from = Number(check.matches(text, new RegExp(`^${word} (\\d+)\n`), `${word} lines arrive whole`)[1]);
  const lines = Array.from({ length: last - from + 1 }, (_, i) => `${word} ${from + i}\n`);
  return `${lines.join('')}last ${last}\n`;
}

streamingSpec(
  {
    id: 'streaming/attach-tty',
    title:
      'an attach session with tty is the terminal of the container: it merges output, takes sizes and the interrupt key, again and again',
    since: '1.20',
    why: 'kubectl run -it and kubectl attach -it of a shell or an editor cannot be used otherwise.',
    sources: ['api.proto: AttachRequest.tty, ContainerConfig.tty', 'kubelet: cri/streaming remotecommand/attach.go'],
    expectations: [50],
  },
  async (t, transport) => {
    // Not its first attempt: a container that was started again has a terminal, too.
    const config = { ...evaluator(nonce()), tty: true, metadata: { attempt: 1 } };
    const container = await (await t.pods.shared()).start(config);
    const session = await attached(t, transport, container, { tty: true });
    session.type('test -t 0 && test -t 1 && test -t 2 && echo terminal; echo to stderr >&2');
    await session.stdout.until(
      /\r?\nterminal\r?\nto stderr\r?\n/,
      'the container has a terminal, its output is merged',
    );
    session.type('size() { echo "size $(stty size)"; }');
    for (const [width, height] of [
      [93, 31],
      [302, 22],
    ] as const) {
      await session.command.resize(width, height);
      await typedSize(t, session.stdout, (text) => void session.command.stdin?.write(text), { width, height });
    }
    session.type('yes 0123456789 | head -n 8000');
    await session.stdout.until(/^(0123456789\r?\n){8000}/m, 'a terminal shows all of a long output');
    check.equal(
      await run(t, transport, container, shell('test -t 1 || echo plain; echo apart >&2')),
      { stdout: 'plain\n', stderr: 'apart\n', exit: 0 },
      'a command has a terminal if its own request asks for one, whatever the container has',
    );
    session.type(RAW);
    await typedRaw(session.stdout, session.command.stdin);
    session.command.close();
    await inTime(session.command.closed, 'the connection is gone');
    // kubectl attach without -i asks for this; the answer has to be a URL.
    await t.streams.attachUrl({ container_id: container.id, tty: true, stdin: false, stdout: true, stderr: false });
    const again = await attached(t, transport, container, { tty: true });
    await again.command.resize(120, 25);
    const type = (text: string): void => void again.command.stdin?.write(text);
    await typedSize(t, again.stdout, type, { width: 120, height: 25 });
    again.type("trap 'exit 5' INT; echo armed");
    await again.stdout.until(/^armed\r?\n/m, 'the container heeds the interrupt key');
    type('\x03');
    await again.stdout.rest('the screen ends with the container');
    check.equal((await container.exited()).exit_code, 5, 'the interrupt key interrupted the container');
  },
);
