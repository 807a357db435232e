import { nonce } from '../../fixtures/configs/identity.js';
import { fileLayer } from '../../fixtures/images/rootfs.js';
import { check, spec } from '../../src/kit/index.js';
import { statusOf } from './subjects.js';

spec(
  {
    id: 'images/tags-exact',
    title: 'a tag is taken exactly: in its case, whole, and not for a longer one',
    level: 'must',
    since: '1.20',
    why: 'A pod that names v1 and gets v10, V1 or a tag that was cut runs another program, or none.',
    sources: [
      'api.proto: ImageSpec.image, ImageService.ImageStatus, PullImage',
      'OCI distribution specification: tags ([a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})',
      'kubelet: images/image_manager.go EnsureImageExists',
    ],
    requires: ['registry'],
  },
  async (t) => {
    const long = `Release_1.0-${'x'.repeat(100)}`;
    const image = await t.images.publish('general', ['v1']);
    const digests = new Map([['v1', image.byDigest]]);
    for (const tag of ['v10', 'V1', long]) {
      const built = await t.images.build('general');
      await t.images.registry.push(built, image.repository, [tag]);
      digests.set(tag, `${image.untagged}@${built.digest}`);
    }
    const pull = async (tag: string): Promise<void> => {
      await check.accepts(t.images.pull(image.byTag(tag)), `PullImage of the tag ${tag} succeeds`);
    };
    for (const tag of ['v10', 'V1', long]) await pull(tag);
    for (const tag of ['v1', 'V10', long.toLowerCase(), long.slice(0, 63)]) {
      const { image: found } = await t.cri.image.ImageStatus({ image: { image: image.byTag(tag) } });
      check.equal(found, null, `ImageStatus of the tag ${tag}, which is not there, answers without an image`);
    }
    await pull('v1');
    for (const [tag, digest] of digests) {
      const { repo_tags, repo_digests } = await statusOf(t, image.byTag(tag));
      check.equal(repo_tags, [image.byTag(tag)], `the image of the tag ${tag} has that tag and no other`);
      check.equal(repo_digests, [digest], `the image of the tag ${tag} is the one published under it`);
    }
  },
);

spec(
  {
    id: 'images/container-by-id',
    title: 'a container of an image that is named by its id runs that very image, with or without a tag',
    level: 'must',
    since: '1.20',
    why: 'The kubelet names images by the id that ImageStatus gave: another image of the repository is another release.',
    sources: [
      'api.proto: ContainerConfig.image, Image.id',
      'kubelet: images/image_manager.go EnsureImageExists, kuberuntime_container.go generateContainerConfig',
    ],
    expectations: [25],
    requires: ['registry'],
  },
  async (t) => {
    const [word, bare] = [nonce(), nonce()];
    const packed = (content: string) => ({ extraLayers: [fileLayer('data/word', content)] });
    const image = await t.images.publish('general', ['v1'], packed(word));
    await t.images.registry.push(await t.images.build('general'), image.repository, ['v2']);
    const untagged = await t.images.build('general', packed(bare));
    await t.images.registry.push(untagged, image.repository, []);
    const byDigest = `${image.untagged}@${untagged.digest}`;
    for (const name of [image.byTag('v1'), image.byTag('v2'), byDigest]) await t.images.pull(name);
    const pod = await t.pods.shared();
    const checkRuns = async (name: string, what: string, expected: string): Promise<void> => {
      const { id } = await statusOf(t, name);
      const container = await check.accepts(pod.start({}, { ref: id, name }), `${what} can be run by its id`);
      const content = await container.output(['/bin/cat', '/data/word']);
      check.equal(content, expected, `a container of ${what} that is named by its id has its files`);
    };
    await checkRuns(byDigest, 'an image without a tag', bare);
    await checkRuns(image.byTag('v1'), 'an image beside others of its repository', word);
  },
);

spec(
  {
    id: 'images/container-keeps-image',
    title: 'a container has the image that it was created from, wherever its tag has moved since',
    level: 'must',
    since: '1.20',
    why: 'The status of the pod tells which release runs, and garbage collection which image is in use.',
    sources: [
      'api.proto: ContainerStatus.image_ref, ContainerStatus.image_id, Container.image_ref',
      'kubelet: kuberuntime_container.go toKubeContainerStatus, images/image_gc_manager.go detectImages',
    ],
    expectations: [25],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const name = image.byTag();
    const ref = await t.images.pull(name);
    const { id: old } = await statusOf(t, name);
    const pod = await t.pods.shared();
    const containers = [await pod.create({}, { ref, name }), await pod.create({}, { ref: name, name })];
    await t.images.registry.push(await t.images.build('general'), image.repository, ['v1']);
    await t.images.pull(name);
    const { id: moved } = await statusOf(t, name);
    check.notEqual(moved, old, 'the tag is on another image after the second pull');
    const next = await pod.create({}, { ref: name, name });
    const nextRef = check.present((await next.status()).image_ref, 'image_ref of a container created after that');
    check.equal(
      (await t.images.status(nextRef))?.id,
      moved,
      'a container that is created by the tag after that is of the image that the tag is on now',
    );
    // Whether the old image is still there once its tag is gone is the runtime's own affair.
    if ((await t.images.status(image.byDigest)) !== null)
      containers.push(await pod.create({}, { ref: image.byDigest, name: image.byDigest }));
    for (const container of containers) {
      const status = await container.status();
      const [listed] = await container.listed();
      const fields = [
        ['ContainerStatus.image_ref', status.image_ref],
        ['image_ref of the ListContainers entry', listed?.image_ref],
      ] as const;
      for (const [field, value] of fields) {
        const found = await t.images.status(check.present(value, `${field} is still set`));
        check.oneOf(found?.id, [old, undefined], `${field} leads to the image that the container was created from`);
      }
      const ids = [status.image_id, listed?.image_id];
      for (const id of ids) check.oneOf(id, [old, ''], 'image_id, where there is one, is the id of that image');
    }
  },
);
