import { Refusal, type Fault, type Planting } from '../fault.js';
import { imageIn, isByDigest, nameOf, referenceIn, repositoryOf } from './image-facts.js';
import { blobOf, digestOf, layersOf, publishedAs, redirectOf, type Published } from './published.js';
import { overlapping, type Earlier } from './relations.js';
import { changeRefusal, refuse, type Call, type Plant } from './shapes.js';

/* What images consist of, and how it is fetched. */

/** PullImage refuses what is published in some way. */
const unpullable = (when: (published: Published) => boolean | Promise<boolean>, details: string): Plant =>
  refuse(
    'PullImage',
    async (request) => {
      const published = await publishedAs(referenceIn(request));
      return published !== null && (await when(published));
    },
    'UNKNOWN',
    details,
  );

/** PullImage of an index with such an entry is refused. */
const unreadable = (entry: (platform: { os: string } | undefined) => boolean): Plant =>
  unpullable(({ manifests }) => manifests?.some(({ platform }) => entry(platform)) ?? false, 'unknown platform');

/** CreateContainer from an image of such layers is refused. */
const unusable = (when: (layers: string[]) => boolean, details: string): Plant =>
  refuse(
    'CreateContainer',
    async ({ config }, planting) => {
      const image = await imageIn(planting, referenceIn({ image: config?.image ?? null }));
      const name = nameOf(image);
      return name !== undefined && when(layersOf(await publishedAs(name)));
    },
    'UNKNOWN',
    details,
  );

/** A layer that two images have in common and no image that is present has. */
async function newLayerOfBoth(one: string, other: string, { cri }: Planting): Promise<string | undefined> {
  const [first, second] = [await publishedAs(one), await publishedAs(other)];
  if (first?.config?.digest === second?.config?.digest) return undefined;
  const common = layersOf(first).filter((layer) => layersOf(second).includes(layer));
  if (common.length === 0) return undefined;
  const { images } = await cri.image.ListImages({});
  const names = images.flatMap((image) => nameOf(image) ?? []);
  const present = new Set((await Promise.all(names.map((name) => publishedAs(name)))).flatMap(layersOf));
  return common.find((layer) => !present.has(layer));
}

/** What becomes of a PullImage that begins while another image with a new layer in common is being pulled. */
const besideShared = (
  later: (earlier: Earlier<'PullImage'>, call: Call<'PullImage'>, planting: Planting) => Promise<{ image_ref: string }>,
): Plant =>
  overlapping('PullImage', async (earlier, call, planting) => {
    const [one, other] = [referenceIn(earlier.request), referenceIn(call.request)];
    const shared = await newLayerOfBoth(one, other, planting);
    return shared === undefined ? call.forward() : later(earlier, call, planting);
  });

const hasTwice = (layers: readonly string[]): boolean => new Set(layers).size < layers.length;

export const imageContentFaults: Fault[] = [
  {
    id: 'behaviour/pull-shared-layer-locked',
    title: 'PullImage is refused while a layer that it needs is being fetched for another image',
    plant: besideShared((_, __, { shown }) => {
      shown();
      return Promise.reject(new Refusal('UNKNOWN', 'ref layer is locked: unavailable'));
    }),
  },
  {
    id: 'behaviour/pull-shared-layer-given-up',
    title: 'PullImage fails if the client gives up another one that has a layer in common with it',
    plant: besideShared(async (earlier, { forward }, { shown }) => {
      const own = forward();
      own.catch(() => undefined);
      const failed = await earlier.answer.then(
        () => false,
        () => true,
      );
      if (!failed) return own;
      shown();
      throw new Refusal('UNKNOWN', 'failed to copy: context canceled');
    }),
  },
  {
    id: 'behaviour/index-with-attestation-refused',
    title: 'PullImage refuses an index with an entry of the platform unknown/unknown',
    plant: unreadable((platform) => platform?.os === 'unknown'),
  },
  {
    id: 'behaviour/index-entry-without-platform-refused',
    title: 'PullImage refuses an index with an entry that has no platform',
    plant: unreadable((platform) => platform === undefined),
  },
  {
    id: 'behaviour/layer-twice-refused',
    title: 'PullImage refuses an image that has the same layer twice',
    plant: unpullable((published) => hasTwice(layersOf(published)), 'layer already exists'),
  },
  {
    id: 'behaviour/layer-twice-cannot-be-run',
    title: 'CreateContainer refuses an image that has the same layer twice',
    plant: unusable(hasTwice, 'failed to mount: too many levels of symbolic links'),
  },
  {
    id: 'behaviour/many-layers-refused',
    title: 'PullImage refuses an image of more than 30 layers',
    plant: unpullable((published) => layersOf(published).length > 30, 'max depth exceeded'),
  },
  {
    id: 'behaviour/many-layers-cannot-be-mounted',
    title: 'CreateContainer fails for an image of more than 30 layers',
    plant: unusable((layers) => layers.length > 30, 'failed to mount: argument list too long'),
  },
  {
    id: 'behaviour/pull-redirects-not-followed',
    title: 'PullImage fails if the registry redirects for blobs',
    plant: unpullable(
      async (published) => (await redirectOf(published)) !== null,
      'unexpected status code 307 Temporary Redirect',
    ),
  },
  {
    id: 'behaviour/pull-manifest-unverified',
    title: 'PullImage by digest takes whatever manifest the registry answers with',
    plant: changeRefusal('PullImage', async (_, { request, forward }) => {
      const asked = referenceIn(request);
      const published = isByDigest(asked) ? await publishedAs(asked) : null;
      if (published === null || asked.endsWith(published.digest)) return undefined;
      return forward({ ...request, image: { image: `${repositoryOf(asked)}@${published.digest}` } });
    }),
  },
  {
    id: 'behaviour/pull-config-unverified',
    title: 'PullImage takes a config that does not have its digest',
    plant: changeRefusal('PullImage', async (_, { request }) => {
      const published = await publishedAs(referenceIn(request));
      const digest = published?.config?.digest;
      const config = published && digest ? await blobOf(published, digest) : null;
      return digest === undefined || config === null || digestOf(config) === digest ? undefined : { image_ref: digest };
    }),
  },
];
