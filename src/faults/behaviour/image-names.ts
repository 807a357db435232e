import type { ImageSpec } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeAnswer, changeRequest, type Plant } from './shapes.js';

/* Names that are alike and not the same, and images that are taken for each other. */

const hasTag = (reference: string): boolean => /:[^/:@]+$/.test(reference) && !reference.includes('@');

const image = (change: (name: string) => string): Plant =>
  changeRequest('PullImage', (request) => {
    const spec: ImageSpec | null = request.image;
    return spec === null ? request : { ...request, image: { ...spec, image: change(spec.image) } };
  });

export const imageNameFaults: Fault[] = [
  {
    id: 'behaviour/image-found-in-any-case',
    title: 'ImageStatus finds an image under its tag whether in upper or lower case',
    plant: changeAnswer('ImageStatus', async (answer, request, { cri }) => {
      const asked = request.image?.image ?? '';
      if (answer.image !== null || !hasTag(asked)) return answer;
      const { images: all } = await cri.image.ListImages({});
      const isLike = (tag: string): boolean => tag.toLowerCase() === asked.toLowerCase();
      return { ...answer, image: all.find(({ repo_tags }) => repo_tags.some(isLike)) ?? null };
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
    plant: image((name) => (name.includes('@') ? name : name.replace(/:[^/:]+$/, (tag) => tag.toLowerCase()))),
  },
  {
    id: 'behaviour/pull-long-tag-cut',
    title: 'PullImage cuts a tag after 63 characters; 128 are allowed',
    plant: image((name) => (name.includes('@') ? name : name.replace(/:([^/:]{63})[^/:]+$/, ':$1'))),
  },
];
