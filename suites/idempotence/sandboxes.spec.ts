import { unlessGone } from '../../src/client/errors.js';
import { check, spec } from '../../src/kit/index.js';
import { inBackground } from '../shared/background.js';
import { unknownId } from '../shared/ids.js';

const STOP = ['api.proto: RuntimeService.StopPodSandbox ("idempotent")', 'kubelet: kuberuntime_gc.go removeSandbox'];
const REMOVE = ['api.proto: RuntimeService.RemovePodSandbox ("idempotent")'];

spec(
  {
    id: 'idempotence/stop-sandbox-unknown',
    title: 'StopPodSandbox of an id that was never issued succeeds',
    level: 'must',
    since: '1.20',
    why: 'The kubelet stops sandboxes from several places and again after a restart; each expects a stopped one, not an error.',
    sources: [...STOP, 'thread: containerd/containerd#10520'],
    parity: ['idempotence/stop-sandbox-unknown'],
    expectations: [41],
  },
  async (t) => {
    const call = t.cri.runtime.StopPodSandbox({ pod_sandbox_id: unknownId() });
    await check.accepts(call, 'StopPodSandbox of an unknown id succeeds');
  },
);

spec(
  {
    id: 'idempotence/stop-sandbox-twice',
    title: 'StopPodSandbox of a stopped sandbox succeeds and changes nothing',
    level: 'must',
    since: '1.20',
    why: 'The kubelet stops a sandbox when its pod ends and once more when it collects garbage.',
    sources: STOP,
    parity: ['idempotence/stop-sandbox-twice'],
    expectations: [41],
  },
  async (t) => {
    const pod = await t.pods.run();
    const container = await pod.start();
    await pod.stop();
    const [first, ended] = [await pod.status(), await container.status()];
    check.equal(first.state, 'SANDBOX_NOTREADY', 'the sandbox is NOTREADY after the first StopPodSandbox');
    for (const time of ['second', 'third']) {
      await check.accepts(pod.stop(), `the ${time} StopPodSandbox of a sandbox succeeds`);
      check.equal(await pod.status(), first, `the ${time} StopPodSandbox changes nothing of the sandbox`);
      check.equal(await container.status(), ended, `the ${time} StopPodSandbox changes nothing of its container`);
    }
    check.equal((await pod.listed()).length, 1, 'the sandbox is still listed');
  },
);

spec(
  {
    id: 'idempotence/stop-sandbox-concurrently',
    title: 'calls of StopPodSandbox that overlap all succeed, and none returns before the sandbox has stopped',
    level: 'should',
    since: '1.20',
    why: 'A kubelet that restarts repeats the stop while the first is under way; one lost in a lock blocks the pod.',
    sources: [...STOP, 'thread: cri-o/cri-o#9754'],
    expectations: [41],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start();
    const stops = ['first', 'second', 'third'].map(async (name) => {
      await pod.stop();
      const state = (await pod.status()).state;
      check.equal(state, 'SANDBOX_NOTREADY', `the sandbox is NOTREADY when the ${name} StopPodSandbox returns`);
    });
    for (const stop of stops.map(inBackground)) await stop;
    check.equal((await container.status()).state, 'CONTAINER_EXITED', 'the container of the sandbox is EXITED');
  },
);

spec(
  {
    id: 'idempotence/stop-sandbox-after-removal',
    title: 'StopPodSandbox of a sandbox that was removed succeeds',
    level: 'must',
    since: '1.20',
    why: 'Pod worker and garbage collection of the kubelet run side by side: one may remove what the other then stops.',
    sources: STOP,
    expectations: [41],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    await pod.stop();
    await pod.remove();
    await check.accepts(pod.stop(), 'StopPodSandbox of a removed sandbox succeeds');
    check.equal(await pod.listed(), [], 'stopping a removed sandbox does not bring it back');
  },
);

spec(
  {
    id: 'idempotence/remove-sandbox-unknown',
    title: 'RemovePodSandbox of an id that was never issued succeeds',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection goes by a list that may be out of date; an error is logged and tried again for ever.',
    sources: REMOVE,
    parity: ['idempotence/remove-sandbox-unknown'],
    expectations: [42],
  },
  async (t) => {
    const call = t.cri.runtime.RemovePodSandbox({ pod_sandbox_id: unknownId() });
    await check.accepts(call, 'RemovePodSandbox of an unknown id succeeds');
  },
);

spec(
  {
    id: 'idempotence/remove-sandbox-twice',
    title: 'RemovePodSandbox of a sandbox that was removed succeeds',
    level: 'must',
    since: '1.20',
    why: 'The kubelet repeats a removal whose answer it missed.',
    sources: REMOVE,
    expectations: [42],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    await pod.create();
    await pod.stop();
    for (const time of ['first', 'second', 'third']) {
      await check.accepts(pod.remove(), `the ${time} RemovePodSandbox of a sandbox succeeds`);
      check.equal(await pod.listed(), [], `the sandbox is not listed after the ${time} RemovePodSandbox`);
      await check.refuses(pod.status(), ['NOT_FOUND'], `PodSandboxStatus is NotFound after the ${time} removal`);
    }
  },
);

spec(
  {
    id: 'idempotence/remove-sandbox-concurrently',
    title:
      'calls of RemovePodSandbox that overlap, with a StopPodSandbox or each other, succeed once the sandbox is gone',
    level: 'should',
    since: '1.20',
    why: 'Pod worker and garbage collection of the kubelet run side by side, and a removal is repeated after a deadline while the first is still under way.',
    sources: REMOVE,
    expectations: [41, 42],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const stop = inBackground(pod.stop());
    const removals = ['first', 'second'].map(async (name) => {
      await check.accepts(pod.remove(), `the ${name} of RemovePodSandbox calls that overlap succeeds`);
      check.equal(await pod.listed(), [], `the sandbox is not listed when the ${name} RemovePodSandbox returns`);
    });
    for (const removal of removals.map(inBackground)) await removal;
    // Whether it succeeds if all is removed before it begins is the subject of another spec.
    await check.accepts(unlessGone(stop), 'StopPodSandbox of a sandbox that is removed meanwhile succeeds');
  },
);
