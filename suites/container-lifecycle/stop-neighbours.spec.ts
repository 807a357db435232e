import { check, spec } from '../../src/kit/index.js';
import { inBackground, timed } from '../shared/background.js';
import { trueConditions } from '../shared/conditions.js';
import { holds } from '../shared/holds.js';
import { signalArrives, startTrapping } from './trapping.js';

/** Seconds that the stop of a container may take while others are asked of the runtime. */
const LONG_GRACE = 25;
/** The same where a runtime may give ten of its own to each container that it ends by force. */
const LONGER_GRACE = 40;

spec(
  {
    id: 'container-lifecycle/stop-holds-up-nobody',
    title:
      'while a StopContainer is pending, other pods and containers are created, started, listed and stopped as ever',
    level: 'must',
    since: '1.20',
    why: 'Pods come and go while one takes its 30 s or more to end; if they waited for it the node would stand still, and then be NotReady.',
    sources: [
      'api.proto: StopContainerRequest.timeout, RuntimeService.StopContainer',
      'kubelet: kuberuntime_container.go killContainersWithSyncResult (all at once), pod_workers.go, kubelet.go updateRuntimeUp',
      'thread: cri-o#9754, cri-o#6865',
    ],
    expectations: [28, 38],
    timeoutSeconds: 120,
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const ready = await trueConditions(t);
    const container = await startTrapping(t, pod);
    const [sibling, unwilling] = await Promise.all([pod.start(), pod.start({}, 'ignores-term')]);
    let stopped = false;
    const stop = inBackground(container.stop(LONG_GRACE).finally(() => (stopped = true)));
    await signalArrives(t, container);
    const asked: [string, () => Promise<unknown>][] = [
      ['Status', async () => check.equal(await trueConditions(t), ready, 'the conditions that are true stay true')],
      ['ListPodSandbox', () => pod.listed()],
      ['CreateContainer and StartContainer in the same pod', () => pod.start()],
      ['RunPodSandbox of another pod', () => t.pods.runOnHostNetwork()],
      ['StopContainer of another container of the pod', () => sibling.stop(2)],
    ];
    for (const [name, call] of asked) {
      await call();
      check.that(!stopped, `${name} does not wait for the end of a container that is being stopped`, {
        expected: `an answer within the grace period of ${LONG_GRACE} s`,
        observed: 'an answer only after StopContainer of the other container had returned',
      });
    }
    check.equal((await sibling.status()).state, 'CONTAINER_EXITED', 'the other container that was stopped is EXITED');
    const state = async (): Promise<string> => (await container.status()).state;
    await holds(t, 'a container within its grace period is RUNNING', state, 'CONTAINER_RUNNING', 1_000);
    // More than a second after the first stop: a period that had begun with it would be over too soon.
    const own = await timed(unwilling.stop(3));
    check.between(Math.round(own.ms), 2_900, 12_000, 'ms that a container has which ignores SIGTERM and is given 3 s');
    check.equal(
      await state(),
      'CONTAINER_RUNNING',
      'the end of one container does not end the grace period of another',
    );
    await container.stop(0);
    await stop;
  },
);

spec(
  {
    id: 'container-lifecycle/stop-gives-way-to-force',
    title: 'RemoveContainer and StopPodSandbox end a container by force whose StopContainer is pending',
    level: 'must',
    since: '1.20',
    why: 'A grace period of an hour, asked for by mistake, must not keep the pod from going once it is to go at once.',
    sources: [
      'api.proto: RuntimeService.RemoveContainer ("if the container is running, the container must be forcibly removed"), StopPodSandbox ("must be forcibly terminated")',
      'kubelet: kuberuntime_manager.go killPodWithSyncResult',
    ],
    expectations: [41, 43],
    timeoutSeconds: 120,
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const [removed, other] = await Promise.all([startTrapping(t, pod), startTrapping(t, pod)]);
    const end = performance.now() + LONGER_GRACE * 1_000;
    const secondsLeft = (): number => Math.round((end - performance.now()) / 1_000);
    const stops = [removed, other].map((container) =>
      // What becomes of the call when its container is taken away is not the rule.
      container.stop(LONGER_GRACE).catch((error: unknown) => t.note(`the pending StopContainer: ${String(error)}`)),
    );
    await Promise.all([signalArrives(t, removed), signalArrives(t, other)]);
    const ready = await trueConditions(t);

    await removed.remove();
    check.between(secondsLeft(), 4, LONGER_GRACE, 'seconds of the grace period that RemoveContainer did not wait for');
    check.equal(await removed.listed(), [], 'the container is not listed when RemoveContainer returns');
    check.equal((await other.status()).state, 'CONTAINER_RUNNING', 'another container keeps its grace period');
    await pod.stop();
    check.between(secondsLeft(), 1, LONGER_GRACE, 'seconds of the grace period that StopPodSandbox did not wait for');
    check.equal(
      (await other.status()).state,
      'CONTAINER_EXITED',
      'the container is EXITED when StopPodSandbox returns',
    );
    check.equal((await other.status()).exit_code, 137, 'a container that lives on after SIGTERM was killed');
    check.equal(await trueConditions(t), ready, 'a pod that was stopped leaves the conditions of Status true');
    await Promise.all(stops);
  },
);
