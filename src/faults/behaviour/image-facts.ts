import type { Image, ImageSpec } from '../../client/generated/types.js';
import type { Planting } from '../fault.js';
import { changeAnswer, handling, together, type Plant } from './shapes.js';

/* What faults of images have in common. */

/** `host:port/path` of a reference by tag or digest. */
export const repositoryOf = (reference: string): string =>
  reference.replace(/@.*$/, '').replace(/(?<=\/[^/]*):[^/]*$/, '');

export const isByDigest = (reference: string): boolean => reference.includes('@');

export const isId = (reference: string): boolean => /^(sha256:)?[0-9a-f]{64}$/.test(reference);

/** By name and tag, without a digest. */
export const hasTag = (reference: string): boolean => /:[^/:@]+$/.test(reference) && !isByDigest(reference);

/** By tag, or by a name alone. */
export const isByName = (reference: string): boolean => !isByDigest(reference) && !isId(reference);

export const referenceIn = ({ image }: { image: ImageSpec | null }): string => image?.image ?? '';

/** What the real runtime says of an image. */
export async function imageIn({ cri }: Planting, reference: string): Promise<Image | null> {
  return (await cri.image.ImageStatus({ image: { image: reference } })).image;
}

/** A name that an image has: a tag, else one by digest. */
export const nameOf = (image: Image | null): string | undefined => image?.repo_tags[0] ?? image?.repo_digests[0];

/** The image of ImageStatus, or that there is none. */
export function changeFound(
  change: (
    image: Image | null,
    reference: string,
    planting: Planting,
  ) => Partial<Image> | null | Promise<Partial<Image> | null>,
): Plant {
  return changeAnswer('ImageStatus', async (answer, request, planting) => {
    const image = (await change(answer.image, referenceIn(request), planting)) as Image | null;
    return { ...answer, image };
  });
}

/** ImageStatus does not find what is asked for in some way. */
export function notFound(by: (reference: string, image: Image) => boolean): Plant {
  return changeFound((image, reference) => (image !== null && by(reference, image) ? null : image));
}

export function changeListed(change: (images: Image[]) => Image[]): Plant {
  return changeAnswer('ListImages', ({ images }) => ({ images: change(images) }));
}

type Change = (image: Image, planting: Planting) => Partial<Image> | Promise<Partial<Image>>;

export function changeFoundImage(change: Change): Plant {
  return changeFound(async (image, _, planting) => image && { ...image, ...(await change(image, planting)) });
}

export function changeListedImage(change: Change): Plant {
  return changeAnswer('ListImages', async ({ images }, _, planting) => ({
    images: await Promise.all(images.map(async (image) => ({ ...image, ...(await change(image, planting)) }))),
  }));
}

/** In ImageStatus and in ListImages. */
export function changeImage(change: Change): Plant {
  return together(changeFoundImage(change), changeListedImage(change));
}

/** What was pulled since a fault was planted. */
export interface Pulls {
  /** The references under which an image was pulled. */
  namesOf: (id: string) => string[];
  /** The ids of what a reference led to, in the order of the pulls: the last one is the present. */
  idsOf: (name: string) => string[];
}

/** For faults that go by what was pulled. */
export function knowingPulls(plant: (pulls: Pulls) => Plant): Plant {
  return (planting) => {
    const all: { name: string; id: string }[] = [];
    return together(
      handling('PullImage', async ({ request, forward }) => {
        const answer = await forward();
        all.push({ name: referenceIn(request), id: answer.image_ref });
        return answer;
      }),
      plant({
        namesOf: (id) => [...new Set(all.filter((pull) => pull.id === id).map(({ name }) => name))],
        idsOf: (name) => all.filter((pull) => pull.name === name).map(({ id }) => id),
      }),
    )(planting);
  };
}
