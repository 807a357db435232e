import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { checkListed, statusOf, withPayload } from './subjects.js';

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
