import type { Image } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { changeListed, changeListedImage, knowingPulls } from './image-facts.js';
import { changeAnswer, handling, refuse, together } from './shapes.js';

/* Which images ListImages has, and how often. */

const tagsOnly = (image: Image): boolean => image.repo_tags.length > 0;

export const imageListFaults: Fault[] = [
  {
    id: 'behaviour/image-list-doubles-entries',
    title: 'ListImages has every image twice',
    plant: changeListed((images) => [...images, ...images]),
  },
  {
    id: 'behaviour/image-list-entry-per-tag',
    title: 'ListImages has an entry for every tag of an image',
    plant: changeListed((images) =>
      images.flatMap((image) =>
        tagsOnly(image) ? image.repo_tags.map((tag) => ({ ...image, repo_tags: [tag] })) : [image],
      ),
    ),
  },
  {
    id: 'behaviour/image-list-without-untagged',
    title: 'ListImages leaves out images without tag',
    plant: changeListed((images) => images.filter(tagsOnly)),
  },
  {
    id: 'behaviour/image-list-misses-newest',
    title: 'ListImages leaves out the image that was pulled last',
    plant: (planting) => {
      let newest: string | undefined;
      return together(
        changeAnswer('PullImage', (answer) => {
          newest = answer.image_ref;
          return answer;
        }),
        changeListed((images) => images.filter(({ id }) => id !== newest)),
      )(planting);
    },
  },
  {
    id: 'behaviour/image-list-ids-cut',
    title: 'ids in ListImages are cut to twelve digits',
    plant: changeListedImage(({ id }) => ({ id: id.replace(/^sha256:(.{12}).*$/, '$1') })),
  },
  {
    id: 'behaviour/image-list-ids-without-algorithm',
    title: 'ids in ListImages lack the sha256: that ImageStatus gives them',
    plant: changeListedImage(({ id }) => ({ id: id.replace('sha256:', '') })),
  },
  {
    id: 'behaviour/image-list-remembered',
    title: 'ListImages repeats its answer for two seconds',
    plant: (planting) => {
      let last: { at: number; images: Image[] } | undefined;
      return changeListed((images) => {
        if (last === undefined || Date.now() - last.at > 2_000) last = { at: Date.now(), images };
        return last.images;
      })(planting);
    },
  },
  {
    id: 'behaviour/image-list-empty-filter-matches-nothing',
    title: 'ListImages with an empty filter lists nothing',
    plant: changeAnswer('ListImages', (answer, { filter }) =>
      filter !== null && filter.image === null ? { images: [] } : answer,
    ),
  },
  {
    id: 'behaviour/image-list-refuses-empty-filter',
    title: 'ListImages refuses a filter without image',
    plant: refuse(
      'ListImages',
      ({ filter }) => filter !== null && filter.image === null,
      'INVALID_ARGUMENT',
      'the filter has no image',
    ),
  },
  {
    id: 'behaviour/image-list-fails-while-images-change',
    title: 'ListImages fails if an image was removed while it looked',
    plant: (planting) => {
      let removals = 0;
      return {
        ...handling('RemoveImage', async ({ forward }) => {
          const answer = await forward();
          removals += 1;
          return answer;
        })(planting),
        ...handling('ListImages', ({ forward }, { shown }) => {
          if (removals === 0) return forward();
          removals = 0;
          shown();
          return Promise.reject(new Refusal('NOT_FOUND', 'an image of the list does not exist'));
        })(planting),
      };
    },
  },
  {
    id: 'behaviour/image-list-keeps-moved-tags',
    title: 'ListImages has a tag that moved with the old image as well; ImageStatus has it with the new one alone',
    plant: knowingPulls(({ namesOf }) =>
      changeListed((images) =>
        images.map((image) => {
          const others = new Set(images.filter(({ id }) => id !== image.id).flatMap(({ repo_tags }) => repo_tags));
          const moved = namesOf(image.id).filter((tag) => others.has(tag));
          return { ...image, repo_tags: [...image.repo_tags, ...moved] };
        }),
      ),
    ),
  },
  {
    // `crictl images` sends a filter with an empty name.
    id: 'behaviour/image-list-empty-name-matches-nothing',
    title: 'ListImages with the empty name in its filter lists nothing',
    plant: changeAnswer('ListImages', (answer, { filter }) => (filter?.image?.image === '' ? { images: [] } : answer)),
  },
];
