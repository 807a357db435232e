import { check } from '../../src/kit/index.js';
import { Listener } from './listener.js';
import { inTime, run } from './sessions.js';
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
    const endless = [
      { cmd: ['/bin/yes', 'a line without end'], wanted: {}, first: /a line without end\n/ },
      { cmd: ['/bin/yes', 'typed at'], wanted: { stdin: true, tty: true }, first: /typed at\r?\n/ },
      { cmd: ['/bin/cat'], wanted: { stdin: true }, first: /half a line/ },
    ];
    for (const { cmd, wanted, first } of endless) {
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
    }
    check.equal(await container.output(['/bin/echo', 'sync']), 'sync', 'ExecSync works after clients vanished');
    const { state, started_at } = await container.status();
    check.equal(
      { state, started_at },
      { state: 'CONTAINER_RUNNING', started_at: before.started_at },
      'the container goes on as it was',
    );
    check.equal((await pod.status()).state, 'SANDBOX_READY', 'the sandbox goes on as it was');
  },
);
