import { nonce } from '../../fixtures/configs/identity.js';
import { buildImage, buildIndex, type BuiltImage } from '../../fixtures/images/image.js';
import { buildLayer, payloadLayer, type Compression, type ImageFormat } from '../../fixtures/images/layer.js';
import { digestOf } from '../../fixtures/images/blob.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { checkAbsent, checkListed, entriesOf, inOrder, PULL_FAILURES, statusOf } from './subjects.js';

/** Pulls images with gzip and plain layers of one format, and compares a file of a container of each. */
async function checkFormat(t: SpecContext, format: ImageFormat): Promise<void> {
  const pod = await t.pods.shared();
  for (const compression of ['gzip', 'none'] satisfies Compression[]) {
    const word = nonce();
    const top = buildLayer([{ path: 'data/word', type: 'file', content: word }]);
    const packing = { format, compression, extraLayers: [payloadLayer(word, 100_000), top] };
    const image = await t.images.publish('general', ['v1'], packing);
    const ref = await t.images.pull(image.byTag());
    const status = await statusOf(t, image.byTag());
    check.equal(status.repo_digests, [image.byDigest], `the ${format} image with ${compression} layers has its digest`);
    const container = await pod.start({}, { ref, name: image.byTag() });
    const content = await container.output(['/bin/cat', '/data/word']);
    check.equal(content, word, `a container of the ${format} image with ${compression} layers has its files`);
    const size = await container.output(['/bin/stat', '-c', '%s', '/payload']);
    check.equal(size, '100000', 'and those of every layer below the top, whole');
  }
}

for (const [format, name] of [
  ['oci', 'OCI'],
  ['docker', 'Docker schema 2'],
] satisfies [ImageFormat, string][]) {
  spec(
    {
      id: `images/pull-${format}-format`,
      title: `images in ${name} format with compressed and plain layers can be pulled and run`,
      level: 'must',
      since: '1.20',
      why: 'Registries serve both formats; the pod does not say which.',
      sources: ['OCI image specification: media types', 'Docker image manifest version 2, schema 2'],
      requires: ['registry'],
    },
    (t) => checkFormat(t, format),
  );
}

/** The node's own image and one for an architecture that no node has. */
async function platforms(t: SpecContext): Promise<{ own: PublishedImage; foreign: BuiltImage }> {
  const own = await t.images.publish('general', []);
  const layers = [payloadLayer(nonce(), 1000)];
  const foreign = buildImage({
    layers,
    config: { cmd: ['/payload'] },
    arch: own.built.arch === 's390x' ? 'arm' : 's390x',
  });
  return { own, foreign };
}

spec(
  {
    id: 'images/pull-index',
    title: "of an image index the node's platform is pulled, by tag and by the digest of the index",
    level: 'must',
    since: '1.20',
    why: 'Most images are indexes; the image of another platform does not start.',
    sources: ['OCI image specification: image index', 'Docker manifest list'],
    requires: ['registry'],
  },
  async (t) => {
    const { own, foreign } = await platforms(t);
    for (const format of ['oci', 'docker'] as const) {
      const index = buildIndex([foreign, own.built], format);
      await t.images.registry.push(index, own.repository, [format]);
      const byIndex = `${own.untagged}@${index.digest}`;
      const ref = await t.images.pull(own.byTag(format));
      const status = await statusOf(t, own.byTag(format));
      check.equal(status.repo_tags, [own.byTag(format)], 'repo_tags has the tag of the index');
      // The digest of the index, of the manifest chosen from it, or both: the CRI leaves it open.
      check.that(
        status.repo_digests.length > 0 && status.repo_digests.every((name) => [byIndex, own.byDigest].includes(name)),
        'repo_digests has the digest of the index, or of the manifest chosen from it',
        { expected: `${byIndex} or ${own.byDigest} or both`, observed: status.repo_digests },
      );
      const requests = await t.images.registry.requests(own.repository);
      const asked = requests.filter(({ path }) => path.includes(digestOf(foreign.config.bytes)));
      check.equal(asked, [], 'nothing of the other platform is fetched');
      check.present(await t.images.pull(byIndex), 'PullImage by the digest of the index returns an image_ref');
      check.equal((await statusOf(t, byIndex)).id, status.id, 'the digest of the index leads to the same image');
      await checkListed(t, own, await statusOf(t, own.byTag(format)));
      await t.images.remove(status.id);
      await checkAbsent(t, own, 'after RemoveImage', { references: [own.byTag(format), byIndex], id: ref });
    }
  },
);

