import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { account, PULL_FAILURES, statusOf } from './subjects.js';

spec(
  {
    id: 'images/auth-for-present-image',
    title: 'PullImage of an image that is there needs the credentials all the same, and leaves it',
    level: 'must',
    since: '1.20',
    why: 'Pull policy Always, and the admission plugin that enforces it, keep pods without the secret off the image only if the registry is asked.',
    sources: [
      'kube-apiserver: AlwaysPullImages admission plugin',
      'kubelet: images/image_manager.go EnsureImageExists',
    ],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    for (const kind of ['basic-auth', 'bearer-auth'] as const) {
      await t.images.registry.setFault(image.repository, { kind, ...user });
      await t.images.pull(image.byTag(), { auth: user });
      const status = await statusOf(t, image.byTag());
      const wrong = { ...user, password: 'wrong' };
      const without = `PullImage without credentials fails under ${kind} although the image is there`;
      await check.refuses(t.images.pull(image.byTag()), PULL_FAILURES, without);
      const withWrong = `PullImage with wrong credentials fails under ${kind} although the image is there`;
      await check.refuses(t.images.pull(image.byTag(), { auth: wrong }), PULL_FAILURES, withWrong);
      check.equal(await statusOf(t, image.byTag()), status, 'the image is as before the refused pulls');
    }
    const copy = await t.images.publishBuilt(image.built, `general-${nonce()}`);
    await t.images.registry.setFault(copy.repository, { kind: 'basic-auth', ...account() });
    for (const reference of [copy.byTag(), copy.byDigest]) {
      const rule = 'PullImage without credentials fails although the image is there from another repository';
      await check.refuses(t.images.pull(reference), PULL_FAILURES, rule);
      check.equal(
        await t.images.status(reference),
        null,
        'the image is not found in the repository of the refused pull',
      );
    }
  },
);

spec(
  {
    id: 'images/auth-for-present-digest',
    title: 'PullImage by digest of an image that is there needs the credentials all the same',
    level: 'should',
    since: '1.20',
    why: 'The content cannot have changed, but who may have it can: a pod without the secret gets the image, and the kubelet puts wrong credentials on record as right ones.',
    sources: [
      'kube-apiserver: AlwaysPullImages admission plugin',
      'KEP-2535: kubelet images/pullmanager (credentials of pulls that succeeded)',
    ],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general', []), account()];
    await t.images.registry.setFault(image.repository, { kind: 'basic-auth', ...user });
    await t.images.pull(image.byDigest, { auth: user });
    const status = await statusOf(t, image.byDigest);
    const without = 'PullImage by digest without credentials fails although the image is there';
    await check.refuses(t.images.pull(image.byDigest), PULL_FAILURES, without);
    const wrong = { ...user, password: 'wrong' };
    const withWrong = 'PullImage by digest with wrong credentials fails although the image is there';
    await check.refuses(t.images.pull(image.byDigest, { auth: wrong }), PULL_FAILURES, withWrong);
    check.equal(await statusOf(t, image.byDigest), status, 'the image is as before the refused pulls');
  },
);
