import { nonce } from '../../fixtures/configs/identity.js';
import { check } from '../../src/kit/index.js';
import { attached, evaluator } from './attached.js';
import { inTime } from './sessions.js';
import { canHalfClose, streamingSpec } from './transports.js';

streamingSpec(
  {
    id: 'streaming/attach-twice',
    title: 'two attach sessions of one container both see its output, and one that leaves does not end the other',
    level: 'should',
    since: '1.20',
    why: 'Two people who watch one container would each see half of it, or cut each other off.',
    sources: ['api.proto: ContainerConfig.stdin', 'kubelet: cri/streaming remotecommand/attach.go'],
    expectations: [50],
  },
  async (t, transport) => {
    const pod = await t.pods.shared();
    const container = await pod.start(evaluator(nonce()));
    const one = await attached(t, transport, container);
    const two = await attached(t, transport, container);
    check.equal(two.foreign, '', 'a session brings what the container writes from then on, not what it wrote before');
    one.stdout.text = '';
    one.stderr.text = '';
    for (const [typist, name] of [
      [one, 'first'],
      [two, 'second'],
    ] as const) {
      typist.type(`echo typed at the ${name}; echo error of the ${name} >&2`);
      for (const session of [one, two]) {
        await session.stdout.until(new RegExp(`^typed at the ${name}\n`, 'm'), 'both sessions see stdout');
        await session.stderr.until(new RegExp(`^error of the ${name}\n`, 'm'), 'both sessions see stderr');
      }
    }
    one.command.destroy();
    await inTime(one.command.closed, 'the first connection is gone');
    two.type('echo after the first left');
    await two.stdout.until(/^after the first left\n/m, 'the second session goes on when the first vanishes');
    check.equal(
      { stdout: two.stdout.text, stderr: two.stderr.text },
      {
        stdout: 'typed at the first\ntyped at the second\nafter the first left\n',
        stderr: 'error of the first\nerror of the second\n',
      },
      'a session sees each line once, whoever typed the command',
    );

    const mark = nonce();
    const terminal = await pod.start({ ...evaluator(mark), tty: true });
    const screens = [
      await attached(t, transport, terminal, { tty: true }),
      await attached(t, transport, terminal, { tty: true }),
    ];
    for (const [i, typist] of screens.entries()) {
      typist.type(`echo "typed at screen ${i} of $mark"`);
      for (const { stdout } of screens)
        await stdout.until(
          new RegExp(`^typed at screen ${i} of ${mark}\r?\n`, 'm'),
          'both sessions of a terminal show its screen',
        );
    }
  },
);

streamingSpec(
  {
    id: 'streaming/attach-reattach',
    title: 'stdin stays open over many attach sessions without stdin_once, and closes with the first one with it',
    since: '1.20',
    why: 'A container whose stdin closes too soon ends under its user; one whose stdin stays open never ends.',
    sources: ['api.proto: ContainerConfig.stdin, stdin_once', 'containerd/cri#406, cri-o/cri-o#1217'],
    expectations: [50],
  },
  async (t, transport) => {
    const pod = await t.pods.shared();
    const lasting = await pod.start({ ...evaluator(nonce()), stdin_once: false });
    const once = await pod.start({ ...evaluator(nonce()), stdin_once: true });
    for (const leave of ['half-close', 'close', 'destroy'] as const) {
      const session = await attached(t, transport, lasting);
      session.type(`count=$((count+1)); echo "session $count"`);
      await session.stdout.until(/^session \d\n/, 'a session attaches to a container that others have left');
      if (leave === 'half-close') session.command.stdin?.end();
      else session.command[leave]();
      if (leave !== 'half-close') await inTime(session.command.closed, 'the connection is gone');
    }
    const mute = await t.streams.attach(lasting.id, { stdin: true, stdout: false, stderr: false }, transport);
    mute.stdin?.write('touch /tmp/heard\n');
    await t.eventually(
      'what is typed at a session without output reaches the container',
      () => lasting.exec(['/bin/test', '-e', '/tmp/heard']),
      ({ exitCode }) => exitCode === 0,
    );
    mute.close();
    const last = await attached(t, transport, lasting);
    last.type('echo "after $count"');
    await last.stdout.until(/^after 3\n/, 'the container still reads its stdin, and is the same process');
    check.equal((await lasting.status()).state, 'CONTAINER_RUNNING', 'without stdin_once the container goes on');

    const leaving = await attached(t, transport, once);
    leaving.command.close();
    const { exit_code } = await once.exited();
    check.equal(exit_code, 0, 'with stdin_once the end of the first session is the end of stdin');
    if (!canHalfClose(transport)) return;

    // Started again, it is to have its input as it had at first.
    const piped = await pod.start({ ...evaluator(nonce()), stdin_once: true, metadata: { attempt: 1 } });
    // Over WebSocket every session has a channel for stdin, and the server library cannot tell who only watched.
    const watcher = await t.streams.attach(piped.id, {}, transport);
    watcher.drain();
    watcher.close();
    await inTime(watcher.closed, 'a session without stdin has ended');
    const session = await attached(t, transport, piped);
    session.type('echo last line');
    session.command.stdin?.end();
    const rule =
      'with stdin_once the end of input in the first session with stdin is the end of stdin, and output goes on';
    check.equal(await session.stdout.rest(rule), 'last line\nno more input\n', rule);
    check.equal((await piped.exited()).exit_code, 0, 'the container ends well at the end of its input');

    const unheard = await pod.start({ ...evaluator(nonce()), stdin_once: true });
    const silent = await t.streams.attach(unheard.id, { stdin: true }, transport);
    silent.drain();
    silent.stdin?.end();
    const { exit_code: code } = await unheard.exited();
    check.equal(code, 0, 'with stdin_once input ends with the first session, although nothing was typed in it');
  },
);
