import { check, spec } from '../../src/kit/index.js';
import { namedHandler } from '../../src/kit/handlers.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';

spec(
  {
    id: 'sandbox-lifecycle/stopped-keeps-modes',
    title: 'a stopped sandbox has the runtime handler and the namespace modes that it had while it was READY',
    level: 'should',
    since: '1.20',
    why: 'Who looks into why a pod died reads from its sandbox, with crictl inspectp, under what handler and in which namespaces it ran.',
    sources: [
      'api.proto: PodSandboxStatus.runtime_handler, PodSandbox.runtime_handler, LinuxPodSandboxStatus.namespaces',
    ],
    expectations: [9, 11],
  },
  async (t) => {
    const namespace_options = { network: 'NODE', pid: 'POD', ipc: 'NODE' } as const;
    const modes = overlay(HOST_NETWORK, { linux: { security_context: { namespace_options } } });
    const { identity, config } = await t.pods.config(modes);
    const handler = namedHandler(t.env);
    const pod = await t.pods.runConfig(identity, config, handler === undefined ? {} : { handler });
    const facts = async () => {
      const { runtime_handler, linux } = await pod.status();
      const { network, pid, ipc } = check.present(linux?.namespaces?.options, 'linux.namespaces.options is there');
      return { runtime_handler, listed_handler: (await pod.listed())[0]?.runtime_handler, network, pid, ipc };
    };
    const ready = await facts();
    await pod.stop();
    check.equal((await pod.status()).state, 'SANDBOX_NOTREADY', 'the sandbox is NOTREADY after StopPodSandbox');
    check.equal(await facts(), ready, 'handler, in status and list, and namespace modes of a stopped sandbox');
  },
);
