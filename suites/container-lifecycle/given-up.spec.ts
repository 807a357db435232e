import { codeOf } from '../../src/client/errors.js';
import { check, spec } from '../../src/kit/index.js';
import { giveUp } from '../shared/given-up.js';

spec(
  {
    id: 'container-lifecycle/given-up-calls-leave-no-lock',
    title: "an ExecSync, StartContainer or RemoveContainer that its client gave up is in nobody's way afterwards",
    level: 'must',
    since: '1.20',
    why: 'On a busy node calls meet the deadline of the kubelet, and its restart ends all of them; a container that nobody can remove any more keeps its pod from going for ever.',
    sources: [
      'api.proto: RuntimeService.ExecSync, StartContainer, RemoveContainer ("idempotent")',
      'cri-client: remote_runtime.go (a deadline for every call)',
      'kubelet: kuberuntime_gc.go evictContainers, kuberuntime_manager.go SyncPod (tried again at every sync)',
      'threads: cri-o#7010, containerd#6080',
    ],
    expectations: [13, 43, 49],
  },
  async (t) => {
    const { runtime } = t.cri;
    const pod = await t.pods.shared();
    const container = await pod.start();
    const request = { container_id: container.id };
    const exec = { ...request, cmd: ['/bin/sleep', '1000'] };
    const outcome = await runtime.ExecSync(exec, { signal: t.abortAfter(300) }).then(() => 'OK', codeOf);
    check.equal(outcome, 'CANCELLED', 'ExecSync of a command that goes on does not return');
    const echo = await check.accepts(
      container.output(['/bin/echo', 'next']),
      'the next ExecSync in the container runs its command',
    );
    check.equal(echo, 'next', 'output of the next command');
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'the container runs on');

    const metadata = { name: container.config.metadata?.name ?? '', attempt: 1 };
    const started = await pod.create({ metadata });
    // What a start that was given up leaves is up to the runtime, as long as it can be removed: the kubelet goes on with
    // the next attempt.
    await giveUp(t, [1, 8, 20], (options) => runtime.StartContainer({ container_id: started.id }, options));
    await giveUp(t, [1, 4, 12], (options) => runtime.RemoveContainer(request, options));
    for (const [what, { id }] of [
      ['its StartContainer', started],
      ['its RemoveContainer', container],
    ] as const)
      await t.eventually(
        `RemoveContainer of a container of which ${what} was given up succeeds`,
        () => runtime.RemoveContainer({ container_id: id }).then(() => 'accepted', codeOf),
        (seen) => seen === 'accepted',
        { withinMs: 20_000 },
      );
    check.equal([...(await started.listed()), ...(await container.listed())], [], 'the two containers are not listed');
    const next = await check.accepts(
      pod.start({ metadata: { ...metadata, attempt: 2 } }),
      'the next attempt can be created and started',
    );
    check.equal((await next.status()).state, 'CONTAINER_RUNNING', 'the next attempt runs');
  },
);
