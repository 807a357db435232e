import { nonce } from '../../fixtures/configs/identity.js';
import { check } from '../../src/kit/index.js';
import { Listener } from './listener.js';
import { inTime, run, shell } from './sessions.js';
import { streamingSpec } from './transports.js';

streamingSpec(
  {
    id: 'streaming/exec-client-vanishes',
    title: 'a client that vanishes in the middle of an exec session leaves container and runtime in working order',
    since: '1.20',
    why: 'Laptops sleep and networks break: the container must go on, and the next kubectl exec and probe must work.',
    sources: ['api.proto: RuntimeService.Exec', 'containers/conmon-rs#720: a cancelled session ends the container'],
    expectations: [51],
  },
  async (t, transport) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start();
    const before = await container.status();
    const watcher = await t.streams.attach(container.id, {}, transport);
    watcher.drain();
    let watched = true;
    void watcher.closed.then(() => (watched = false));
    const other = await t.streams.exec(container.id, ['/bin/cat'], { stdin: true }, transport);
    const echo = new Listener(other.stdout, 'the echo');
    const endless = [
      { cmd: ['/bin/yes', 'a line without end'], wanted: {}, first: /a line without end\n/ },
      { cmd: ['/bin/yes', 'typed at'], wanted: { stdin: true, tty: true }, first: /typed at\r?\n/ },
      { cmd: ['/bin/cat'], wanted: { stdin: true }, first: /half a line/ },
    ];
    for (const [i, { cmd, wanted, first }] of endless.entries()) {
      const session = await t.streams.exec(container.id, cmd, wanted, transport);
      session.stdin?.write('half a line');
      await new Listener(session.stdout, 'output').until(first, `\`${cmd.join(' ')}\` is under way`);
      session.destroy();
      await inTime(session.closed, 'the connection is gone');
      check.equal(
        await run(t, transport, container, ['/bin/echo', 'next']),
        { stdout: 'next\n', stderr: '', exit: 0 },
        'the next Exec works after a client vanished',
      );
      other.stdin?.write('still here\n');
      const lines = new RegExp(`^(still here\n){${i + 1}}$`);
      await echo.until(lines, 'another exec session of the container goes on when a client vanishes');
    }
    check.equal(await container.output(['/bin/echo', 'sync']), 'sync', 'ExecSync works after clients vanished');
    const { state, started_at } = await container.status();
    check.equal(
      { state, started_at },
      { state: 'CONTAINER_RUNNING', started_at: before.started_at },
      'the container goes on as it was',
    );
    check.that(watched, 'an attach session of the container goes on when the client of an exec session vanishes', {
      expected: 'an open session',
      observed: 'its end',
    });
    check.equal((await pod.status()).state, 'SANDBOX_READY', 'the sandbox goes on as it was');
  },
);

streamingSpec(
  {
    id: 'streaming/exec-no-orphan',
    title: 'a command that lives by its session comes to an end when the client vanishes',
    level: 'should',
    since: '1.20',
    why: 'What nobody can reach or end any more uses up the processors, memory and process ids of the container.',
    sources: ['kubelet: cri/streaming remotecommand/exec.go', 'api.proto: ExecRequest.stdin, tty'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await (await t.pods.shared()).start();
    const commands = [
      { what: 'one that writes without end', script: 'yes', wanted: {}, first: /y\n/ },
      { what: 'one that reads its stdin', script: 'echo up; cat', wanted: { stdin: true }, first: /up\n/ },
      { what: 'one on a terminal', script: 'echo up; cat', wanted: { stdin: true, tty: true }, first: /up\r?\n/ },
    ];
    const marked = await Promise.all(
      commands.map(async ({ what, script, wanted, first }) => {
        const mark = nonce();
        const session = await t.streams.exec(container.id, shell(`${script}; true ${mark}`), wanted, transport);
        await new Listener(session.stdout, 'output').until(first, `a command is under way: ${what}`);
        session.destroy();
        await inTime(session.closed, 'the connection is gone');
        return { what, mark };
      }),
    );
    await t.eventually(
      'no command goes on whose client has vanished',
      async () => {
        const processes = await container.shell('cat /proc/[0-9]*/cmdline | tr "\\0" " "; true');
        return marked.filter(({ mark }) => processes.includes(mark)).map(({ what }) => what);
      },
      (left) => left.length === 0,
      { withinMs: 5_000, describe: (left) => left.join(', ') },
    );
  },
);
