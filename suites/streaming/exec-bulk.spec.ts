import { nonce } from '../../fixtures/configs/identity.js';
import { createHash } from 'node:crypto';
import type { RemoteCommand } from '../../src/client/streaming/index.js';
import { check } from '../../src/kit/index.js';
import { Listener } from './listener.js';
import { MIB, receive, sendNoise, type Digest } from './bulk.js';
import { BULK_MS, BULK_SPEC_SECONDS, finish, inTime, run, shell } from './sessions.js';
import { canHalfClose, streamingSpec } from './transports.js';

streamingSpec(
  {
    id: 'streaming/exec-bulk',
    title: 'an exec session carries bulk data each way without losing a byte',
    since: '1.20',
    why: 'kubectl cp is tar through an exec session: files come out cut or damaged, often without an error.',
    sources: ['api.proto: ExecRequest.stdin, stdout', 'kubelet: cri/streaming remotecommand/exec.go'],
    expectations: [51],
    timeoutSeconds: BULK_SPEC_SECONDS,
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const size = 64 * MIB;
    const copy = canHalfClose(transport) ? 'cat' : `head -c ${size}`;
    const file = `/tmp/${nonce()}`;
    t.defer(`file ${file}`, async () => {
      await container.exec(['/bin/rm', '-f', file]);
    });
    // The shell stays, and with it the stdout of the command: what happens without is for exec-stdin-without-stdout.
    const up = await t.streams.exec(container.id, shell(`${copy} > ${file}; exit $?`), { stdin: true }, transport);
    const stdin = check.present(up.stdin, 'the session has a stdin');
    const sending = sendNoise(stdin, size, t.signal);
    const sent = await inTime(sending, 'the session takes all input', undefined, BULK_MS);
    if (canHalfClose(transport)) stdin.end();
    const ended = await finish(up, 'the upload', BULK_MS);
    check.equal(ended, { stdout: '', stderr: '', exit: 0 }, 'the command that reads the input ends well');
    check.equal(await container.output(['/bin/stat', '-c', '%s', file]), String(size), 'all input arrived');

    const down = await t.streams.exec(container.id, ['/bin/cat', file], {}, transport);
    check.equal(await received(down), { ...sent, exit: 0 }, 'what went in by stdin comes out by stdout');
  },
);

/** Reads stdout to its end without keeping it. */
async function received(session: RemoteCommand, restMs = 0): Promise<Digest & { exit: number | string }> {
  session.stderr?.resume();
  const stdout = check.present(session.stdout, 'the session has a stdout');
  const progress = { bytes: 0 };
  const whole = Promise.all([receive(stdout, { restMs }, progress), session.status]);
  const [digest, status] = await inTime(
    whole,
    'the session brings output and status to an end',
    () => progress,
    BULK_MS,
  );
  return { ...digest, exit: status.exitCode ?? status.message };
}

streamingSpec(
  {
    id: 'streaming/exec-stdin',
    title: 'an exec session passes on input while output flows, line by line and in bulk, and its end',
    since: '1.20',
    why: 'Pipelines through kubectl exec -i write and read at once; interactive use needs every line without delay.',
    sources: ['api.proto: ExecRequest.stdin', 'kubelet: cri/streaming remotecommand/exec.go'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const size = 8 * MIB;
    const duplex = await t.streams.exec(container.id, ['/bin/head', '-c', String(size)], { stdin: true }, transport);
    const stdin = check.present(duplex.stdin, 'the session has a stdin');
    const sending = sendNoise(stdin, size, t.signal);
    const [sent, back] = await inTime(
      Promise.all([sending, received(duplex)]),
      'input and output flow at the same time, without waiting for each other',
    );
    check.equal(back, { ...sent, exit: 0 }, 'a command that copies stdin to stdout returns what it was sent');
    const mute = { stdin: true, stdout: false, stderr: false };
    const reader = await t.streams.exec(
      container.id,
      shell('read -r x; [ "$x" = word ]; exit $((3+$?))'),
      mute,
      transport,
    );
    reader.stdin?.write('word\n');
    check.equal((await finish(reader, 'a session for stdin alone')).exit, 3, 'a session for stdin alone passes it on');
    if (!canHalfClose(transport)) return;

    for (const input of ['', 'no line end']) {
      const session = await t.streams.exec(
        container.id,
        shell('cat; sleep 0.4; echo late; exit 6'),
        { stdin: true },
        transport,
      );
      session.stdin?.end(input);
      const expected = { stdout: `${input}late\n`, stderr: '', exit: 6 };
      const rule =
        'the end of stdin reaches the command, after all input, and leaves later output and the exit code alone';
      check.equal(await finish(session, 'a command that reads to the end of its input'), expected, rule);
    }
  },
);

streamingSpec(
  {
    id: 'streaming/exec-stdin-without-stdout',
    title: 'an exec session passes on input to a command that has closed its stdout',
    since: '1.20',
    why: "`kubectl exec -i POD -- sh -c 'cat > FILE'`, the usual way to upload a file, cuts the file and reports success.",
    sources: [
      'api.proto: ExecRequest.stdin',
      'containerd/containerd#12734, #13934: stdin is closed together with stdout',
    ],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const script = shell('exec >&-; sleep 0.2; echo ready >&2; read -r line; echo "got $line" >&2; exit 7');
    const session = await t.streams.exec(container.id, script, { stdin: true }, transport);
    session.stdout?.resume();
    const stderr = new Listener(session.stderr, 'stderr');
    await stderr.until(/^ready\n/, 'the command has closed its stdout');
    session.stdin?.write('a line\n');
    const rule = 'a command that closed its stdout goes on reading stdin and writing stderr';
    check.equal(await stderr.rest(rule), 'ready\ngot a line\n', rule);
    const { exitCode } = await inTime(session.status, 'the session brings a status when the command has ended');
    check.equal(exitCode, 7, 'the exit code of a command that closed its stdout is reported');
  },
);

streamingSpec(
  {
    id: 'streaming/exec-outlives-output',
    title: 'an exec session ends with its command: not with its output, and not before a slow reader has all of it',
    since: '1.20',
    why: 'kubectl exec would report success for a command that still runs, or print half of what it wrote.',
    sources: ['kubelet: cri/streaming remotecommand/exec.go', 'kata-containers/kata-containers#13640'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const end = `/tmp/${nonce()}`;
    check.equal(
      await run(t, transport, container, shell(`echo last words; exec >&- 2>&-; sleep 0.3; touch ${end}; exit 5`)),
      { stdout: 'last words\n', stderr: '', exit: 5 },
      'a command that closed its output is waited for, and its exit code reported',
    );
    await container.output(['/bin/rm', end], 'the command that closed its output ran to its end');
    check.equal(
      await run(t, transport, container, shell('echo first; sleep 0.2; echo second; sleep 0.2; echo third >&2')),
      { stdout: 'first\nsecond\n', stderr: 'third\n', exit: 0 },
      'a session without stdin stays open while its command is silent',
    );
    const [line, size] = ['a line of text that repeats\n', 8 * MIB];
    const writer = shell(`yes '${line.trimEnd()}' | head -c ${size}; exit 4`);
    const slow = await t.streams.exec(container.id, writer, {}, transport);
    const text = line.repeat(Math.ceil(size / line.length)).slice(0, size);
    check.equal(
      await received(slow, 40),
      { bytes: size, sha256: createHash('sha256').update(text).digest('hex'), exit: 4 },
      'a reader slower than the command gets all of the output, and the exit code',
    );
  },
);
