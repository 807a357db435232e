import type { Image } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import {
  changeFound,
  hasTag,
  imageIn,
  isByDigest,
  isId,
  knowingPulls,
  referenceIn,
  type Pulls,
} from './image-facts.js';
import { changeRequest, handling, together, type Plant } from './shapes.js';

/* Images that a tag was on before it moved. */

/** The image that a tag of another, older one is on by now; null if there is none. */
async function successorOf(image: Image, { namesOf }: Pulls, planting: Planting): Promise<Image | null> {
  if (image.repo_tags.length > 0) return null;
  for (const tag of namesOf(image.id).filter(hasTag)) {
    const holder = await imageIn(planting, tag);
    if (holder !== null && holder.id !== image.id) return holder;
  }
  return null;
}

/** ImageStatus by the digest of an image whose tag has moved. */
const foundByOldDigest = (found: (successor: Image) => Image | null): Plant =>
  knowingPulls((pulls) =>
    changeFound(async (image, reference, planting) => {
      if (image === null || !isByDigest(reference)) return image;
      const successor = await successorOf(image, pulls, planting);
      return successor === null ? image : found(successor);
    }),
  );

/** RemoveImage by a tag that moved, with the id of the image that it was on before. */
const removalOfMoved = (names: (tag: string, before: string) => string[]): Plant =>
  knowingPulls(({ idsOf }) =>
    handling('RemoveImage', async ({ request, forward }, planting) => {
      const tag = referenceIn(request);
      const [now, ...others] = idsOf(tag).toReversed();
      const before = others.find((id) => id !== now);
      if (!hasTag(tag) || before === undefined || (await imageIn(planting, before)) === null) return forward();
      planting.shown();
      for (const image of names(tag, before)) await planting.cri.image.RemoveImage({ image: { image } });
      return {};
    }),
  );

export const movedTagFaults: Fault[] = [
  {
    id: 'behaviour/remove-untagged-takes-tag-holder',
    title: 'RemoveImage by the id of an image whose tag has moved removes the image that has the tag now as well',
    plant: knowingPulls((pulls) =>
      handling('RemoveImage', async ({ request, forward }, planting) => {
        const image = isId(referenceIn(request)) ? await imageIn(planting, referenceIn(request)) : null;
        const successor = image && (await successorOf(image, pulls, planting));
        const answer = await forward();
        if (successor === null) return answer;
        planting.shown();
        await planting.cri.image.RemoveImage({ image: { image: successor.id } });
        return answer;
      }),
    ),
  },
  {
    id: 'behaviour/remove-moved-tag-removes-old-too',
    title: 'RemoveImage by a tag that has moved removes the image that it was on before as well',
    plant: removalOfMoved((tag, before) => [tag, before]),
  },
  {
    id: 'behaviour/remove-moved-tag-removes-old-alone',
    title: 'RemoveImage by a tag that has moved removes the image that it was on before',
    plant: removalOfMoved((_, before) => [before]),
  },
  {
    id: 'behaviour/old-digest-follows-tag',
    title: 'ImageStatus by the digest of an image whose tag has moved finds the image that has the tag now',
    plant: foundByOldDigest((successor) => successor),
  },
  {
    id: 'behaviour/old-digest-lost-with-tag',
    title: 'ImageStatus by the digest of an image whose tag has moved finds nothing, although ListImages has it',
    plant: foundByOldDigest(() => null),
  },
  {
    id: 'behaviour/create-by-old-digest-runs-new',
    title: 'a container of an image by digest whose tag has moved runs the image that has the tag now',
    plant: knowingPulls((pulls) =>
      changeRequest('CreateContainer', async (request, planting) => {
        const { config } = request;
        const reference = referenceIn({ image: config?.image ?? null });
        const image = isByDigest(reference) ? await imageIn(planting, reference) : null;
        const successor = image && (await successorOf(image, pulls, planting));
        if (!config?.image || successor === null) return request;
        return { ...request, config: { ...config, image: { ...config.image, image: successor.id } } };
      }),
    ),
  },
  {
    id: 'behaviour/image-pinned-once-used',
    title: 'an image is pinned once a container was made from it',
    plant: (planting) => {
      const used = new Set<string>();
      return together(
        handling('CreateContainer', async ({ request, forward }) => {
          const answer = await forward();
          const image = await imageIn(planting, referenceIn({ image: request.config?.image ?? null }));
          if (image !== null) used.add(image.id);
          return answer;
        }),
        changeFound((image) => image && (used.has(image.id) ? { ...image, pinned: true } : image)),
      )(planting);
    },
  },
];
