import { nonce } from '../../fixtures/configs/identity.js';
import type { Image } from '../../src/client/generated/types.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { checkAbsent, checkListed, entriesOf, statusOf } from './subjects.js';

const SOURCES = ['api.proto: ImageService.ListImages', 'kubelet: kuberuntime_image.go ListImages', 'crictl: images'];

spec(
  {
    id: 'images/list-distinct-images',
    title: 'ListImages has each image once, with its own tag and digest',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection and the node status are made from this list.',
    sources: SOURCES,
    parity: ['images/list-distinct-images'],
    requires: ['registry'],
  },
  async (t) => {
    const images = await Promise.all(['v1', 'v2', 'v3'].map((tag) => t.images.publish('general', [tag])));
    const refs = await Promise.all(images.map((image) => t.images.pull(image.byTag())));
    const ids: string[] = [];
    for (const [index, image] of images.entries()) {
      const status = await statusOf(t, image.byTag());
      const byRef = await statusOf(t, check.present(refs[index], 'PullImage returns an image_ref'));
      check.equal(byRef.id, status.id, 'image_ref of a pull among others at once leads to the image it pulled');
      check.equal(status.repo_tags, [image.byTag()], 'the image has its own tag alone');
      check.equal(status.repo_digests, [image.byDigest], 'the image has its own digest alone');
      check.excludes(ids, status.id, 'different images have different ids');
      await checkListed(t, image, status);
      ids.push(status.id);
    }
    for (const [what, filter] of [
      ['an empty filter', {}],
      // As `crictl images` asks for everything.
      ['a filter with an empty name', { image: { image: '' } }],
    ] as const) {
      const { images: all } = await t.cri.image.ListImages({ filter });
      const listed = all.map(({ id }) => id).filter((id) => ids.includes(id));
      check.sameMembers(listed, ids, `ListImages with ${what} has each image once`);
    }
    const found = await Promise.all(images.map((image) => t.images.status(image.byTag())));
    check.equal(
      found.map((image) => image?.id),
      ids,
      'ImageStatus at once, each of another image',
    );
    await Promise.all(ids.map((id) => t.images.remove(id)));
    for (const [index, image] of images.entries())
      await checkAbsent(t, image, 'after RemoveImage at once, each of another image', { id: ids[index] ?? '' });
  },
);

spec(
  {
    id: 'images/list-tags-of-one-image',
    title: 'tags of one image are one entry of ListImages',
    level: 'must',
    since: '1.20',
    why: 'Counted once a tag, an image would seem to free its space several times over.',
    sources: SOURCES,
    parity: ['images/list-tags-of-one-image'],
    requires: ['registry'],
  },
  async (t) => {
    const tags = ['v1', 'v2', 'v3'];
    const image = await t.images.publish('general', tags);
    const refs: string[] = [];
    for (const [count, tag] of tags.entries()) {
      refs.push(await t.images.pull(image.byTag(tag)));
      const status = await statusOf(t, image.byTag(tag));
      const pulled = tags.slice(0, count + 1).map((name) => image.byTag(name));
      check.sameMembers(status.repo_tags, pulled, 'repo_tags has the tags that were pulled and no other');
      await checkListed(t, image, status);
    }
    check.present(refs[0], 'PullImage returns an image_ref');
    check.equal(
      refs,
      refs.map(() => refs[0]),
      'PullImage returns one image_ref for all tags of an image',
    );
  },
);

spec(
  {
    id: 'images/names-of-several-repositories',
    title: 'an image that was pulled from several repositories is one, with the tag and digest of each',
    level: 'must',
    since: '1.20',
    why: 'Pods name an image by its copy in any repository; a name that gets lost is pulled again, or not found with pull policy Never.',
    sources: ['api.proto: Image.repo_tags, Image.repo_digests', 'kubelet: images/image_manager.go imagePullPrecheck'],
    expectations: [57],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    // A path of several parts, with the separators that there are.
    const copy = await t.images.publishBuilt(image.built, `team.a/sub__unit/general-${nonce()}`, ['v2']);
    const tags = [image.byTag(), copy.byTag()];
    for (const reference of [...tags, copy.byDigest]) await t.images.pull(reference);
    const status = await statusOf(t, image.byTag());
    check.sameMembers(status.repo_tags, tags, 'repo_tags has the tag of either repository');
    const digests = [image.byDigest, copy.byDigest];
    check.sameMembers(status.repo_digests, digests, 'repo_digests has the digest in either repository');
    for (const reference of [copy.byTag(), ...digests])
      check.equal(await statusOf(t, reference), status, `ImageStatus of ${reference} is that of the same image`);
    await checkListed(t, image, status);
  },
);

