import { codeOf, isGone } from '../../src/client/errors.js';
import { check, spec } from '../../src/kit/index.js';
import { inBackground, timed } from '../shared/background.js';
import { signalArrives, startTrapping } from './trapping.js';

/** What a stop may take beyond its grace period on a busy machine, in ms. */
const SLACK_MS = 9_000;

/** A call that a runtime need not offer: that it answers is the rule, not what. */
function answered(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => {
    if (codeOf(error) === undefined || isGone(error)) throw error;
  });
}

spec(
  {
    id: 'container-lifecycle/stop-answers-meanwhile',
    title: 'the runtime answers about a container while StopContainer waits out its grace period',
    level: 'must',
    since: '1.20',
    why: 'Status loop, log rotation and stats of the kubelet go over all containers, stopping or not; one that blocks them turns the node NotReady.',
    sources: [
      'kubelet: pleg/generic.go Relist (health limit of 3 min), logs/container_log_manager.go',
      'thread: cri-o#6865, cri-o#6297, containerd#9770',
    ],
    expectations: [28],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await startTrapping(t, pod);
    let stopped = false;
    const stop = inBackground(container.stop(20).finally(() => (stopped = true)));
    const container_id = container.id;
    const asked: [string, () => Promise<unknown>][] = [
      ['ContainerStatus', () => container.status()],
      ['ListContainers', () => container.listed()],
      ['PodSandboxStatus', () => pod.status()],
      ['ContainerStats', () => t.cri.runtime.ContainerStats({ container_id })],
      ['ListContainerStats', () => t.cri.runtime.ListContainerStats({ filter: { id: container_id } })],
      ['PodSandboxStats', () => answered(t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id }))],
      ['ListPodSandboxStats', () => answered(t.cri.runtime.ListPodSandboxStats({ filter: { id: pod.id } }))],
      ['ExecSync', () => container.exec(['/bin/true'])],
      ['ReopenContainerLog', () => t.cri.runtime.ReopenContainerLog({ container_id })],
    ];
    await signalArrives(t, container);
    for (const [name, call] of asked) {
      await call();
      check.that(!stopped, `${name} answers while StopContainer is pending`, {
        expected: 'an answer within the grace period of 20 s',
        observed: 'an answer only after StopContainer had returned',
      });
    }
    check.equal(
      (await container.status()).state,
      'CONTAINER_RUNNING',
      'a container within its grace period is RUNNING',
    );
    await container.stop(0);
    await stop;
    check.equal((await container.status()).state, 'CONTAINER_EXITED', 'and EXITED when StopContainer returns');
  },
);

spec(
  {
    id: 'container-lifecycle/stop-again-shortens-grace',
    title: 'a second StopContainer with a shorter timeout takes effect',
    level: 'must',
    since: '1.20',
    why: 'kubectl delete --grace-period=1 on a pod that is already terminating must not wait for the first, long grace period.',
    sources: [
      'kubelet: pod_workers.go (grace period override), kuberuntime_container.go killContainer',
      'thread: containerd#6080, cri-o#9754',
    ],
    expectations: [39],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await startTrapping(t, pod);
    const first = inBackground(timed(container.stop(60)));
    await signalArrives(t, container);
    const second = await timed(container.stop(1));
    const { state, exit_code } = await container.status();
    check.equal(
      { state, exit_code },
      { state: 'CONTAINER_EXITED', exit_code: 137 },
      'the container is killed when the second StopContainer returns',
    );
    check.between(
      Math.round(second.ms),
      900,
      1_000 + SLACK_MS,
      'ms that the second StopContainer, with a grace period of 1 s, takes',
    );
    const { ms } = await first;
    check.that(ms < 30_000, 'the first StopContainer returns as well', {
      expected: 'well within its 60 s',
      observed: `${ms.toFixed(0)} ms`,
    });
  },
);

spec(
  {
    id: 'container-lifecycle/stop-cancelled-does-not-kill',
    title: 'a StopContainer whose client goes away does not cut the grace period short',
    level: 'must',
    since: '1.20',
    why: 'Every restart of the kubelet cancels its pending stops; the workloads would lose their grace period.',
    sources: ['api.proto: StopContainerRequest.timeout', 'thread: containerd/cri#1098, containerd#6080'],
    expectations: [39],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({}, 'ignores-term');
    const signal = t.abortAfter(400);
    const cancelled = await timed(
      t.cri.runtime.StopContainer({ container_id: container.id, timeout: 30 }, { signal }).then(
        () => 'returned',
        () => 'cancelled',
      ),
    );
    check.equal(cancelled.value, 'cancelled', 'StopContainer with a grace period of 30 s is still pending after 0.4 s');
    const marker = await container.exec(['/bin/sleep', '1']);
    check.equal(marker.exitCode, 0, 'the container lives on for a second after the client went away');
    check.equal(
      (await container.status()).state,
      'CONTAINER_RUNNING',
      'the container is RUNNING after its stop was cancelled',
    );
    const stop = await timed(container.stop(1));
    const { state, exit_code } = await container.status();
    check.equal({ state, exit_code }, { state: 'CONTAINER_EXITED', exit_code: 137 }, 'the next StopContainer ends it');
    check.that(stop.ms < 1_000 + SLACK_MS, 'the next StopContainer keeps its own grace period', {
      expected: 'about 1 s',
      observed: `${stop.ms.toFixed(0)} ms`,
    });
  },
);
