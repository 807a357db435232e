import { nonce } from '../../fixtures/configs/identity.js';
import type { AuthConfig } from '../../src/client/generated/types.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { account, checkAbsent, PULL_FAILURES, statusOf, type Account } from './subjects.js';

const SOURCES = ['api.proto: AuthConfig', 'kubelet: kuberuntime_image.go PullImage'];
const WHY = 'Images of private registries are pulled with the secrets of the pod.';

/** The pull is refused without credentials and succeeds with them. */
async function checkNeeded(t: SpecContext, image: PublishedImage, auth: Partial<AuthConfig>): Promise<void> {
  await check.refuses(t.images.pull(image.byTag()), PULL_FAILURES, 'PullImage without credentials fails');
  await checkAbsent(t, image, 'after the failed pull');
  check.present(await t.images.pull(image.byTag(), { auth }), 'PullImage with the credentials returns an image_ref');
  const status = await statusOf(t, image.byTag());
  check.equal(status.repo_tags, [image.byTag()], 'the image has the name it was pulled by, without the credentials');
  check.equal(status.repo_digests, [image.byDigest], 'the image pulled is the one published');
}

function encoded({ username, password }: Account): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

spec(
  {
    id: 'images/auth-username-password',
    title: 'username and password of AuthConfig open a registry that demands basic authorization',
    level: 'must',
    since: '1.20',
    why: WHY,
    sources: SOURCES,
    expectations: [58],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    await t.images.registry.setFault(image.repository, { kind: 'basic-auth', ...user });
    await checkNeeded(t, image, user);
    // The kubelet sends what it has for a registry, public images included.
    const open = await t.images.publish('general');
    const pull = t.images.pull(open.byTag(), { auth: user });
    check.present(
      await check.accepts(pull, 'PullImage with credentials that the registry does not ask for succeeds'),
      'it returns an image_ref',
    );
  },
);

spec(
  {
    id: 'images/auth-bearer',
    title: 'username and password of AuthConfig get the token that a registry demands',
    level: 'must',
    since: '1.20',
    why: WHY,
    sources: [...SOURCES, 'OCI distribution: token authentication'],
    expectations: [58],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    await t.images.registry.setFault(image.repository, { kind: 'bearer-auth', ...user });
    await checkNeeded(t, image, user);
  },
);

spec(
  {
    id: 'images/auth-encoded',
    title: 'AuthConfig.auth holds username and password in base64',
    level: 'should',
    since: '1.20',
    why: 'Clients that read a docker configuration pass its auth field on as it is.',
    sources: ['api.proto: AuthConfig.auth', 'crictl: pull --auth'],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    await t.images.registry.setFault(image.repository, { kind: 'basic-auth', ...user });
    await checkNeeded(t, image, { auth: encoded(user) });
    const both = t.images.pull(image.byTag(), { auth: { ...user, auth: encoded(user) } });
    await check.accepts(both, 'PullImage with the same in AuthConfig.auth and in username and password succeeds');
  },
);

