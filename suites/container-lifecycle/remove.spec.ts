import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import { markedSleep, processesWith } from '../shared/processes.js';

/** What must hold after RemoveContainer: no list, status or stats knows the container any more. */
async function expectGone(t: SpecContext, container: Container): Promise<void> {
  const { id } = container;
  const { containers } = await t.cri.runtime.ListContainers({ filter: { id } });
  check.equal(containers, [], 'ListContainers with filter.id has nothing after RemoveContainer');
  check.equal(await container.listed(), [], 'ListContainers without filter does not have it either');
  await check.refuses(container.status(), ['NOT_FOUND'], 'ContainerStatus after RemoveContainer');
  await check.refuses(
    t.cri.runtime.ContainerStats({ container_id: id }),
    ['NOT_FOUND'],
    'ContainerStats after RemoveContainer',
  );
  const { stats } = await t.cri.runtime.ListContainerStats({ filter: { id } });
  check.equal(stats, [], 'ListContainerStats has nothing after RemoveContainer');
}

spec(
  {
    id: 'container-lifecycle/remove-created',
    title: 'a container that was never started can be removed',
    level: 'must',
    since: '1.20',
    why: 'A pod may be deleted between CreateContainer and StartContainer; what cannot be removed piles up.',
    sources: ['api.proto: RuntimeService.RemoveContainer', 'kubelet: kuberuntime_gc.go evictContainers'],
    parity: ['container-lifecycle/remove-created'],
    expectations: [43],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [container, neighbour] = [await pod.create(), await pod.create()];
    await container.remove();
    await expectGone(t, container);
    check.equal((await neighbour.status()).state, 'CONTAINER_CREATED', 'another container of the pod stays');
  },
);

spec(
  {
    id: 'container-lifecycle/remove-running',
    title: 'RemoveContainer ends a running container and removes it',
    level: 'must',
    since: '1.20',
    why: 'A container forgotten while its process lives on holds ports, volumes and memory that nobody accounts for.',
    sources: ['api.proto: RuntimeService.RemoveContainer ("if the container is running, it must be forcibly removed")'],
    parity: ['container-lifecycle/remove-running'],
    expectations: [43],
  },
  async (t) => {
    // One process namespace for the pod lets a second container see whether the process of the first is gone.
    const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { namespace_options: { pid: 'POD' } } } });
    const { command, marker } = markedSleep();
    const [container, watcher] = [await pod.start({ command }), await pod.start()];
    check.equal(
      (await processesWith(watcher, marker)).length,
      1,
      'containers of a pod with pid mode POD see each other',
    );
    await container.remove();
    check.equal(await processesWith(watcher, marker), [], 'the process is gone when RemoveContainer returns');
    await expectGone(t, container);
    check.equal((await watcher.status()).state, 'CONTAINER_RUNNING', 'another container of the pod runs on');
  },
);

spec(
  {
    id: 'container-lifecycle/remove-stopped',
    title: 'a stopped container can be removed',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection of dead containers is what keeps the disk of a node from filling up.',
    sources: ['api.proto: RuntimeService.RemoveContainer', 'kubelet: kuberuntime_gc.go evictContainers'],
    parity: ['container-lifecycle/remove-stopped'],
    expectations: [43],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [container, dead] = [await pod.start(), await pod.runToExit(['/bin/true'])];
    await container.stop(0);
    check.equal(
      (await container.status()).state,
      'CONTAINER_EXITED',
      'the container is EXITED when StopContainer returns',
    );
    await container.remove();
    await expectGone(t, container);
    check.equal((await dead.listed()).length, 1, 'another EXITED container of the pod stays listed');
  },
);

spec(
  {
    id: 'container-lifecycle/restart-as-next-attempt',
    title: 'the next attempt of an exited container runs beside it in the same sandbox',
    level: 'must',
    since: '1.20',
    why: 'Every restart of a container is a new attempt in the same sandbox, and the exited one stays for its logs and exit code.',
    sources: ['api.proto: ContainerMetadata.attempt', 'kubelet: kuberuntime_container.go startContainer'],
    expectations: [17, 22, 32],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const command = ['/bin/sh', '-c', 'test -e /tmp/been-here && exit 9; echo > /tmp/been-here; exit 5'];
    const first = await pod.runToExit(command, { metadata: { name: 'app', attempt: 0 } });
    const firstStatus = await first.status();
    const second = await pod.runToExit(command, { metadata: { name: 'app', attempt: 1 } });
    check.equal(
      (await second.status()).exit_code,
      5,
      'the next attempt starts from the image, not from what the last one left',
    );
    const third = await pod.start({ metadata: { name: 'app', attempt: 2 } });
    check.equal((await third.status()).state, 'CONTAINER_RUNNING', 'an attempt runs beside the exited ones');
    check.equal(await first.status(), firstStatus, 'the status of the exited attempt does not change');
    const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
    const listed = containers.map(({ id, metadata }) => `${id} ${metadata?.name ?? ''} ${metadata?.attempt ?? -1}`);
    check.sameMembers(
      listed,
      [`${first.id} app 0`, `${second.id} app 1`, `${third.id} app 2`],
      'ListContainers has every attempt',
    );
    for (const { id, config } of [first, second, third]) {
      const annotations = containers.find((item) => item.id === id)?.annotations;
      check.equal(annotations, { ...config.annotations }, 'ListContainers gives every attempt annotations of its own');
    }
  },
);

spec(
  {
    id: 'container-lifecycle/works-without-its-image',
    title: 'status, exec and stop of a container work after its image was removed',
    level: 'must',
    since: '1.20',
    why: 'Image garbage collection goes by names and digests; a container that cannot be looked at or stopped afterwards blocks its pod for ever.',
    sources: ['kubelet: images/image_gc_manager.go', 'thread: containerd#2858, containerd/cri#990'],
    expectations: [29],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general');
    const pod = await t.pods.shared();
    const ref = await t.images.pull(image.byTag());
    const container = await pod.start({}, { ref, name: image.byTag() });
    // A runtime may refuse to remove an image in use; the rule is about what happens to the container either way.
    const outcome = await t.images.remove(image.byTag()).then(
      () => 'removed',
      (error: unknown) => String(error),
    );
    t.note(`RemoveImage of an image in use: ${outcome}`);
    const after = await container.status();
    check.equal(
      [after.state, after.id],
      ['CONTAINER_RUNNING', container.id],
      'ContainerStatus works and the container is RUNNING',
    );
    check.present(after.image?.image, 'ContainerStatus still has image.image');
    check.present(after.image_ref, 'ContainerStatus still has an image_ref');
    check.equal((await container.listed()).length, 1, 'ListContainers still has the container');
    check.equal(
      (await container.exec(['/bin/cat', '/data/hello'])).stdout,
      'hello from the image\n',
      'its files are still there',
    );
    await container.stop(0);
    check.equal((await container.status()).state, 'CONTAINER_EXITED', 'StopContainer works');
    await container.remove();
    check.equal(await container.listed(), [], 'RemoveContainer works');
  },
);
