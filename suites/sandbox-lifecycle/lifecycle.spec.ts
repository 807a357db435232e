import { check, spec } from '../../src/kit/index.js';

spec(
  {
    id: 'sandbox-lifecycle/run-becomes-ready',
    title: 'a sandbox is READY when RunPodSandbox returns, and stays so without containers',
    level: 'must',
    since: '1.20',
    why: 'The kubelet starts containers right after RunPodSandbox, and replaces a sandbox that is not READY.',
    sources: ['api.proto: RuntimeService.RunPodSandbox', 'kubelet: kuberuntime/util/util.go PodSandboxChanged'],
    parity: ['sandbox-lifecycle/run-becomes-ready'],
    expectations: [8, 20],
  },
  async (t) => {
    const pod = await t.pods.run();
    const status = await pod.status();
    check.equal(status.state, 'SANDBOX_READY', 'PodSandboxStatus says READY right after RunPodSandbox');
    check.equal(status.id, pod.id, 'PodSandboxStatus returns the id it was asked for');
    check.that(status.created_at > 0n, 'created_at is set', { expected: 'ns since the epoch', observed: status.created_at });
    const { items } = await t.cri.runtime.ListPodSandbox({ filter: { id: pod.id } });
    check.equal(items.map(({ id }) => id), [pod.id], 'ListPodSandbox with filter.id lists that sandbox and no other');
  },
);
