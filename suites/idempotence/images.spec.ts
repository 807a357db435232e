import { check, spec } from '../../src/kit/index.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { unknownId } from '../shared/ids.js';

const SOURCES = ['api.proto: ImageService.RemoveImage ("idempotent")', 'kubelet: images/image_gc_manager.go freeSpace'];

spec(
  {
    id: 'idempotence/remove-image-unknown',
    title: 'RemoveImage of an image that is not there succeeds, whichever way it is named',
    level: 'must',
    since: '1.20',
    why: 'Image garbage collection stops at an error, and the disk fills up.',
    sources: SOURCES,
    parity: ['idempotence/remove-image-unknown'],
    expectations: [61],
  },
  async (t) => {
    const repository = `registry.invalid/crivet/${nonce()}`;
    const names = [`sha256:${unknownId()}`, unknownId(), `${repository}:latest`, `${repository}@sha256:${unknownId()}`];
    for (const image of names) {
      for (const time of ['once', 'twice']) {
        await check.accepts(t.images.remove(image), `RemoveImage of '${image}', which is not there, succeeds ${time}`);
      }
    }
  },
);

spec(
  {
    id: 'idempotence/remove-image-twice',
    title: 'RemoveImage of an image that was removed succeeds',
    level: 'must',
    since: '1.20',
    why: 'Two rounds of image garbage collection may meet at the same image.',
    sources: SOURCES,
    expectations: [61],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general');
    const ref = await t.images.pull(image.byTag());
    for (const name of [ref, ref, image.byTag(), image.byDigest]) {
      await check.accepts(t.images.remove(name), `RemoveImage of '${name}' succeeds`);
      check.equal(await t.images.status(image.byTag()), null, `the image is gone after RemoveImage of '${name}'`);
    }
    check.excludes(
      (await t.images.list()).map(({ id }) => id),
      ref,
      'the image is not listed',
    );
  },
);
