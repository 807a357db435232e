import { nonce } from '../../fixtures/configs/identity.js';
import type { Transport } from '../../src/client/streaming/index.js';
import { check, type Container, type SpecContext } from '../../src/kit/index.js';
import { attached, evaluator } from './attached.js';
import { Listener } from './listener.js';
import { inTime } from './sessions.js';
import { streamingSpec } from './transports.js';

/** A session of Exec and one of Attach that both have answered. */
async function opened(t: SpecContext, transport: Transport, container: Container, name: string) {
  const command = await t.streams.exec(container.id, ['/bin/cat'], { stdin: true }, transport);
  const echo = new Listener(command.stdout, 'the echo');
  const attach = await attached(t, transport, container);
  let said = '';
  const answer = async (rule: string): Promise<void> => {
    const word = nonce();
    said += `${word}\n`;
    command.stdin?.write(`${word}\n`);
    attach.type(`echo ${word}`);
    for (const heard of [echo, attach.stdout]) await heard.until(new RegExp(`${word}\n$`), rule);
    check.equal(echo.text, said, rule);
  };
  await answer(`sessions of ${name} are under way`);
  const end = async (how: string): Promise<void> => {
    await echo.rest(`the output of an exec session ends when its container ${how}`);
    // A runtime that took the container's end for a failure of the session is right as well.
    const status = command.status.then(
      ({ exitCode }) => exitCode,
      () => 'none',
    );
    const exit = await inTime(status, `an exec session ends when its container ${how}`);
    check.notEqual(exit, 0, `a command that ended because its container ${how} is not reported as success`);
    await attach.stdout.rest(`an attach session ends when its container ${how}`);
  };
  return { answer, end };
}

streamingSpec(
  {
    id: 'streaming/sessions-end-with-container',
    title: 'the sessions of a container end when it is stopped or removed, and those of its neighbour go on',
    since: '1.20',
    why: 'kubectl exec would hang for ever on a container that is gone, or be cut off by the restart of a sidecar.',
    sources: [
      'api.proto: RuntimeService.Exec, Attach, StopContainer, RemoveContainer',
      'kubelet: cri/streaming remotecommand/exec.go ServeExec, attach.go ServeAttach',
    ],
    expectations: [50, 51],
  },
  async (t, transport) => {
    const pod = await t.pods.shared();
    const [stopped, removed] = await Promise.all([pod.start(evaluator(nonce())), pod.start(evaluator(nonce()))]);
    const first = await opened(t, transport, stopped, 'the first container');
    const second = await opened(t, transport, removed, 'the second container');
    await stopped.stop(0);
    await first.end('is stopped');
    await second.answer('the sessions of a container go on when another one of its pod is stopped');
    await removed.remove();
    await second.end('is removed');
  },
);
