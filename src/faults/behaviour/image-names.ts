import type { Fault } from '../fault.js';
import {
  changeFound,
  changeImage,
  hasTag,
  imageIn,
  isByDigest,
  isByName,
  isId,
  notFound,
  referenceIn,
  repositoryOf,
} from './image-facts.js';
import { afterRemoval, restore } from './image-removal.js';
import { changeAnswer, changeRequest, doNothing, handling, type Plant } from './shapes.js';

/* Names that are alike and not the same, and images that are taken for each other. */

const image = (change: (name: string) => string): Plant =>
  changeRequest('PullImage', (request) => {
    const { image: spec } = request;
    return spec === null ? request : { ...request, image: { ...spec, image: change(spec.image) } };
  });

/** All but the last digits of an id, which name one image beyond doubt. */
const beginning = (id: string): string => id.replace(/^(sha256:)?/, 'sha256:').slice(0, -4);

export const imageNameFaults: Fault[] = [
  {
    id: 'behaviour/image-found-in-any-case',
    title: 'ImageStatus finds an image under its tag whether in upper or lower case',
    plant: changeFound(async (found, asked, { cri }) => {
      if (found !== null || !hasTag(asked)) return found;
      const { images: all } = await cri.image.ListImages({});
      const isLike = (tag: string): boolean => tag.toLowerCase() === asked.toLowerCase();
      return all.find(({ repo_tags }) => repo_tags.some(isLike)) ?? null;
    }),
  },
  {
    id: 'behaviour/image-info-of-another',
    title: 'info of a verbose ImageStatus is that of the image that was asked for before',
    plant: (planting) => {
      let last: Record<string, string> | undefined;
      return changeAnswer('ImageStatus', (answer, { verbose }) => {
        if (!verbose || answer.image === null) return answer;
        const info = last ?? answer.info;
        last = answer.info;
        return { ...answer, info };
      })(planting);
    },
  },
  {
    id: 'behaviour/pull-tag-lower-case',
    title: 'PullImage asks for the tag in lower case',
    plant: image((name) => (isByDigest(name) ? name : name.replace(/:[^/:]+$/, (tag) => tag.toLowerCase()))),
  },
  {
    id: 'behaviour/pull-long-tag-cut',
    title: 'PullImage cuts a tag after 63 characters; 128 are allowed',
    plant: image((name) => (isByDigest(name) ? name : name.replace(/:([^/:]{63})[^/:]+$/, ':$1'))),
  },
  {
    id: 'behaviour/image-found-by-beginning-of-id',
    title: 'ImageStatus by id finds an image whose id differs at its end',
    plant: changeFound(async (image, reference, { cri }) => {
      if (image !== null || !isId(reference)) return image;
      const { images } = await cri.image.ListImages({});
      return images.find(({ id }) => id.startsWith(beginning(reference))) ?? null;
    }),
  },
  {
    // Where only the tag is looked up, a pinned image that is not there passes for present.
    id: 'behaviour/image-status-by-tag-beside-digest',
    title: 'ImageStatus of a name with tag and digest goes by the tag',
    plant: changeFound(async (image, reference, planting) =>
      image === null && /:[^/:@]+@/.test(reference) ? imageIn(planting, reference.replace(/@.*$/, '')) : image,
    ),
  },
  {
    id: 'behaviour/remove-image-takes-longer-tags',
    title: 'RemoveImage by tag also removes the images of tags that begin like it',
    plant: handling('RemoveImage', async ({ request, forward }, { cri, shown }) => {
      const tag = referenceIn(request);
      const answer = await forward();
      if (!hasTag(tag)) return answer;
      const { images } = await cri.image.ListImages({});
      for (const longer of images.flatMap(({ repo_tags }) => repo_tags).filter((name) => name.startsWith(tag))) {
        if (longer === tag) continue;
        shown();
        await cri.image.RemoveImage({ image: { image: longer } });
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/image-has-one-digest-per-repository',
    title: 'repo_digests has one digest of a repository, also for an image that was pulled as several manifests',
    plant: changeImage(({ repo_digests }) => ({
      repo_digests: repo_digests.filter(
        (name, index) => repo_digests.findIndex((other) => repositoryOf(other) === repositoryOf(name)) === index,
      ),
    })),
  },
  {
    id: 'behaviour/image-found-by-one-digest-per-repository',
    title: 'ImageStatus finds an image by one digest of a repository, also if it was pulled as several manifests',
    plant: notFound(
      (reference, { repo_digests }) =>
        isByDigest(reference) &&
        repo_digests.find((name) => repositoryOf(name) === repositoryOf(reference)) !==
          `${repositoryOf(reference)}${reference.replace(/^.*@/, '@')}`,
    ),
  },
  {
    id: 'behaviour/remove-image-not-by-tag-and-digest',
    title: 'RemoveImage by name:tag@digest succeeds and removes nothing',
    plant: doNothing('RemoveImage', (request) => /:[^/:@]+@/.test(referenceIn(request))),
  },
  {
    id: 'behaviour/remove-image-by-digest-leaves-tags',
    title: 'RemoveImage by digest leaves an image under its tags',
    plant: afterRemoval(({ repo_tags }, reference, planting) =>
      isByDigest(reference) ? restore(repo_tags, planting) : undefined,
    ),
  },
  {
    id: 'behaviour/remove-image-in-one-repository',
    title: 'RemoveImage by tag leaves an image under its tags in other repositories',
    plant: afterRemoval(({ repo_tags }, reference, planting) =>
      isByName(reference)
        ? restore(
            repo_tags.filter((tag) => repositoryOf(tag) !== repositoryOf(reference)),
            planting,
          )
        : undefined,
    ),
  },
];
