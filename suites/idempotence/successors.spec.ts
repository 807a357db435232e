import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';

spec(
  {
    id: 'idempotence/old-container-spares-successor',
    title: 'StopContainer and RemoveContainer of an ended container touch neither its next attempt nor a new namesake',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection removes ended attempts beside the running one, and repeats what it missed the answer of; a restart must survive that.',
    sources: [
      'api.proto: StopContainerRequest.container_id, RemoveContainerRequest.container_id, ContainerMetadata',
      'kubelet: kuberuntime_gc.go evictContainers, removeOldestN; kuberuntime_manager.go pruneInitContainersBeforeStart',
    ],
    expectations: [38, 43],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const name = `spares-successor-${nonce()}`;
    const labels = { 'example.com/of': 'old' };
    const annotations = { 'example.com/of': 'old' };
    const old = await pod.runToExit(['/bin/false'], { metadata: { name, attempt: 0 }, labels, annotations });
    const next = await pod.start({ metadata: { name, attempt: 1 } });
    const running = await next.status();
    check.equal(running.state, 'CONTAINER_RUNNING', 'the next attempt runs');
    for (const call of ['stop', 'stop', 'remove', 'remove'] as const) {
      await (call === 'stop' ? old.stop(0) : old.remove());
      check.equal(await next.status(), running, `to ${call} an ended attempt changes nothing of the next one`);
    }

    const created = await pod.create({
      metadata: { name, attempt: 0 },
      labels: { 'example.com/of': 'new' },
      annotations: { 'example.com/of': 'new', 'example.com/more': 'yes' },
    });
    const namesake = await created.status();
    const own = { labels: { ...created.config.labels }, annotations: { ...created.config.annotations } };
    check.equal(
      { labels: namesake.labels, annotations: namesake.annotations },
      own,
      'a container with name and attempt of a removed one has labels and annotations of its own',
    );
    await old.remove();
    check.equal((await created.listed()).length, 1, 'to remove a container again leaves a new namesake listed');
    check.equal(await created.status(), namesake, 'and changes nothing of its status');
    check.equal(await next.status(), running, 'the next attempt runs on');
  },
);

spec(
  {
    id: 'idempotence/old-sandbox-spares-successor',
    title: 'StopPodSandbox, RemovePodSandbox and PortForward of a stopped sandbox touch no other sandbox of the pod',
    level: 'must',
    since: '1.20',
    why: 'A pod whose sandbox died gets a new one, and garbage collection stops and removes the old one while the new one runs.',
    sources: [
      'api.proto: StopPodSandboxRequest.pod_sandbox_id, RemovePodSandboxRequest.pod_sandbox_id, PodSandboxMetadata',
      'kubelet: kuberuntime_gc.go evictSandboxes, removeSandbox; kuberuntime/util/util.go PodSandboxChanged',
    ],
    expectations: [41, 42],
  },
  async (t) => {
    const { identity, config } = await t.pods.config(HOST_NETWORK);
    const old = await t.pods.runConfig(identity, config);
    await old.stop();
    const next = await t.pods.runConfig(identity, overlay(config, { metadata: { attempt: 1 } }));
    const container = await next.start();
    const readyStill = async (rule: string): Promise<void> => {
      check.equal((await next.status()).state, 'SANDBOX_READY', `${rule} leaves the next sandbox of the pod READY`);
      check.equal((await next.listed())[0]?.state, 'SANDBOX_READY', `${rule} leaves it listed as READY`);
      check.equal((await container.status()).state, 'CONTAINER_RUNNING', `${rule} leaves its container running`);
    };
    await old.stop();
    await readyStill('StopPodSandbox of a stopped sandbox');
    const forward = t.cri.runtime.PortForward({ pod_sandbox_id: old.id, port: [] });
    await check.refuses(forward, ANY_REFUSAL, 'PortForward of a stopped sandbox does not go to the next one');
    await old.remove();
    await readyStill('RemovePodSandbox of a stopped sandbox');
    // Once no other is left the kubelet begins to count at 0 again.
    const namesake = await t.pods.runConfig(identity, config);
    await old.remove();
    await readyStill('RemovePodSandbox of a removed sandbox');
    const state = check.present(
      (await namesake.listed())[0],
      'a sandbox with the metadata of a removed one stays',
    ).state;
    check.equal(state, 'SANDBOX_READY', 'a sandbox with the metadata of one that is removed again');
  },
);