spec(
  {
    id: 'images/pull-index-extras',
    title: 'of an index with attestations or entries without platform, the image of the node is pulled',
    level: 'must',
    since: '1.20',
    why: 'Builders add attestations to every image by default; the image must not become one that cannot be pulled.',
    sources: [
      'OCI image specification: image index (platform is optional)',
      'BuildKit: attestation storage (platform unknown/unknown)',
    ],
    requires: ['registry'],
  },
  async (t) => {
    const entries = [
      ['an attestation', { architecture: 'unknown', os: 'unknown' }],
      ['an entry without platform', undefined],
    ] as const;
    for (const [what, platform] of entries) {
      const { own, foreign } = await platforms(t);
      const extra = buildImage({ layers: [payloadLayer(nonce(), 1000)], config: {}, arch: 'unknown' });
      const known = (image: BuiltImage) => (image === extra ? platform : { architecture: image.arch, os: 'linux' });
      const index = buildIndex([extra, foreign, own.built], 'oci', known);
      await t.images.registry.push(index, own.repository, ['v1']);
      await check.accepts(t.images.pull(own.byTag('v1')), `PullImage of an index with ${what} succeeds`);
      await checkListed(t, own, await statusOf(t, own.byTag('v1')));
      const requests = await t.images.registry.requests(own.repository);
      const ids = [own.built.id, foreign.id].filter((id) => requests.some(({ path }) => path.includes(id)));
      check.equal(ids, [own.built.id], `of an index with ${what} the image of the node's platform is fetched`);
    }
  },
);

spec(
  {
    id: 'images/digests-of-one-config',
    title: 'an image that was pulled as two manifests of one config is found by the digest of either',
    level: 'must',
    since: '1.20',
    why: 'A copy with layers packed otherwise has another digest; the pod that names the first one is still to find its image.',
    sources: ['api.proto: Image.repo_digests, ImageSpec.image', 'kubelet: images/image_manager.go imagePullPrecheck'],
    expectations: [57],
    requires: ['registry'],
  },
  async (t) => {
    const { own } = await platforms(t);
    const source = { layers: [payloadLayer(nonce(), 1000)], config: { cmd: ['/payload'] }, arch: own.built.arch };
    const built = (['gzip', 'none'] as const).map((compression) => buildImage({ ...source, compression }));
    const names: { tag: string; digest: string }[] = [];
    for (const [index, image] of built.entries()) {
      const tag = own.byTag(`v${index}`);
      await t.images.registry.push(image, own.repository, [`v${index}`]);
      await t.images.pull(tag);
      names.push({ tag, digest: `${own.untagged}@${image.digest}` });
    }
    for (const { tag, digest } of names) {
      const status = await statusOf(t, tag);
      check.includes(status.repo_tags, tag, 'repo_tags has the tag of each manifest');
      check.includes(status.repo_digests, digest, 'repo_digests has the digest of each manifest');
      check.equal(await statusOf(t, digest), status, 'the digest of either manifest finds the image');
      const entries = (await entriesOf(t, own)).filter(({ id }) => id === status.id);
      check.equal(entries.map(inOrder), [status], 'ListImages has an image once, as ImageStatus has it');
    }
  },
);

spec(
  {
    id: 'images/pull-foreign-platform',
    title: "PullImage of an index without the node's platform fails and leaves no image",
    level: 'must',
    since: '1.20',
    why: 'The user is to learn at the pull that there is no such image for the node, not by an exec format error.',
    sources: ['OCI image specification: image index'],
    requires: ['registry'],
  },
  async (t) => {
    const { own, foreign } = await platforms(t);
    const index = buildIndex([foreign]);
    await t.images.registry.push(index, own.repository, ['v1']);
    const references = [own.byTag('v1'), `${own.untagged}@${index.digest}`];
    for (const reference of references) {
      const rule = `PullImage of ${reference}, an index without the platform of the node, fails`;
      await check.refuses(t.images.pull(reference), PULL_FAILURES, rule);
    }
    await checkAbsent(t, own, 'after the failed pull', { references });
  },
);
