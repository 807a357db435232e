import { nonce } from '../../fixtures/configs/identity.js';
import { buildImage, buildIndex, type BuiltImage } from '../../fixtures/images/image.js';
import { buildLayer, payloadLayer, type Compression, type ImageFormat } from '../../fixtures/images/layer.js';
import { digestOf } from '../../fixtures/images/blob.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { checkAbsent, checkListed, PULL_FAILURES, statusOf } from './subjects.js';

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

spec(
  {
    id: 'images/layers-in-order',
    title: 'layers are applied in order, with files replaced, removed and directories emptied',
    level: 'must',
    since: '1.20',
    why: 'A file that a later layer removed or replaced, often a secret or a flaw, must not be in the container.',
    sources: ['OCI image specification: layer, whiteouts and opaque whiteouts'],
    requires: ['registry'],
  },
  async (t) => {
    const file = (path: string, content: string) => ({ path, type: 'file', content }) as const;
    const lower = buildLayer([
      file('layers/kept', 'lower'),
      file('layers/replaced', 'lower'),
      file('layers/removed', 'lower'),
      file('layers/opaque/old', 'lower'),
      { path: 'layers/tree', type: 'dir', mode: 0o750, uid: 33, gid: 1000 },
      file('layers/tree/leaf', 'lower'),
    ]);
    const upper = buildLayer([
      file('layers/replaced', nonce()),
      file('layers/.wh.removed', ''),
      file('layers/opaque/.wh..wh..opq', ''),
      file('layers/opaque/new', 'upper'),
      { path: 'layers/link', type: 'symlink', target: 'kept' },
      { path: 'layers/hard', type: 'file', mode: 0o4711, uid: 1000, gid: 33, content: '' },
    ]);
    const image = await t.images.publish('general', ['v1'], { extraLayers: [lower, upper] });
    const ref = await t.images.pull(image.byTag());
    const pod = await t.pods.shared();
    const container = await pod.start({}, { ref, name: image.byTag() });
    const names = await container.shell('cd /layers; /bin/find . | /bin/sort');
    const expected = ['.', './hard', './kept', './link', './opaque', './opaque/new', './replaced', './tree'];
    check.equal(names.split('\n'), [...expected, './tree/leaf'], 'the container has the files that the layers leave');
    const [kept, replaced] = (await container.shell('cd /layers; cat kept; echo; cat replaced')).split('\n');
    check.equal(kept, 'lower', 'a file that no upper layer touches keeps its content');
    check.notEqual(replaced, 'lower', 'a file in two layers has the content of the upper one');
    const modes = await container.shell("cd /layers; /bin/stat -c '%a %u %g' hard tree; /bin/readlink link");
    check.equal(modes.split('\n'), ['4711 1000 33', '750 33 1000', 'kept'], 'modes, owners and links are as archived');
  },
);

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
