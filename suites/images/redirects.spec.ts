import { nonce } from '../../fixtures/configs/identity.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { account, checkListed, PULL_FAILURES, statusOf, withPayload, type Account } from './subjects.js';

spec(
  {
    id: 'images/pull-redirected-blobs',
    title: 'PullImage follows a registry that redirects for the content to another host',
    level: 'must',
    since: '1.20',
    why: 'The large registries keep manifests only, and send readers to an object store for everything else.',
    sources: [
      'Docker Registry HTTP API V2: pulling a layer (307 Temporary Redirect)',
      'kubelet: images/image_manager.go EnsureImageExists',
    ],
    expectations: [58],
    requires: ['registry', 'two-registries'],
  },
  async (t) => {
    const { image, layer } = await withPayload(t, 64 * 1024);
    const store = await t.images.publishBuilt(image.built, `general-${nonce()}`, []);
    const [host] = image.bySecondName().split('/');
    const to = `http://${host ?? ''}/v2/${store.repository}/blobs`;
    await t.images.registry.setFault(image.repository, { kind: 'redirect-blob', to });
    await check.accepts(t.images.pull(image.byTag()), 'PullImage of an image whose blobs are elsewhere succeeds');
    const status = await statusOf(t, image.byTag());
    check.equal(status.repo_tags, [image.byTag()], 'the image has the name that it was pulled by, and no other');
    check.equal(status.repo_digests, [image.byDigest], 'the image pulled is the one published');
    await checkListed(t, image, status);
    const asked = (await t.images.registry.requests(store.repository)).filter(({ path }) => path.includes(layer));
    check.that(asked.length > 0, 'the layer is fetched where the registry sends the reader', {
      expected: `a request for ${layer} to ${host ?? ''}`,
      observed: asked,
    });
  },
);

/** An image whose registry wants credentials and redirects for its blobs to the same machine under another host name. */
async function redirected(t: SpecContext, user: Account): Promise<{ image: PublishedImage; store: string }> {
  const { image } = await withPayload(t, 64 * 1024);
  const { repository: store } = await t.images.publishBuilt(image.built, `general-${nonce()}`, []);
  const host = image.bySecondName().replace(/^[^:]*:(\d+).*$/, 'localhost:$1');
  const fault = { kind: 'redirect-blob', to: `http://${host}/v2/${store}/blobs`, ...user } as const;
  await t.images.registry.setFault(image.repository, fault);
  return { image, store };
}

/** No request for the repository had credentials. */
async function checkNothingTold(t: SpecContext, store: string, rule: string): Promise<void> {
  const schemes = (await t.images.registry.requests(store)).map(({ authorization }) => authorization);
  check.that(schemes.length > 0, 'the registry that blobs are at is asked', { expected: 'a request', observed: [] });
  check.equal(
    schemes.filter((scheme) => scheme !== null),
    [],
    rule,
  );
}

spec(
  {
    id: 'images/auth-not-passed-on',
    title: 'credentials are not shown to the host that a registry redirects to',
    level: 'should',
    since: '1.20',
    why: 'A store refuses a request that is signed and has credentials besides; a foreign one gets to know the secret of the pod.',
    sources: ['api.proto: AuthConfig', 'RFC 9110, 15.4: redirection (Authorization is left out)', 'CVE-2020-15157'],
    requires: ['registry', 'two-registries', 'loopback-registry'],
  },
  async (t) => {
    const user = account();
    const { image, store } = await redirected(t, user);
    const pull = t.images.pull(image.byTag(), { auth: user });
    await check.accepts(pull, 'PullImage with credentials from a registry that redirects succeeds');
    check.equal((await statusOf(t, image.byTag())).repo_digests, [image.byDigest], 'the image is the one published');
    await checkNothingTold(t, store, 'the host that the registry redirects to gets no credentials');
  },
);

spec(
  {
    id: 'images/auth-not-told-on-demand',
    title: 'credentials are not shown to the host that a registry redirects to, also if it asks for some',
    level: 'should',
    since: '1.20',
    why: 'Whoever can put a redirect into an answer would get the secrets of the pods for the asking.',
    sources: ['api.proto: AuthConfig', 'CVE-2020-15157 (the same by a URL in the manifest)'],
    requires: ['registry', 'two-registries', 'loopback-registry'],
  },
  async (t) => {
    const user = account();
    const { image, store } = await redirected(t, user);
    await t.images.registry.setFault(store, { kind: 'basic-auth', ...account() });
    const pull = t.images.pull(image.byTag(), { auth: user });
    await check.refuses(pull, PULL_FAILURES, 'PullImage fails if the host that the registry redirects to refuses');
    await checkNothingTold(t, store, 'the host that the registry redirects to gets no credentials when it asks');
  },
);
