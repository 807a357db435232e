import { codeOf } from '../../src/client/errors.js';
import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import { fileAppears } from '../container-lifecycle/trapping.js';
import { checkAbsent, statusOf } from './subjects.js';

/** image_id of status and list entry are the image's id. */
async function checkImageId(container: Container, id: string): Promise<void> {
  const status = await container.status();
  check.equal(status.image_id, id, 'ContainerStatus.image_id is Image.id');
  const [listed] = await container.listed();
  check.equal(listed?.image_id, id, 'the image_id of the ListContainers entry is Image.id');
}

spec(
  {
    id: 'images/id-same-in-every-rpc',
    title: 'an image has one id in pulls, the image list, and statuses and lists of containers',
    level: 'must',
    since: '1.36',
    why: 'Garbage collection would remove an image in use, or keep an unused one, if the ids of image and container differed.',
    sources: [
      'api.proto: PullImageResponse.image_ref, ContainerStatus.image_id, Container.image_id',
      'kubelet: images/image_gc_manager.go detectImages',
      'containerd#12787: image_id empty',
    ],
    parity: ['images/id-same-in-every-rpc'],
    expectations: [25],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const ref = await t.images.pull(image.byTag());
    const { id } = await statusOf(t, image.byTag());
    check.equal(ref, id, 'image_ref of the pull is Image.id');
    const pod = await t.pods.shared();
    const container = await pod.create({}, { ref, name: image.byTag() });
    await checkImageId(container, id);
    await container.start();
    await checkImageId(container, id);
  },
);

