import type { Image } from '../../src/client/generated/types.js';
import { check, spec } from '../../src/kit/index.js';
import { checkAbsent, checkListed, entriesOf, inOrder, statusOf } from './subjects.js';

spec(
  {
    id: 'images/pull-by-tag',
    title: 'an image pulled by tag has that tag and the digest of its manifest, and is gone after its removal',
    level: 'must',
    since: '1.20',
    why: 'The kubelet asks by the name in the pod whether an image is there, and garbage collection removes it by id.',
    sources: [
      'api.proto: ImageService.PullImage, Image',
      'kubelet: images/image_manager.go EnsureImageExists',
      'cri-client: remote_image.go (image_ref, id and size are set)',
    ],
    parity: ['images/pull-by-tag'],
    expectations: [57, 58],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const { config: sandboxConfig } = await t.pods.config();
    await checkAbsent(t, image, 'before the pull');
    // The kubelet passes the annotations of the pod along.
    const annotations = { 'crivet.dev/hint': 'none' };
    const pull = t.images.pull(image.byTag(), { sandboxConfig, annotations });
    const ref = await check.accepts(pull, 'PullImage as the kubelet asks for it, with annotations, succeeds');
    check.present(ref, 'PullImage returns an image_ref');
    const status = await statusOf(t, image.byTag());
    check.present(status.id, 'ImageStatus has the id');
    check.equal(status.repo_tags, [image.byTag()], 'repo_tags has the reference pulled and no other');
    check.equal(status.repo_digests, [image.byDigest], 'repo_digests has the manifest digest and no other');
    check.equal(status.pinned, false, 'an image that was just pulled is not pinned');
    await t.images.remove(ref);
    await checkAbsent(t, image, 'after RemoveImage', { id: status.id });
  },
);

spec(
  {
    id: 'images/untagged-means-latest',
    title: 'a name without tag and digest means the tag latest',
    level: 'must',
    since: '1.20',
    why: 'Pods name images without tag; pulled, looked up and removed under different names they would never be found.',
    sources: ['api.proto: ImageSpec.image', 'kubelet: images/image_manager.go applyDefaultImageTag'],
    parity: ['images/untagged-means-latest'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['latest']);
    // Another image under another tag: what is found must be the one tagged latest.
    await t.images.registry.push(await t.images.build('general'), image.repository, ['other']);
    const ref = await t.images.pull(image.untagged);
    check.present(ref, 'PullImage returns an image_ref');
    const status = await statusOf(t, image.untagged);
    check.equal(status.repo_tags, [image.byTag('latest')], 'repo_tags has the name with :latest');
    check.equal(status.repo_digests, [image.byDigest], 'the image pulled is the one tagged latest');
    check.equal(await statusOf(t, image.byTag('latest')), status, 'ImageStatus by name:latest finds the same image');
    await t.images.remove(image.untagged);
    await checkAbsent(t, image, 'after RemoveImage by the untagged name', {
      references: [image.untagged, image.byTag('latest'), image.byDigest],
      id: status.id,
    });
  },
);

