import { check, spec } from '../../src/kit/index.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { firstInNamespaceOf, processOf } from '../shared/host-processes.js';
import { markedSleep } from '../shared/processes.js';

spec(
  {
    id: 'sandbox-lifecycle/died-becomes-not-ready',
    title: 'a sandbox whose own process was killed becomes NOTREADY, and can be stopped, replaced and removed',
    level: 'should',
    since: '1.20',
    why: 'The OOM killer takes sandboxes too; as long as one that is dead looks READY the kubelet starts containers in it for ever.',
    sources: [
      'api.proto: PodSandboxState, PodSandboxStatus.state',
      'kubelet: kuberuntime/util/util.go PodSandboxChanged, kuberuntime_manager.go computePodActions',
    ],
    expectations: [8, 12, 41, 42],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    // In the process namespace that they share, the process of the sandbox is number 1: all others end with it.
    const shared = { linux: { security_context: { namespace_options: { pid: 'POD' } } } } as const;
    const { identity, config } = await t.pods.config(overlay(HOST_NETWORK, shared));
    const pod = await t.pods.runConfig(identity, config);
    const { command, marker } = markedSleep();
    const container = await pod.start({ command });
    const own = await t.eventually(
      'the process of the container is among those of the node',
      () => Promise.resolve(processOf(marker)),
      (found) => found !== undefined,
    );
    const first = firstInNamespaceOf(own ?? '');
    // A sandbox in a virtual machine has none that the node can see.
    if (first === undefined) {
      t.note('the sandbox has no process of its own on the node');
      return;
    }
    // In the process namespace of the node it would be the node's own first process.
    check.notEqual(first, '1', 'the process namespace that the containers of the pod share is not the one of the node');
    process.kill(Number(first), 'SIGKILL');

    const rule = 'PodSandboxStatus says NOTREADY of a sandbox whose process was killed';
    const state = async () => (await pod.status()).state;
    await t.eventually(rule, state, (seen) => seen === 'SANDBOX_NOTREADY');
    check.equal((await pod.listed())[0]?.state, 'SANDBOX_NOTREADY', 'ListPodSandbox says NOTREADY as well');
    await t.eventually(
      'the container in it is EXITED',
      async () => (await container.status()).state,
      (seen) => seen === 'CONTAINER_EXITED',
    );
    await check.accepts(pod.stop(), 'StopPodSandbox of a sandbox that died succeeds');
    const next = await t.pods.runConfig(identity, overlay(config, { metadata: { attempt: 1 } }));
    check.equal((await next.status()).state, 'SANDBOX_READY', 'the next attempt of the pod is READY');
    await check.accepts(pod.remove(), 'RemovePodSandbox of a sandbox that died succeeds');
    check.equal(await pod.listed(), [], 'a sandbox that died is not listed once it is removed');
  },
);