spec(
  {
    id: 'images/id-same-across-registries',
    title: 'one image from two registries has one id, also in containers',
    level: 'must',
    since: '1.36',
    why: 'The id stands for the content: an image in use under one name must not be collected under the other.',
    sources: ['api.proto: PullImageResponse.image_ref, ContainerStatus.image_id'],
    parity: ['images/id-same-across-registries'],
    expectations: [25],
    requires: ['registry', 'two-registries'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const refs = [await t.images.pull(image.byTag()), await t.images.pull(image.bySecondName())] as const;
    check.equal(refs[1], refs[0], 'both pulls return the same image_ref');
    for (const name of [image.byTag(), image.bySecondName()]) {
      check.equal((await statusOf(t, name)).id, refs[0], `Image.id by ${name} is the image_ref of the pulls`);
    }
    const pod = await t.pods.shared();
    const container = await pod.create({}, { ref: refs[1], name: image.bySecondName() });
    await checkImageId(container, refs[0]);
  },
);

/** The names of the image that status and list entry of a container give lead to that image. */
async function checkImageNames(t: SpecContext, container: Container, id: string): Promise<void> {
  const given = container.config.image?.image ?? '';
  const status = await container.status();
  const [listed] = await container.listed();
  const names: [string, string | undefined][] = [
    ['ContainerStatus.image.image', status.image?.image],
    ['ContainerStatus.image_ref', status.image_ref],
    ['image.image of the ListContainers entry', listed?.image?.image],
    ['image_ref of the ListContainers entry', listed?.image_ref],
  ];
  for (const [field, name] of names) {
    const found = await t.images.status(check.present(name, `${field} is set`));
    check.equal(found?.id, id, `${field} (${name ?? ''}) of a container created from ${given} leads to its image`);
  }
  // A runtime need not echo what the user wrote, but may not make something up.
  const written = container.config.image?.user_specified_image ?? '';
  const echoed = status.image?.user_specified_image ?? '';
  check.oneOf(echoed, ['', written], 'user_specified_image is empty or what the container was created with');
}

spec(
  {
    id: 'images/container-by-any-reference',
    title: 'a container can be created from any reference of its image, and its status leads back to that image',
    level: 'must',
    since: '1.20',
    why: 'The kubelet creates by image_ref, other clients by name; image and image_ref go into the status of the pod.',
    sources: [
      'api.proto: ContainerConfig.image, ContainerStatus.image, ContainerStatus.image_ref',
      'cri-client: utils.go verifyContainerStatus',
      'cri-o#5479, cri-o#7143: image_ref does not resolve',
    ],
    expectations: [25, 58, 19],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['latest', 'v1']);
    const ref = await t.images.pull(image.untagged);
    await t.images.pull(image.byTag('v1'));
    const { id } = await statusOf(t, image.untagged);
    const pod = await t.pods.shared();
    for (const given of new Set([ref, id, image.byTag('v1'), image.untagged, image.byDigest])) {
      const container = await pod.create({}, { ref: given, name: image.byTag('v1') });
      await checkImageNames(t, container, id);
      await container.remove();
    }
    check.equal((await statusOf(t, id)).pinned, false, 'an image is not pinned for having had containers');
    // The registry has one of the two: with pull policy Never, and without the secret, that is not to matter.
    await t.images.registry.push(await t.images.build('general'), image.repository, ['v3']);
    for (const absent of [image.byTag('v2'), image.byTag('v3')])
      await check.refuses(
        pod.create({}, { ref: absent, name: absent }),
        ['NOT_FOUND', 'INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'UNKNOWN', 'INTERNAL'],
        'CreateContainer from an image that is not there fails',
      );
  },
);

spec(
  {
    id: 'images/remove-under-container',
    title: 'RemoveImage of an image in use leaves its containers as they are, and they can be stopped and removed',
    level: 'must',
    since: '1.20',
    why: 'A pod whose containers cannot be inspected, stopped or removed any more never goes away.',
    sources: [
      'containerd#2858: ContainerStatus fails once the image is removed',
      'cri-o#3302: image in use although the container is gone',
      'OCI image spec: config.StopSignal',
      'kubelet: images/image_gc_manager.go',
    ],
    expectations: [29, 61],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('stop-signal', ['v1']);
    const ref = await t.images.pull(image.byTag());
    const { id } = await statusOf(t, image.byTag());
    const pod = await t.pods.shared();
    const tells = "trap 'exit 42' USR1; trap 'exit 43' TERM; echo > /tmp/ready; while :; do sleep 0.05; done";
    const container = await pod.start({ command: ['/bin/sh', '-c', tells] }, { ref, name: image.byTag() });
    await fileAppears(t, container, '/tmp/ready', 'the program has set its traps');
    const exited = await pod.runToExit(['/bin/sh', '-c', 'exit 7'], {}, { ref, name: image.byTag() });
    // To refuse because the image is in use is as good as to remove it from under the containers.
    const removal = t.images.remove(id);
    const refused = await removal.then(
      () => false,
      (error: unknown) => codeOf(error) !== undefined,
    );
    if (refused) {
      const codes = ['FAILED_PRECONDITION', 'UNKNOWN', 'INTERNAL', 'ABORTED'] as const;
      await check.refuses(removal, codes, 'RemoveImage of an image in use succeeds, or is refused as such');
      check.equal(
        (await statusOf(t, id)).repo_tags,
        [image.byTag()],
        'an image whose removal was refused is as before',
      );
    } else {
      await checkAbsent(t, image, 'after RemoveImage', { id });
    }

    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'the container runs on');
    check.equal(await container.output(['/bin/cat', '/data/hello']), 'hello from the image', 'it still has its files');
    const { exit_code: code, state, image_ref: kept } = await exited.status();
    check.equal({ code, state }, { code: 7, state: 'CONTAINER_EXITED' }, 'the exited container is as before');
    check.present(kept, 'ContainerStatus.image_ref is still set');
    for (const { image_ref: listedRef } of [...(await container.listed()), ...(await exited.listed())]) {
      check.present(listedRef, 'image_ref of the ListContainers entry is still set');
    }
    await container.stop(20);
    const stopped = await container.status();
    check.equal(
      { state: stopped.state, code: stopped.exit_code },
      { state: 'CONTAINER_EXITED', code: 42 },
      'StopContainer works, with the stop signal of the image, on which the program exits with 42',
    );
    await Promise.all([container.remove(), exited.remove()]);
    check.equal([...(await container.listed()), ...(await exited.listed())], [], 'RemoveContainer works');
    await t.images.remove(id);
    await checkAbsent(t, image, 'once no container uses it and RemoveImage was called', { id });
  },
);