spec(
  {
    id: 'images/auth-utf8',
    title: 'a user name and password beyond ASCII reach the registry in UTF-8',
    level: 'should',
    since: '1.20',
    why: 'Whoever has an umlaut in the password cannot pull, and is told that the password is wrong.',
    sources: [...SOURCES, 'RFC 7617: basic authentication, charset'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general');
    const user = { username: `benutzer-ä-${nonce()}`, password: `schlüssel € ${nonce()}` };
    await t.images.registry.setFault(image.repository, { kind: 'basic-auth', ...user });
    await checkNeeded(t, image, user);
    const packed = t.images.pull(image.byTag(), { auth: { auth: encoded(user) } });
    await check.accepts(packed, 'PullImage with the same in AuthConfig.auth succeeds');
  },
);

spec(
  {
    id: 'images/auth-empty',
    title: 'an AuthConfig with nothing in it means a pull without credentials',
    level: 'must',
    since: '1.20',
    why: 'A pull secret with an empty entry for the registry, as some tools write it, must not keep off a public image.',
    sources: [...SOURCES, 'kubelet: credentialprovider/keyring.go Lookup (an entry may be empty)'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general');
    const pull = t.images.pull(image.byTag(), { auth: {} });
    check.present(await check.accepts(pull, 'PullImage with an empty AuthConfig succeeds'), 'it returns an image_ref');
    check.equal((await statusOf(t, image.byTag())).repo_digests, [image.byDigest], 'the image is the one published');
    const sent = (await t.images.registry.requests(image.repository)).map(({ authorization }) => authorization);
    check.equal(
      sent.filter((header) => header !== null),
      [],
      'no credentials are made up',
    );
  },
);

spec(
  {
    id: 'images/auth-identity-token',
    title: 'AuthConfig.identity_token is exchanged for the token that a registry demands',
    level: 'should',
    since: '1.20',
    why: 'Registries with single sign-on give out refresh tokens in place of passwords.',
    sources: ['api.proto: AuthConfig.identity_token', 'distribution: OAuth 2 token authentication'],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    const identityToken = `identity-${nonce()}`;
    await t.images.registry.setFault(image.repository, { kind: 'bearer-auth', ...user, identityToken });
    await checkNeeded(t, image, { identity_token: identityToken });
  },
);

spec(
  {
    id: 'images/auth-registry-token',
    title: 'AuthConfig.registry_token is sent to the registry as bearer token',
    level: 'should',
    since: '1.20',
    why: 'A token that the cluster got itself would be of no use otherwise.',
    sources: ['api.proto: AuthConfig.registry_token', 'containerd#9889'],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    const registryToken = `registry-${nonce()}`;
    await t.images.registry.setFault(image.repository, { kind: 'bearer-auth', ...user, registryToken });
    await checkNeeded(t, image, { registry_token: registryToken });
  },
);

spec(
  {
    id: 'images/auth-server-address',
    title: 'credentials with a server_address are for that registry alone',
    level: 'should',
    since: '1.20',
    why: "A pod's secret for one registry must not be shown to another.",
    sources: ['api.proto: AuthConfig.server_address'],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    await t.images.registry.setFault(image.repository, { kind: 'basic-auth', ...user });
    const foreign = { ...user, server_address: 'http://registry.invalid' };
    const rule = 'PullImage does not send credentials to another server than server_address';
    await check.refuses(t.images.pull(image.byTag(), { auth: foreign }), PULL_FAILURES, rule);
    const requests = await t.images.registry.requests(image.repository);
    check.equal(
      requests.filter((request) => request.authorization !== null),
      [],
      rule,
    );
    const [registry] = image.untagged.split('/');
    await checkNeeded(t, image, { ...user, server_address: `http://${registry ?? ''}` });
    // Docker's own configuration has one: https://index.docker.io/v1/.
    const withPath = { ...user, server_address: `http://${registry ?? ''}/v1/` };
    const pull = t.images.pull(image.byTag(), { auth: withPath });
    await check.accepts(pull, 'PullImage uses credentials whose server_address is the registry and a path');
  },
);

spec(
  {
    id: 'images/auth-of-each-at-once',
    title: 'of several pulls at once, each uses its own credentials or none',
    level: 'must',
    since: '1.20',
    why: 'Pods of several tenants start at the same time; the secret of one must not open, or spoil, the pull of another.',
    sources: [...SOURCES, 'kubelet: serializeImagePulls=false'],
    requires: ['registry'],
  },
  async (t) => {
    const subjects: { image: PublishedImage; user: Account }[] = [];
    for (const kind of ['basic-auth', 'bearer-auth', 'basic-auth'] as const) {
      const [image, user] = [await t.images.publish('general'), account()];
      await t.images.registry.setFault(image.repository, { kind, ...user });
      subjects.push({ image, user });
    }
    const locked = await t.images.publish('general');
    await t.images.registry.setFault(locked.repository, { kind: 'basic-auth', ...account() });
    const pulls = subjects.map(({ image, user }) => t.images.pull(image.byTag(), { auth: user }));
    const without = check.refuses(
      t.images.pull(locked.byTag()),
      PULL_FAILURES,
      'PullImage without credentials fails beside pulls with credentials',
    );
    const accepted = pulls.map((pull) => check.accepts(pull, 'PullImage with credentials succeeds beside other pulls'));
    await Promise.all([...accepted, without]);
    for (const { image } of subjects)
      check.equal((await statusOf(t, image.byTag())).repo_digests, [image.byDigest], 'the image is the one published');
    await checkAbsent(t, locked, 'after the failed pull');
  },
);

spec(
  {
    id: 'images/auth-wrong-credentials',
    title: 'PullImage with wrong credentials fails and leaves no image',
    level: 'must',
    since: '1.20',
    why: 'The pod must show that its secret is wrong; the retry with the right one must not suffer from the wrong one.',
    sources: SOURCES,
    expectations: [59],
    requires: ['registry'],
  },
  async (t) => {
    const [image, user] = [await t.images.publish('general'), account()];
    for (const kind of ['basic-auth', 'bearer-auth'] as const) {
      await t.images.registry.setFault(image.repository, { kind, ...user });
      const wrong = [
        { ...user, password: 'wrong' },
        { ...user, username: 'nobody' },
      ];
      for (const auth of wrong) {
        const rule = `PullImage with wrong credentials under ${kind} fails`;
        await check.refuses(t.images.pull(image.byTag(), { auth }), PULL_FAILURES, rule);
      }
      await checkAbsent(t, image, 'after the failed pulls');
      check.present(await t.images.pull(image.byTag(), { auth: user }), 'PullImage with the right ones returns a ref');
      await t.images.remove(image.byTag());
    }
  },
);
