import { check } from '../../src/kit/index.js';
import { inBackground } from '../shared/background.js';
import { Listener } from './listener.js';
import { run, shell } from './sessions.js';
import { streamingSpec } from './transports.js';

/** Far beyond what the spec takes, in seconds; the spec cuts it short. */
const GRACE_SECONDS = 25;

/** Says that it is up all the time, and that it was told to stop, which it does not do. */
const GOES_ON = `trap 'echo told to stop' TERM; while :; do echo up; sleep 0.1; done`;

streamingSpec(
  {
    id: 'streaming/sessions-while-stopping',
    title: 'while StopContainer waits out its grace period sessions of the container go on, and others can begin',
    level: 'should',
    since: '1.20',
    why: 'Who looks into why a pod does not come to its end is cut off, or hangs, for as long as that takes.',
    sources: [
      'api.proto: StopContainerRequest.timeout',
      'kubelet: server.go getExec, getAttach (a pod that is terminating still runs)',
      'threads: cri-o#7160, cri-o#8162, kubernetes#124743',
    ],
    expectations: [50, 51],
  },
  async (t, transport) => {
    const container = await (await t.pods.shared()).start({ command: shell(GOES_ON) });
    const follow = async (): Promise<Listener> =>
      new Listener((await t.streams.attach(container.id, { stderr: false }, transport)).stdout, 'the output');
    const early = await follow();
    await early.until(/^up\n/m, 'an attach session is under way');
    const command = await t.streams.exec(container.id, ['/bin/cat'], { stdin: true }, transport);
    const echo = new Listener(command.stdout, 'the echo');
    command.stdin?.write('before\n');
    await echo.until(/^before\n/, 'an exec session is under way');

    let stopped = false;
    const stop = inBackground(container.stop(GRACE_SECONDS).finally(() => (stopped = true)));
    const rule = 'an attach session goes on while its container is being stopped';
    await early.until(/^told to stop\n(up\n)+/m, rule);
    command.stdin?.write('meanwhile\n');
    await echo.until(/^before\nmeanwhile\n$/, 'an exec session goes on while its container is being stopped');
    const next = check.accepts(
      run(t, transport, container, ['/bin/echo', 'next']),
      'an exec session can begin while its container is being stopped',
    );
    check.equal(await next, { stdout: 'next\n', stderr: '', exit: 0 }, 'it is a session like any other');
    const late = await check.accepts(follow(), 'an attach session can begin while its container is being stopped');
    await late.until(/^up\n/m, 'it brings the output of the container');
    check.that(!stopped, 'sessions do not wait for a StopContainer that is pending', {
      expected: `sessions within the grace period of ${GRACE_SECONDS} s`,
      observed: 'sessions only after StopContainer had returned',
    });
    await container.stop(0);
    await stop;
  },
);
