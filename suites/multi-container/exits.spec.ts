import { check, spec, type Container } from '../../src/kit/index.js';

/** What must not change any more once a container has ended. */
async function exitOf(container: Container): Promise<object> {
  const { state, exit_code, reason, created_at, started_at, finished_at } = await container.status();
  return { state, exit_code, reason, created_at, started_at, finished_at };
}

spec(
  {
    id: 'multi-container/exits-stay',
    title: 'what is known of the exit of a container stays when a sibling is removed and when the sandbox is stopped',
    level: 'must',
    since: '1.20',
    why: 'Whether a job succeeded is read from the containers of its pod after the pod was stopped; and until then a pod without running containers keeps its sandbox for the restart.',
    sources: [
      'api.proto: ContainerStatus.exit_code, reason, finished_at; PodSandboxStatus.state',
      'kubelet: kuberuntime_manager.go computePodActions, killPodWithSyncResult; kuberuntime_gc.go evictSandboxes',
    ],
    expectations: [8, 22, 41, 44],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork({ labels: { 'example.com/job': 'yes' } });
    const ends = (code: number) => pod.runToExit(['/bin/sh', '-c', `exit ${code}`]);
    const [three, zero, sibling] = await Promise.all([ends(3), ends(0), ends(1)]);
    const codes = [(await three.status()).exit_code, (await zero.status()).exit_code];
    check.equal(codes, [3, 0], 'exit codes of two containers of a pod');
    const before = await pod.status();
    const [listedBefore] = await pod.listed();
    check.equal(before.state, 'SANDBOX_READY', 'a sandbox is READY while all its containers are EXITED');
    check.equal(listedBefore?.state, 'SANDBOX_READY', 'ListPodSandbox says READY while all its containers are EXITED');

    const exits = [await exitOf(three), await exitOf(zero)];
    await sibling.remove();
    const afterRemove = [await exitOf(three), await exitOf(zero)];
    check.equal(afterRemove, exits, 'RemoveContainer changes nothing of the exits of other containers');
    const runs = await pod.start();
    await pod.stop();
    const afterStop = [await exitOf(three), await exitOf(zero)];
    check.equal(afterStop, exits, 'StopPodSandbox changes nothing of the exits of containers that had ended');
    check.equal((await runs.status()).state, 'CONTAINER_EXITED', 'StopPodSandbox ends the container that ran');

    const stopped = { ...before, state: 'SANDBOX_NOTREADY' };
    const [status, [listed]] = [await pod.status(), await pod.listed()];
    for (const field of ['id', 'metadata', 'state', 'created_at', 'labels', 'annotations'] as const) {
      check.equal(status[field], stopped[field], `PodSandboxStatus of a stopped sandbox: ${field}`);
      check.equal(listed?.[field], stopped[field], `ListPodSandbox of a stopped sandbox: ${field}`);
    }
  },
);
