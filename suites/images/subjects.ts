import { nonce } from '../../fixtures/configs/identity.js';
import { payloadLayer } from '../../fixtures/images/layer.js';
import type { RegistryRequest } from '../../fixtures/registry/log.js';
import type { GrpcCode } from '../../src/client/errors.js';
import type { Image } from '../../src/client/generated/types.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, type SpecContext } from '../../src/kit/index.js';

/**
 * Codes of a pull that failed for a reason of the registry's. The CRI names none, and the kubelet goes by the text:
 * its client even drops the code where it is Unknown. UNAVAILABLE may be passed on from the registry.
 */
export const PULL_FAILURES: GrpcCode[] = [
  'UNKNOWN',
  'NOT_FOUND',
  'INTERNAL',
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'ABORTED',
  'DATA_LOSS',
  'UNAVAILABLE',
];

export interface Account {
  username: string;
  password: string;
}

/** A password may have colons and blanks, at its end too: only the first colon of basic credentials separates. */
export function account(): Account {
  return { username: `User-${nonce()}`, password: `pass: ${nonce()} ` };
}

/** Codes for what is no image reference: the CRI names none, and the kubelet does not look. */
export const REFUSALS_OF_REFERENCES: GrpcCode[] = [
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'UNKNOWN',
  'INTERNAL',
  'NOT_FOUND',
];

/** An image with a layer that no other image has, so that the runtime has to fetch it. `layer` is its digest. */
export async function withPayload(
  t: SpecContext,
  bytes: number,
  tags?: string[],
): Promise<{ image: PublishedImage; layer: string }> {
  const image = await t.images.publish('general', tags, { extraLayers: [payloadLayer(nonce(), bytes)] });
  return { image, layer: check.present(image.built.layers.at(-1)?.digest, 'the image has a layer') };
}

/** Requests for the layer, once one of them is under way. */
export function transferBegins(t: SpecContext, image: PublishedImage, layer: string): Promise<RegistryRequest[]> {
  return t.eventually(
    'the runtime asks the registry for the layer',
    () => transfers(t, image, layer),
    (requests) => requests.some(({ bytesSent }) => bytesSent > 0),
    { describe: (requests) => requests.map(({ bytesSent }) => bytesSent) },
  );
}

/** Requests for the layer. */
export async function transfers(t: SpecContext, image: PublishedImage, layer: string): Promise<RegistryRequest[]> {
  const requests = await t.images.registry.requests(image.repository);
  return requests.filter(({ method, path }) => method === 'GET' && path.includes(layer));
}

/** ImageStatus of an image that must be there, its names in order. */
export async function statusOf(t: SpecContext, reference: string): Promise<Image> {
  return inOrder(check.present(await t.images.status(reference), `ImageStatus of ${reference} returns the image`));
}

/** Entries of an unfiltered ListImages that have a name in the image's repository, or the id. */
export async function entriesOf(t: SpecContext, { repository }: PublishedImage, id?: string): Promise<Image[]> {
  const ours = (name: string): boolean => name.includes(`/${repository}:`) || name.includes(`/${repository}@`);
  return (await t.images.list()).filter(
    (entry) => entry.id === id || [...entry.repo_tags, ...entry.repo_digests].some(ours),
  );
}

/** None of the references finds an image, and the list has neither a name in the repository nor the id. */
export async function checkAbsent(
  t: SpecContext,
  image: PublishedImage,
  when: string,
  { references = [image.byTag(), image.byDigest], id }: { references?: string[]; id?: string } = {},
): Promise<void> {
  for (const reference of id === undefined ? references : [...references, id]) {
    check.equal(await t.images.status(reference), null, `${when} ImageStatus of ${reference} answers without an image`);
  }
  check.equal(await entriesOf(t, image, id), [], `${when} ListImages does not list the image`);
}

/** The one list entry of the image, which must be what ImageStatus says. */
export async function checkListed(t: SpecContext, image: PublishedImage, expected: Image): Promise<void> {
  const entries = await entriesOf(t, image, expected.id);
  check.equal(entries.map(inOrder), [expected], 'ListImages has the image once, as ImageStatus has it');
}

/** To compare images by: their names have no order. */
export function inOrder(image: Image): Image {
  return { ...image, repo_tags: image.repo_tags.toSorted(), repo_digests: image.repo_digests.toSorted() };
}
