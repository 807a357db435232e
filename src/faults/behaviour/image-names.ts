import type { Fault } from '../fault.js';
import { changeFound, hasTag, isByDigest } from './image-facts.js';
import { changeAnswer, changeRequest, type Plant } from './shapes.js';

/* Names that are alike and not the same, and images that are taken for each other. */

const image = (change: (name: string) => string): Plant =>
  changeRequest('PullImage', (request) => {
    const { image: spec } = request;
    return spec === null ? request : { ...request, image: { ...spec, image: change(spec.image) } };
  });

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
];
