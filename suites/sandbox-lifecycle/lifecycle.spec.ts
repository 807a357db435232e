import { readdir, writeFile } from 'node:fs/promises';
import { check, spec } from '../../src/kit/index.js';
import { checkLater, checkRecent } from '../shared/clock.js';
import { holds } from '../shared/holds.js';
import { markedSleep, processesWith } from '../shared/processes.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { checkSandboxGone } from './gone.js';

spec(
  {
    id: 'sandbox-lifecycle/run-becomes-ready',
    title: 'a sandbox is READY when RunPodSandbox returns, and stays so without containers',
    level: 'must',
    since: '1.20',
    why: 'The kubelet starts containers right after RunPodSandbox, and replaces a sandbox that is not READY.',
    sources: [
      'api.proto: RuntimeService.RunPodSandbox, PodSandboxStatus',
      'cri-client: utils.go verifySandboxStatus',
      'kubelet: kuberuntime/util/util.go PodSandboxChanged',
      'thread: cri-o#1432',
    ],
    parity: ['sandbox-lifecycle/run-becomes-ready'],
    expectations: [8, 20],
  },
  async (t) => {
    const asked = Date.now();
    const pod = await t.pods.run();
    const status = await pod.status();
    check.equal(status.state, 'SANDBOX_READY', 'PodSandboxStatus says READY right after RunPodSandbox');
    check.equal(status.id, pod.id, 'PodSandboxStatus returns the id it was asked for');
    check.equal(status.metadata, { ...pod.config.metadata }, 'PodSandboxStatus returns the metadata');
    checkRecent(t, status.created_at, asked, 'created_at is the time of RunPodSandbox in ns since the epoch');

    const { items } = await t.cri.runtime.ListPodSandbox({ filter: { id: pod.id } });
    const listed = items.map(({ id, state, created_at }) => ({ id, state, created_at }));
    const expected = { id: pod.id, state: 'SANDBOX_READY', created_at: status.created_at };
    check.equal(
      listed,
      [expected],
      'ListPodSandbox with filter.id lists that sandbox, with the same facts, and no other',
    );

    const ready = await t.cri.runtime.ListPodSandbox({ filter: { state: { state: 'SANDBOX_READY' } } });
    const ids = ready.items.map(({ id }) => id);
    check.includes(ids, pod.id, 'ListPodSandbox with READY lists it, too, right after RunPodSandbox');

    const state = async (): Promise<string> => (await pod.status()).state;
    await holds(t, 'a sandbox without containers stays READY', state, 'SANDBOX_READY', 5_000);
    check.equal((await pod.status()).created_at, status.created_at, 'created_at does not change');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/stop-becomes-not-ready',
    title: 'StopPodSandbox ends the containers of the sandbox and makes it NOTREADY before it returns',
    level: 'must',
    since: '1.20',
    why: 'The kubelet takes a stopped pod for dead, reports the exit codes and gives the volumes to the next pod.',
    sources: ['api.proto: RuntimeService.StopPodSandbox', 'kubelet: kuberuntime_manager.go killPodWithSyncResult'],
    parity: ['sandbox-lifecycle/stop-becomes-not-ready'],
    expectations: [21, 41],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const before = await pod.status();
    const stubborn = await pod.start({}, 'ignores-term');
    const plain = await pod.start();
    const asked = Date.now();
    await pod.stop();

    const status = await pod.status();
    check.equal(status.state, 'SANDBOX_NOTREADY', 'PodSandboxStatus says NOTREADY right after StopPodSandbox');
    check.equal(status.created_at, before.created_at, 'created_at does not change');
    check.equal(status.metadata, before.metadata, 'a stopped sandbox keeps its metadata');
    check.equal(status.labels, before.labels, 'a stopped sandbox keeps its labels');
    const listed = await pod.listed();
    check.equal(listed.length, 1, 'ListPodSandbox without filter still lists the sandbox');
    check.equal(listed[0]?.state, 'SANDBOX_NOTREADY', 'ListPodSandbox says NOTREADY as well');
    for (const container of [stubborn, plain]) {
      const ended = await container.status();
      check.equal(ended.state, 'CONTAINER_EXITED', 'a container is EXITED when StopPodSandbox of its pod returns');
      const states = (await container.listed()).map(({ state }) => state);
      check.equal(states, ['CONTAINER_EXITED'], 'ListContainers without a filter still lists it, as EXITED');
      checkRecent(t, ended.finished_at, asked, 'finished_at lies between StopPodSandbox and its answer');
      checkLater(ended.finished_at, ended.started_at, 'a container finishes after its start');
    }
    check.equal((await stubborn.status()).exit_code, 137, 'a container that ignores SIGTERM was killed with SIGKILL');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/remove-after-stop',
    title: 'after StopPodSandbox and RemovePodSandbox nothing knows the sandbox and its containers any more',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection removes dead sandboxes one by one; what stays listed is tried again for ever.',
    sources: [
      'api.proto: RuntimeService.RemovePodSandbox, PodSandboxStatus',
      'kubelet: kuberuntime_gc.go removeSandbox, evictSandboxes',
    ],
    parity: ['sandbox-lifecycle/remove-after-stop'],
    expectations: [18, 42, 43, 44],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const collected = await pod.runToExit(['/bin/true']);
    const left = await pod.create();
    await pod.stop();
    // The kubelet collects dead containers first, and the sandbox once none is listed.
    await collected.remove();
    const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
    const ids = containers.map(({ id }) => id);
    check.equal(ids, [left.id], 'RemoveContainer takes that container, and no other, out of a stopped sandbox');
    check.equal((await pod.status()).state, 'SANDBOX_NOTREADY', 'the sandbox stays when its container is removed');
    await pod.remove();
    await checkSandboxGone(t, pod, [collected, left]);
  },
);

