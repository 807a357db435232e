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
  let said = ['', ''];
  const answer = async (rule: string): Promise<void> => {
    const words = [nonce(), nonce()] as const;
    command.stdin?.write(`${words[0]}\n`);
    attach.type(`echo ${words[1]}`);
    said = said.map((before, i) => `${before}${words[i]}\n`);
    for (const [i, heard] of [echo, attach.stdout].entries()) await heard.until(new RegExp(`${words[i]}\n$`), rule);
    check.equal([echo.text, attach.stdout.text], said, `${rule}, each with its own output alone`);
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
    title:
      'the sessions of a container end when it is stopped or removed, at no other call, and those of its neighbour go on',
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
    const container_id = stopped.id;
    const { runtime } = t.cri;
    // As the kubelet does all the time. Who refuses one of them is found elsewhere.
    const meanwhile: [name: string, call: Promise<unknown>][] = [
      ['ExecSync', stopped.exec(['/bin/echo', 'in between'])],
      ['ContainerStatus', runtime.ContainerStatus({ container_id, verbose: true })],
      ['ContainerStats', runtime.ContainerStats({ container_id })],
      ['ReopenContainerLog', runtime.ReopenContainerLog({ container_id })],
      ['UpdateContainerResources', runtime.UpdateContainerResources({ container_id, linux: { cpu_shares: 512 } })],
    ];
    await Promise.allSettled(meanwhile.map(([, call]) => call));
    await first.answer(`sessions go on after ${meanwhile.map(([name]) => name).join(', ')} of their container`);
    await stopped.stop(0);
    await first.end('is stopped');
    await second.answer('the sessions of a container go on when another one of its pod is stopped');
    await removed.remove();
    await second.end('is removed');
  },
);
