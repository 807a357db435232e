import { check, spec } from '../../src/kit/index.js';
import { entriesOf, inOrder, statusOf } from './subjects.js';

spec(
  {
    id: 'images/remove-after-tag-moved',
    title: 'of the images that a tag was on and is on, RemoveImage removes the one that it names now, and no other',
    level: 'must',
    since: '1.20',
    why: 'Garbage collection removes by id what lost its tag; the release that runs in its place would go with it.',
    sources: ['api.proto: ImageService.RemoveImage', 'kubelet: images/image_gc_manager.go freeImage'],
    expectations: [61],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const tag = image.byTag();
    const pullNext = async (): Promise<string> => {
      await t.images.registry.push(await t.images.build('general'), image.repository, ['v1']);
      await t.images.pull(tag);
      return (await statusOf(t, tag)).id;
    };
    await t.images.pull(tag);
    const { id: first } = await statusOf(t, tag);
    const second = await pullNext();
    check.notEqual(second, first, 'the tag is on another image after the second pull');
    const before = await statusOf(t, tag);
    // Whether it was kept is the runtime's own affair; to remove what is not there is no error.
    await t.images.remove(first);
    check.equal(await t.images.status(first), null, 'RemoveImage by its id removes an image that lost its tag');
    const afterId = await t.images.status(tag);
    check.equal(
      afterId && inOrder(afterId),
      before,
      'RemoveImage by the id of an image leaves the one alone that has its former tag now',
    );
    const third = await pullNext();
    const kept = await t.images.status(second);
    await t.images.remove(tag);
    check.equal(await t.images.status(tag), null, 'RemoveImage by a tag that moved removes the tag');
    check.equal(await t.images.status(third), null, 'RemoveImage by a tag that moved removes the image that it is on');
    const afterTag = await t.images.status(second);
    check.equal(afterTag, kept, 'RemoveImage by a tag that moved leaves the image alone that it was on before');
  },
);

spec(
  {
    id: 'images/listed-names-lead-back',
    title: 'every name that ListImages has for an image finds that image, also once its tag has moved',
    level: 'should',
    since: '1.20',
    why: 'A pod that names the digest has its image on the node, and is still to wait for a pull, or fails with pull policy Never.',
    sources: ['api.proto: Image.repo_tags, Image.repo_digests', 'kubelet: images/image_manager.go imagePullPrecheck'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    await t.images.pull(image.byTag());
    await t.images.registry.push(await t.images.build('general'), image.repository, ['v1']);
    await t.images.pull(image.byTag());
    for (const { id, repo_tags, repo_digests } of await entriesOf(t, image)) {
      for (const name of [...repo_tags, ...repo_digests])
        check.equal((await t.images.status(name))?.id, id, `ImageStatus of ${name} finds the image that is listed so`);
    }
  },
);
