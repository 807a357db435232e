import { nonce } from '../../fixtures/configs/identity.js';
import { fileLayer } from '../../fixtures/images/rootfs.js';
import { codeOf } from '../../src/client/errors.js';
import { check, spec } from '../../src/kit/index.js';
import { nearId } from '../shared/ids.js';
import { giveUp } from '../shared/given-up.js';
import { checkAbsent, checkListed, entriesOf, statusOf } from './subjects.js';

const SOURCES = ['api.proto: ImageService.RemoveImage', 'kubelet: images/image_gc_manager.go freeImage'];

spec(
  {
    id: 'images/gone-right-after-removal',
    title: 'an image is neither listed nor found as soon as RemoveImage has returned, and can be pulled and run again',
    level: 'must',
    since: '1.20',
    why: 'An image that is still shown is taken for present: the pod starts without a pull and fails.',
    sources: [...SOURCES, 'cri-o#9796: image visible after its removal', 'containerd/cri#1161: digest name reappears'],
    parity: ['images/gone-right-after-removal'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    for (let round = 1; round <= 3; round += 1) {
      await t.images.pull(image.byTag());
      await t.images.pull(image.byDigest);
      const { id } = await statusOf(t, image.byTag());
      await t.images.remove(id);
      await checkAbsent(t, image, 'right after RemoveImage', { id });
    }
    const ref = await t.images.pull(image.byTag());
    const container = await (await t.pods.shared()).start({}, { ref, name: image.byTag() });
    const content = await container.output(['/bin/cat', '/data/hello']);
    check.equal(content, 'hello from the image', 'a container of the image that was pulled again has its files');
  },
);

spec(
  {
    id: 'images/remove-by-tag',
    title: 'RemoveImage by its only tag removes an image',
    level: 'must',
    since: '1.20',
    why: 'Administrators free disks by name with `crictl rmi`.',
    sources: [...SOURCES, 'crictl: rmi'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    await t.images.pull(image.byTag());
    const { id } = await statusOf(t, image.byTag());
    await t.images.remove(image.byTag());
    await checkAbsent(t, image, 'after RemoveImage by tag', { id });
  },
);

spec(
  {
    id: 'images/remove-by-digest',
    title: 'RemoveImage by digest removes an image that was pulled by digest',
    level: 'must',
    since: '1.20',
    why: 'An image without tag would stay for ever, or come back.',
    sources: [...SOURCES, 'containerd/cri#1161: image pulled by digest reappears'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', []);
    const references = [image.byDigest];
    await t.images.pull(image.byDigest);
    const { id } = await statusOf(t, image.byDigest);
    await t.images.remove(image.byDigest);
    await checkAbsent(t, image, 'after RemoveImage by digest', { references, id });
  },
);

spec(
  {
    id: 'images/remove-drops-every-tag',
    title: 'RemoveImage by id removes an image with all its tags',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection removes by id, once; a tag that stays keeps the space.',
    sources: SOURCES,
    parity: ['images/remove-drops-every-tag'],
    requires: ['registry'],
  },
  async (t) => {
    const tags = ['v1', 'v2', 'v3'];
    const image = await t.images.publish('general', tags);
    for (const tag of tags) await t.images.pull(image.byTag(tag));
    const status = await statusOf(t, image.byTag('v1'));
    const references = tags.map((tag) => image.byTag(tag));
    check.sameMembers(status.repo_tags, references, 'the image has three tags');
    await t.images.remove(status.id);
    await checkAbsent(t, image, 'after RemoveImage by id', {
      references: [...references, image.byDigest],
      id: status.id,
    });
  },
);

spec(
  {
    id: 'images/remove-by-one-tag-drops-every-tag',
    title: 'RemoveImage by any of its names removes an image with all of them',
    level: 'should',
    since: '1.20',
    why: 'The call removes images, not names; the kubelet does not rely on it, for it removes by id.',
    sources: SOURCES,
    requires: ['registry'],
  },
  async (t) => {
    const tags = ['v1', 'v2', 'v3'];
    const image = await t.images.publish('general', tags);
    for (const tag of tags) await t.images.pull(image.byTag(tag));
    const { id } = await statusOf(t, image.byTag('v2'));
    await t.images.remove(image.byTag('v2'));
    check.equal(await t.images.status(image.byTag('v2')), null, 'the tag that RemoveImage named is gone');
    await checkAbsent(t, image, 'after RemoveImage by one tag', {
      references: tags.map((tag) => image.byTag(tag)),
      id,
    });
    const copy = await t.images.publishBuilt(image.built, `general-${nonce()}`, ['v1']);
    const references = [image.byTag('v1'), copy.byTag('v1')];
    const names = [
      ['digest', image.byDigest],
      ['tag and digest', `${image.byTag('v1')}@${image.built.digest}`],
      ['the tag in one repository', copy.byTag('v1')],
    ] as const;
    for (const [what, name] of names) {
      for (const reference of references) await t.images.pull(reference);
      await t.images.remove(name);
      for (const reference of references)
        check.equal(await t.images.status(reference), null, `after RemoveImage by ${what} no name finds the image`);
    }
  },
);

spec(
  {
    id: 'images/remove-across-registries',
    title: 'one image under the names of two registries is one image, and goes with both names',
    level: 'must',
    since: '1.20',
    why: 'Mirrors bring the same image under several names; counted and removed by name, space would not add up.',
    sources: SOURCES,
    parity: ['images/remove-across-registries'],
    requires: ['registry', 'two-registries'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const references = [image.byTag(), image.bySecondName()];
    for (const reference of references) await t.images.pull(reference);
    const status = await statusOf(t, image.byTag());
    check.sameMembers(status.repo_tags, references, 'repo_tags has the names of both registries');
    const digests = [image.byDigest, `${image.bySecondName().replace(/:[^:/]*$/, '')}@${image.built.digest}`];
    check.sameMembers(status.repo_digests, digests, 'repo_digests has the digest under both names');
    check.equal(await statusOf(t, image.bySecondName()), status, 'both names find the same image');
    await checkListed(t, image, status);
    await t.images.remove(status.id);
    await checkAbsent(t, image, 'after RemoveImage by id', { references, id: status.id });
  },
);

spec(
  {
    id: 'images/concurrent-removal',
    title: 'concurrent removals of one image all succeed',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection and an administrator may remove the same image; the call is idempotent.',
    sources: [...SOURCES, 'cri-o#9717: concurrent RemoveImage'],
    parity: ['images/concurrent-removal'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    for (let round = 1; round <= 2; round += 1) {
      await t.images.pull(image.byTag());
      const { id } = await statusOf(t, image.byTag());
      const names = [id, id, image.byTag(), id, image.byTag(), id, id];
      const removeAndLook = async (name: string): Promise<unknown> => {
        await t.images.remove(name);
        return name === id ? t.images.status(id) : null;
      };
      const seen = await Promise.all(names.map(removeAndLook));
      check.equal(
        seen,
        names.map(() => null),
        'after each RemoveImage by id ImageStatus answers without an image',
      );
      await checkAbsent(t, image, 'after all removals', { id });
    }
  },
);

spec(
  {
    id: 'images/remove-given-up',
    title: 'a RemoveImage that its client gave up can be repeated',
    level: 'must',
    since: '1.20',
    why: 'On a busy disk the call meets the deadline of the kubelet; an image that cannot be removed any more keeps its space for ever.',
    sources: [...SOURCES, 'cri-client: remote_image.go RemoveImage (2 minutes)'],
    expectations: [61],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    await t.images.pull(image.byTag());
    const { id } = await statusOf(t, image.byTag());
    await giveUp(t, [1, 4, 12], (options) => t.cri.image.RemoveImage({ image: { image: id } }, options));
    await t.eventually(
      'RemoveImage succeeds when it is tried again',
      () => t.images.remove(id).then(() => 'accepted', codeOf),
      (outcome) => outcome === 'accepted',
      { withinMs: 20_000 },
    );
    await checkAbsent(t, image, 'when RemoveImage was repeated', { id });
    await check.accepts(t.images.pull(image.byTag()), 'the image can be pulled again');
  },
);

spec(
  {
    id: 'images/remove-absent-image',
    title: 'RemoveImage of an image that is not there succeeds',
    level: 'must',
    since: '1.20',
    why: 'The call is idempotent; an error would make garbage collection report a failure.',
    sources: SOURCES,
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const kept = await t.images.publish('general', ['v1']);
    await t.images.pull(kept.byTag());
    const before = await statusOf(t, kept.byTag());
    await t.images.pull(image.byTag());
    const { id } = await statusOf(t, image.byTag());
    await t.images.remove(id);
    for (const name of [id, image.byTag(), image.byDigest, image.untagged, `${image.untagged}-none:v1`]) {
      await t.images.remove(name);
    }
    // Names near those of an image that is there.
    for (const name of [
      kept.byTag('v2'),
      kept.byTag('v'),
      `${kept.untagged}@${image.built.digest}`,
      `${kept.byTag()}@${image.built.digest}`,
      nearId(before.id),
    ])
      await t.images.remove(name);
    check.equal(await statusOf(t, kept.byTag()), before, 'RemoveImage of absent names leaves other images alone');
  },
);

spec(
  {
    id: 'images/remove-leaves-others',
    title: 'RemoveImage leaves images that share layers or the repository usable',
    level: 'must',
    since: '1.20',
    why: 'Images share layers; garbage collection of one must not take the content of another.',
    sources: SOURCES,
    requires: ['registry'],
  },
  async (t) => {
    const words = [nonce(), nonce()] as const;
    const [shared, own] = [fileLayer('data/shared', words[0]), fileLayer('data/own', words[1])];
    const image = await t.images.publish('general', ['v1'], { extraLayers: [shared] });
    const sibling = await t.images.build('general', { extraLayers: [shared, own] });
    await t.images.registry.push(sibling, image.repository, ['v2']);
    const [removed, ref] = [await t.images.pull(image.byTag('v1')), await t.images.pull(image.byTag('v2'))];
    const status = await statusOf(t, image.byTag('v2'));
    await t.images.remove(removed);
    check.equal(await t.images.status(image.byTag('v1')), null, 'the image removed is gone');
    check.equal(await entriesOf(t, image), [status], 'the other image of the repository is there as before');
    const pod = await t.pods.shared();
    const container = await pod.start({}, { ref, name: image.byTag('v2') });
    const content = await container.output(['/bin/cat', '/data/shared', '/data/own']);
    check.equal(content, words.join(''), 'a container of the other image has the files of shared and own layers');
  },
);