/** Two images, the first with two tags. */
async function two(t: SpecContext): Promise<{ subject: Image; references: string[]; absent: string }> {
  const [image, other] = [await t.images.publish('general', ['v1', 'latest']), await t.images.publish('general')];
  await Promise.all([image.byTag('v1'), image.untagged, other.byTag()].map((name) => t.images.pull(name)));
  const subject = await statusOf(t, image.byTag('v1'));
  const references = [image.byTag('v1'), image.byTag('latest'), image.untagged, image.byDigest, subject.id];
  return { subject, references, absent: image.byTag('v2') };
}

spec(
  {
    id: 'images/list-filter',
    title: 'ListImages with filter.image lists that image and no other',
    level: 'should',
    since: '1.20',
    why: 'The kubelet lists without filter, but `crictl images NAME` and other clients go by it.',
    sources: [
      'api.proto: ListImagesRequest.filter, ImageFilter.image',
      'crictl: images [REPOSITORY[:TAG]]',
      'containerd/cri#433',
    ],
    expectations: [60],
    requires: ['registry'],
  },
  async (t) => {
    const { subject, references, absent } = await two(t);
    for (const reference of references) {
      const { images } = await t.cri.image.ListImages({ filter: { image: { image: reference } } });
      check.equal(images, [subject], `ListImages with the filter ${reference} lists that image alone`);
    }
    const { images } = await t.cri.image.ListImages({ filter: { image: { image: absent } } });
    check.equal(images, [], 'ListImages with a filter that nothing matches is empty');
  },
);

spec(
  {
    id: 'images/stream-images',
    title: 'StreamImages has each image once, as ListImages has it',
    level: 'feature:CRIListStreaming',
    since: '1.36',
    why: 'Where the call is there, the kubelet makes its image list from it.',
    sources: ['api.proto: ImageService.StreamImages', 'KEP-5825', 'cri-client: remote_image.go StreamImages'],
    expectations: [63],
    requires: ['registry'],
    optionalRpcs: ['StreamImages'],
  },
  async (t) => {
    const images = await Promise.all(['v1', 'v2'].map((tag) => t.images.publish('general', [tag])));
    await Promise.all(images.map((image) => t.images.pull(image.byTag())));
    const streamed: Image[] = [];
    for await (const chunk of t.cri.image.StreamImages({})) streamed.push(...chunk.images);
    for (const image of images) {
      const listed = await entriesOf(t, image);
      check.equal(listed.length, 1, 'ListImages has the image once');
      const found = streamed.filter(({ id }) => id === listed[0]?.id);
      check.equal(found, listed, 'StreamImages has the image once, as ListImages has it');
    }
  },
);

spec(
  {
    id: 'images/sandbox-image-pinned',
    title: 'the image of sandboxes is listed as pinned',
    level: 'should',
    since: '1.29',
    why: 'No container uses that image, so garbage collection takes it away from under the next pod unless it is pinned.',
    sources: [
      'api.proto: Image.pinned',
      'kubelet: images/image_gc_manager.go imagesInEvictionOrder',
      'KEP-2040: pinned images',
      'containerd#6352',
    ],
    expectations: [60],
  },
  async (t) => {
    await t.pods.shared();
    const images = await t.images.list();
    check.that(
      images.some(({ pinned }) => pinned),
      'with a sandbox running, one image at least is pinned',
      {
        expected: 'an image with pinned=true',
        observed: images.map(({ repo_tags: tags, pinned }) => ({ tags, pinned })),
      },
    );
  },
);
