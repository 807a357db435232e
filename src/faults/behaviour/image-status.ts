import { Refusal, type Fault } from '../fault.js';
import {
  changeFound,
  imageIn,
  isByDigest,
  isByName,
  isId,
  notFound,
  referenceIn,
  repositoryOf,
} from './image-facts.js';
import { changeAnswer, handling, refuse } from './shapes.js';

/* By which references ImageStatus finds an image, and what it says where there is none. */

export const imageStatusFaults: Fault[] = [
  {
    id: 'behaviour/absent-image-is-not-found',
    title: 'ImageStatus of an absent image is refused with NOT_FOUND',
    plant: changeAnswer('ImageStatus', (answer, request, { shown }) => {
      if (answer.image !== null) return answer;
      shown();
      throw new Refusal('NOT_FOUND', `no such image: ${referenceIn(request)}`);
    }),
  },
  {
    id: 'behaviour/absent-image-is-empty',
    title: 'ImageStatus of an absent image answers with an empty image',
    plant: changeFound((image) => image ?? {}),
  },
  {
    id: 'behaviour/absent-image-is-another',
    title: 'ImageStatus of an absent image answers with the first one of the list',
    plant: changeFound(async (image, _, { cri }) => image ?? (await cri.image.ListImages({})).images[0] ?? null),
  },
  {
    id: 'behaviour/absent-tag-is-any-of-repository',
    title: 'ImageStatus of a tag that is not there answers with another image of the repository',
    plant: changeFound(async (image, reference, { cri }) => {
      if (image !== null || isId(reference)) return image;
      const { images } = await cri.image.ListImages({});
      const near = (name: string): boolean => repositoryOf(name) === repositoryOf(reference);
      return images.find(({ repo_tags, repo_digests }) => [...repo_tags, ...repo_digests].some(near)) ?? null;
    }),
  },
  {
    id: 'behaviour/absent-tag-matches-by-prefix',
    title: 'ImageStatus takes an image whose name begins with the reference',
    plant: changeFound(async (image, reference, { cri }) => {
      if (image !== null || reference === '') return image;
      const { images } = await cri.image.ListImages({});
      return images.find(({ repo_tags }) => repo_tags.some((tag) => tag.startsWith(reference))) ?? null;
    }),
  },
  {
    id: 'behaviour/image-status-pulls',
    title: 'ImageStatus of an absent image pulls it',
    plant: handling('ImageStatus', async ({ request, forward }, { cri, shown }) => {
      const answer = await forward();
      if (answer.image !== null || isId(referenceIn(request))) return answer;
      const pulled = await cri.image.PullImage({ image: request.image }).then(
        () => true,
        () => false,
      );
      if (!pulled) return answer;
      shown();
      return forward();
    }),
  },
  {
    id: 'behaviour/image-status-not-by-id',
    title: 'ImageStatus finds no image by its id',
    plant: notFound(isId),
  },
  {
    id: 'behaviour/image-status-not-by-digest',
    title: 'ImageStatus finds no image by name@digest',
    plant: notFound(isByDigest),
  },
  {
    id: 'behaviour/image-status-not-by-name-alone',
    title: 'ImageStatus finds no image by a name without tag',
    plant: notFound((reference) => isByName(reference) && reference === repositoryOf(reference)),
  },
  {
    id: 'behaviour/image-status-by-first-tag-only',
    title: 'ImageStatus finds an image by the first of its tags alone',
    plant: notFound((reference, { repo_tags }) => repo_tags.slice(1).includes(reference)),
  },
  {
    id: 'behaviour/image-status-not-by-tag-and-digest',
    title: 'ImageStatus finds no image by name:tag@digest',
    plant: notFound((reference) => /:[^/:@]+@/.test(reference)),
  },
  {
    id: 'behaviour/image-status-misses-untagged',
    title: 'ImageStatus finds no image that has no tag',
    plant: notFound((_, { repo_tags }) => repo_tags.length === 0),
  },
  {
    id: 'behaviour/image-status-minds-annotations',
    title: 'ImageStatus finds no image if the ImageSpec has annotations',
    plant: changeAnswer('ImageStatus', (answer, { image }) =>
      Object.keys(image?.annotations ?? {}).length > 0 ? { ...answer, image: null } : answer,
    ),
  },
  {
    id: 'behaviour/image-status-verbose-without-image',
    title: 'a verbose ImageStatus has info and no image',
    plant: changeAnswer('ImageStatus', (answer, { verbose }) => (verbose ? { ...answer, image: null } : answer)),
  },
  {
    id: 'behaviour/image-status-info-unasked',
    title: 'ImageStatus has info unless the request is verbose',
    plant: changeAnswer('ImageStatus', (answer, { verbose }) =>
      verbose || answer.image === null ? answer : { ...answer, info: { info: '{}' } },
    ),
  },
  {
    id: 'behaviour/image-status-has-tag-asked-for',
    title: 'repo_tags in ImageStatus is the tag that was asked for and no other',
    plant: changeFound(
      (image, reference) =>
        image && (image.repo_tags.includes(reference) ? { ...image, repo_tags: [reference] } : image),
    ),
  },
  {
    // As `crictl inspecti` asks.
    id: 'behaviour/absent-image-not-found-if-verbose',
    title: 'a verbose ImageStatus of an image that is not there is refused with NOT_FOUND',
    plant: refuse(
      'ImageStatus',
      async (request, planting) => request.verbose && (await imageIn(planting, referenceIn(request))) === null,
      'NOT_FOUND',
      'no such image',
    ),
  },
];