spec(
  {
    id: 'images/pull-by-digest',
    title: 'an image pulled by digest has that digest and no tag, until it is pulled by one',
    level: 'must',
    since: '1.20',
    why: 'A pod that names a digest must get that content, and no tag may appear that nobody pulled.',
    sources: ['api.proto: Image.repo_digests', 'kubelet: images/image_manager.go EnsureImageExists'],
    parity: ['images/pull-by-digest'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', []);
    const ref = await t.images.pull(image.byDigest);
    check.present(ref, 'PullImage returns an image_ref');
    const status = await statusOf(t, image.byDigest);
    check.present(status.id, 'ImageStatus has the id');
    check.equal(status.repo_tags, [], 'repo_tags is empty');
    check.equal(status.repo_digests, [image.byDigest], 'repo_digests has the reference pulled and no other');
    await checkListed(t, image, status);
    await t.images.registry.push(image.built, image.repository, ['v1']);
    await t.images.pull(image.byTag('v1'));
    const tagged = await statusOf(t, image.byDigest);
    const expected = { ...status, repo_tags: [image.byTag('v1')] };
    check.equal(tagged, expected, 'pulled by a tag as well, the image is as before with that tag');
    check.equal(await statusOf(t, image.byTag('v1')), tagged, 'ImageStatus by that tag finds the same image');
    await t.images.remove(status.id);
    const references = [image.byDigest, image.byTag('v1')];
    await checkAbsent(t, image, 'after RemoveImage', { references, id: status.id });
  },
);

spec(
  {
    id: 'images/pull-by-tag-and-digest',
    title: 'of a reference with tag and digest, the digest decides',
    level: 'must',
    since: '1.20',
    why: 'Pods pin images as name:tag@digest; content of the tag in place of the digest would be another program.',
    sources: ['Kubernetes documentation: Images, image names', 'kubelet: images/image_manager.go applyDefaultImageTag'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', []);
    await t.images.registry.push(await t.images.build('general'), image.repository, ['v1']);
    const reference = `${image.byTag('v1')}@${image.built.digest}`;
    await t.images.pull(reference);
    const status = await statusOf(t, reference);
    check.equal(status.repo_digests, [image.byDigest], 'the image pulled has the digest asked for');
    check.excludes(status.repo_tags, image.byTag('v1'), 'the tag, which names another image, is not on this one');
    check.equal(await statusOf(t, image.byDigest), status, 'ImageStatus by name@digest finds the same image');
  },
);

spec(
  {
    id: 'images/visible-right-after-pull',
    title: 'an image is listed and found as soon as PullImage has returned',
    level: 'must',
    since: '1.20',
    why: 'The kubelet creates the container right after the pull and does not look again.',
    sources: ['api.proto: ImageService.PullImage', 'kubelet: images/image_manager.go EnsureImageExists'],
    parity: ['images/visible-right-after-pull'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const reference = image.byTag();
    for (const round of ['first', 'second', 'third']) {
      const ref = await t.images.pull(reference);
      const [status, byRef] = await Promise.all([t.images.status(reference), t.images.status(ref)]);
      check.present(status, `ImageStatus by tag finds the image right after the ${round} pull`);
      check.equal(byRef, status, `ImageStatus by image_ref finds the same image right after the ${round} pull`);
      await checkListed(t, image, await statusOf(t, reference));
      await t.images.remove(ref);
    }
  },
);

spec(
  {
    id: 'images/pull-returns-image-id',
    title: 'PullImage returns the id that ImageStatus and ListImages give the image',
    level: 'must',
    since: '1.36',
    why: 'The kubelet joins pulls, containers and the image list by this value; garbage collection relies on it.',
    sources: ['api.proto: PullImageResponse.image_ref', 'kubelet: images/image_gc_manager.go detectImages'],
    expectations: [25],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const byTag = await t.images.pull(image.byTag());
    check.equal((await statusOf(t, image.byTag())).id, byTag, 'Image.id is the image_ref of the pull by tag');
    check.equal(await t.images.pull(image.byDigest), byTag, 'a pull of the same image by digest returns the same');
  },
);

spec(
  {
    id: 'images/pull-again',
    title: 'pulling an image that is there changes nothing',
    level: 'must',
    since: '1.20',
    why: 'With pull policy Always every container start pulls; names must not pile up or get lost.',
    sources: ['api.proto: ImageService.PullImage', 'kubelet: images/image_manager.go EnsureImageExists'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const ref = await t.images.pull(image.byTag());
    const status = await statusOf(t, image.byTag());
    check.equal(await t.images.pull(image.byTag()), ref, 'the second pull returns the same image_ref');
    check.equal(await statusOf(t, image.byTag()), status, 'ImageStatus is the same after the second pull');
    await t.images.pull(image.byDigest);
    check.equal(await statusOf(t, image.byTag()), status, 'ImageStatus is the same after a pull by digest as well');
    await checkListed(t, image, status);
  },
);

spec(
  {
    id: 'images/pull-moved-tag',
    title: 'a tag that moved in the registry moves with the next pull',
    level: 'must',
    since: '1.20',
    why: 'With pull policy Always the user gets what the tag means now; the old image must not keep the name.',
    sources: ['api.proto: Image.repo_tags', 'containerd#8483: names lost after an image was updated'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const tag = image.byTag();
    await t.images.pull(tag);
    const old = await statusOf(t, tag);
    const moved = await t.images.build('general');
    await t.images.registry.push(moved, image.repository, ['v1']);
    check.equal(await statusOf(t, tag), old, 'ImageStatus says what is stored, not what the registry has by now');
    const ref = await t.images.pull(tag);
    const status = await statusOf(t, tag);
    check.notEqual(status.id, old.id, 'after the second pull the tag is on another image');
    check.equal((await statusOf(t, ref)).id, status.id, 'image_ref of the second pull is the new image');
    check.equal(status.repo_tags, [tag], 'the new image has the tag');
    check.equal(status.repo_digests, [`${image.untagged}@${moved.digest}`], 'the new image has the new digest alone');
    // Whether the runtime keeps the old image is its own affair; if so, it has its digest and no tag.
    const kept = await t.images.status(old.id);
    check.oneOf(kept, [null, { ...old, repo_tags: [] }], 'the old image is gone, or it is as before without the tag');
    const byOldDigest = await t.images.status(image.byDigest);
    check.oneOf(byOldDigest, [null, kept], 'the old digest finds the old image, or none, and never the new one');
    const byId = (a: Image, b: Image): number => (a.id < b.id ? -1 : 1);
    const present = kept === null ? [status] : [status, inOrder(kept)];
    check.equal(
      (await entriesOf(t, image)).map(inOrder).sort(byId),
      present.sort(byId),
      'ListImages has the new image, and the old one if it was kept, as ImageStatus has them',
    );
    // A release that is taken back.
    await t.images.registry.push(image.built, image.repository, ['v1']);
    const backRef = await t.images.pull(tag);
    const back = await statusOf(t, tag);
    check.equal(back.id, old.id, 'a tag that moves back to the image that it was on is on it with the next pull');
    check.equal(back.repo_tags, [tag], 'that image has the tag again');
    check.equal((await statusOf(t, backRef)).id, old.id, 'image_ref of the third pull is the old image');
  },
);