spec(
  {
    id: 'sandbox-lifecycle/remove-running',
    title:
      'RemovePodSandbox ends and removes what still runs in the sandbox, and nothing of the volumes mounted into it',
    level: 'must',
    since: '1.20',
    why: 'A sandbox that cannot be stopped is removed all the same; its containers must not outlive it.',
    sources: ['api.proto: RuntimeService.RemovePodSandbox', 'kubelet: kuberuntime_gc.go removeSandbox'],
    expectations: [42, 44],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const volume = t.env.settings.hostAccess ? await t.directory() : undefined;
    if (volume !== undefined) await writeFile(`${volume}/data`, '');
    const mounts = volume === undefined ? [] : [{ host_path: volume, container_path: '/mnt/volume' }];
    const { command, marker } = markedSleep();
    const running = await pod.start({ command, mounts });
    const created = await pod.create();
    // From the process namespace of the node the process can be seen, unless the pods have machines of their own.
    const other = await t.pods.runOnHostNetwork({
      linux: { security_context: { namespace_options: { pid: 'NODE' } } },
    });
    const watcher = await other.start();
    t.note(`processes that are seen of the container: ${(await processesWith(watcher, marker)).length}`);
    await pod.remove();
    check.equal(await processesWith(watcher, marker), [], 'no process of the sandbox outlives RemovePodSandbox');
    await checkSandboxGone(t, pod, [running, created]);
    if (volume !== undefined)
      check.equal(await readdir(volume), ['data'], 'files in the directory that was mounted, which stays');
    check.equal((await other.status()).state, 'SANDBOX_READY', 'another sandbox is not touched');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/stopped-starts-nothing',
    title: 'a container that was created before StopPodSandbox cannot be started after it',
    level: 'should',
    since: '1.20',
    why: 'A container that starts in a pod the kubelet has ended runs without network, and nobody stops it.',
    sources: ['api.proto: RuntimeService.StopPodSandbox, StartContainer'],
    expectations: [31],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const created = await pod.create();
    await pod.stop();
    // The CRI names no code.
    await check.refuses(created.start(), ANY_REFUSAL, 'StartContainer in a stopped sandbox is refused');
    check.notEqual((await created.status()).state, 'CONTAINER_RUNNING', 'the container does not run');
    check.equal((await pod.status()).state, 'SANDBOX_NOTREADY', 'the sandbox stays NOTREADY');
  },
);
