import { nonce } from '../../fixtures/configs/identity.js';
import { payloadLayer } from '../../fixtures/images/layer.js';
import { codeOf } from '../../src/client/errors.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { inBackground } from '../shared/background.js';
import { checkListed, statusOf, transferBegins } from './subjects.js';

/** Two images with a layer in common that no third one has, which stalls in the repository of the first. */
async function sharingLayer(t: SpecContext): Promise<{ first: PublishedImage; second: PublishedImage; layer: string }> {
  const extraLayers = [payloadLayer(nonce(), 512 * 1024)];
  const first = await t.images.publish('general', ['v1'], { extraLayers });
  const second = await t.images.publish('general', ['v1'], { extraLayers });
  const layer = check.present(first.built.layers.at(-1)?.digest, 'the image has a layer');
  await t.images.registry.setFault(first.repository, { kind: 'stall-blob', afterBytes: 100_000, digest: layer });
  return { first, second, layer };
}

/** Once a pull is as far as to fetch what it needs; a runtime that pulls one image at a time does not come to that. */
async function fetches(t: SpecContext, image: PublishedImage): Promise<void> {
  const patience = Date.now() + 2_000;
  await t.eventually(
    'the runtime asks the registry for the config, or pulls one image at a time',
    () => t.images.registry.requests(image.repository),
    (requests) => requests.some(({ path }) => path.includes(image.built.config.digest)) || Date.now() > patience,
  );
}

spec(
  {
    id: 'images/pull-shared-layer',
    title: 'concurrent pulls of two images with a new layer in common both succeed',
    level: 'must',
    since: '1.20',
    why: 'Releases of one program, or programs on one base, start at the same time; neither pod is to fail for the other.',
    sources: ['api.proto: ImageService.PullImage', 'kubelet: serializeImagePulls=false'],
    expectations: [58],
    requires: ['registry'],
  },
  async (t) => {
    const { first, second, layer } = await sharingLayer(t);
    const firstEnd = inBackground(t.images.pull(first.byTag()));
    await transferBegins(t, first, layer);
    const secondEnd = inBackground(t.images.pull(second.byTag()));
    await fetches(t, second);
    await t.images.registry.setFault(first.repository, null);
    await check.accepts(firstEnd, 'PullImage succeeds beside one of an image with the same layer');
    await check.accepts(secondEnd, 'PullImage succeeds while the same layer is fetched for another image');
    for (const image of [first, second]) await checkListed(t, image, await statusOf(t, image.byTag()));
  },
);

spec(
  {
    id: 'images/pull-cancel-leaves-shared-layer',
    title: 'giving up one pull leaves the pull of another image with the same layer alone',
    level: 'should',
    since: '1.20',
    why: 'The deadline of one pod is not to fail another, which has only a layer in common with it.',
    sources: ['api.proto: ImageService.PullImage', 'kubelet: serializeImagePulls=false'],
    requires: ['registry'],
  },
  async (t) => {
    const { first, second, layer } = await sharingLayer(t);
    const client = new AbortController();
    const pull = t.cri.image.PullImage({ image: { image: first.byTag() } }, { signal: client.signal });
    const firstEnd = pull.then(() => 'OK', codeOf);
    await transferBegins(t, first, layer);
    const secondEnd = inBackground(t.images.pull(second.byTag()));
    await fetches(t, second);
    client.abort(new Error('the client gives up'));
    check.equal(await firstEnd, 'CANCELLED', 'the first PullImage does not return while a layer is being transferred');
    await check.accepts(secondEnd, 'PullImage of the other image succeeds');
    await checkListed(t, second, await statusOf(t, second.byTag()));
  },
);
