import { check, spec } from '../../src/kit/index.js';
import { unknownId } from '../shared/ids.js';

const STOP = ['api.proto: RuntimeService.StopContainer ("idempotent")'];
const REMOVE = ['api.proto: RuntimeService.RemoveContainer ("idempotent")', 'kubelet: kuberuntime_gc.go'];

spec(
  {
    id: 'idempotence/stop-container-unknown',
    title: 'StopContainer of an id that was never issued succeeds',
    level: 'must',
    since: '1.20',
    why: 'A container may go between the look of the kubelet and its stop; older kubelets take any error for a failed stop.',
    sources: [...STOP, 'kubelet: kuberuntime_container.go killContainer'],
    parity: ['idempotence/stop-container-unknown'],
    expectations: [38],
  },
  async (t) => {
    for (const timeout of [0, 1]) {
      const call = t.cri.runtime.StopContainer({ container_id: unknownId(), timeout });
      await check.accepts(call, `StopContainer with timeout ${timeout} of an unknown id succeeds`);
    }
  },
);

spec(
  {
    id: 'idempotence/stop-container-twice',
    title: 'StopContainer of a container that has ended succeeds at once and changes nothing',
    level: 'must',
    since: '1.20',
    why: 'The kubelet stops containers that may end by themselves meanwhile, and reads their exit code afterwards.',
    sources: [...STOP, 'kubelet: kuberuntime_container.go killContainer'],
    expectations: [38],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const byItself = await pod.runToExit(['/bin/sh', '-c', 'exit 3']);
    const stopped = await pod.start();
    await stopped.stop(2);
    for (const [how, container] of [
      ['ended by itself', byItself],
      ['was stopped', stopped],
    ] as const) {
      const before = await container.status();
      check.equal(before.state, 'CONTAINER_EXITED', `a container that ${how} is EXITED`);
      for (const grace of [0, 30]) {
        const started = performance.now();
        await check.accepts(container.stop(grace), `StopContainer of a container that ${how} succeeds`);
        const ms = performance.now() - started;
        check.between(Math.round(ms), 0, 10_000, `StopContainer of a container that ${how} does not wait, in ms`);
        check.equal(await container.status(), before, `StopContainer changes nothing of a container that ${how}`);
      }
    }
    check.equal((await byItself.status()).exit_code, 3, 'the exit code of a container is kept');
  },
);

spec(
  {
    id: 'idempotence/stop-container-after-removal',
    title: 'StopContainer of a container that was removed succeeds',
    level: 'must',
    since: '1.20',
    why: 'The kubelet removes dead containers while it ends their pod, and may stop one that has just gone.',
    sources: STOP,
    expectations: [38],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.create();
    await container.remove();
    await check.accepts(container.stop(0), 'StopContainer of a removed container succeeds');
    check.equal(await container.listed(), [], 'stopping a removed container does not bring it back');
  },
);

spec(
  {
    id: 'idempotence/remove-container-twice',
    title: 'RemoveContainer of a container that was removed succeeds',
    level: 'must',
    since: '1.20',
    why: 'The kubelet repeats a removal whose answer it missed, and counts an error against the pod.',
    sources: REMOVE,
    parity: ['idempotence/remove-container-twice'],
    expectations: [43],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start();
    const other = await pod.create();
    await container.stop(0);
    for (const time of ['first', 'second', 'third']) {
      await check.accepts(container.remove(), `the ${time} RemoveContainer of a container succeeds`);
      check.equal(await container.listed(), [], `the container is not listed after the ${time} RemoveContainer`);
      await check.refuses(container.status(), ['NOT_FOUND'], `ContainerStatus is NotFound after the ${time} removal`);
    }
    check.equal((await other.listed()).length, 1, 'the other container of the pod is still there');
  },
);

spec(
  {
    id: 'idempotence/remove-container-unknown',
    title: 'RemoveContainer of an id that was never issued succeeds',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection goes by a list that may be out of date; an error is logged and tried again for ever.',
    sources: REMOVE,
    parity: ['idempotence/remove-container-unknown'],
    expectations: [43],
  },
  async (t) => {
    const call = t.cri.runtime.RemoveContainer({ container_id: unknownId() });
    await check.accepts(call, 'RemoveContainer of an unknown id succeeds');
  },
);
