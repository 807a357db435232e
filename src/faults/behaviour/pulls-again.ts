import type { Image } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import {
  changeFound,
  changeFoundImage,
  changeImage,
  hasTag,
  imageIn,
  isByDigest,
  isByName,
  knowingPulls,
  referenceIn,
} from './image-facts.js';
import { overlapping } from './relations.js';
import { changeAnswer, changeRefusal, handling, together, type Answer } from './shapes.js';

/* image_ref, and several pulls of one image: side by side, given up, repeated, of a tag that moved. */

export const repeatedPullFaults: Fault[] = [
  {
    id: 'behaviour/pull-returns-reference',
    title: 'image_ref is the reference that was pulled',
    plant: changeAnswer('PullImage', (_, request) => ({ image_ref: referenceIn(request) })),
  },
  {
    id: 'behaviour/pull-returns-repo-digest',
    title: 'image_ref is the reference by digest',
    plant: changeAnswer('PullImage', async ({ image_ref }, _, planting) => ({
      image_ref: (await imageIn(planting, image_ref))?.repo_digests[0] ?? image_ref,
    })),
  },
  {
    id: 'behaviour/pull-returns-manifest-digest',
    title: 'image_ref is the digest of the manifest, which nothing is found by',
    plant: changeAnswer('PullImage', async ({ image_ref }, _, planting) => ({
      image_ref: (await imageIn(planting, image_ref))?.repo_digests[0]?.replace(/^.*@/, '') ?? image_ref,
    })),
  },
  {
    id: 'behaviour/pull-returns-previous-ref',
    title: 'image_ref is that of the pull before',
    plant: (planting) => {
      let previous: string | undefined;
      return changeAnswer('PullImage', ({ image_ref }) => {
        const answer = { image_ref: previous ?? image_ref };
        previous = image_ref;
        return answer;
      })(planting);
    },
  },
  {
    id: 'behaviour/pull-returns-another-image',
    title: 'image_ref is the id of the image that is first in the list',
    plant: changeAnswer('PullImage', async ({ image_ref }, _, { cri }) => ({
      image_ref: (await cri.image.ListImages({})).images[0]?.id ?? image_ref,
    })),
  },
  {
    id: 'behaviour/pull-again-returns-nothing',
    title: 'image_ref of a second pull is empty, for there was nothing to pull',
    plant: (planting) => {
      const pulled = new Set<string>();
      return changeAnswer('PullImage', ({ image_ref }) => {
        const again = pulled.has(image_ref);
        pulled.add(image_ref);
        return { image_ref: again ? '' : image_ref };
      })(planting);
    },
  },
  {
    id: 'behaviour/pull-concurrently-fails',
    title: 'PullImage is refused while the same reference is being pulled',
    plant: (planting) => {
      const pulling = new Set<string>();
      return handling('PullImage', async ({ request, forward }, { shown }) => {
        const reference = referenceIn(request);
        if (pulling.has(reference)) {
          shown();
          throw new Refusal('ABORTED', `pull of ${reference} is in progress`);
        }
        pulling.add(reference);
        return forward().finally(() => pulling.delete(reference));
      })(planting);
    },
  },
  {
    id: 'behaviour/pull-shared-with-first-client',
    title: 'a second pull of a reference joins the first, and ends with it when its client gives up',
    plant: (planting) => {
      const pulling = new Map<string, Promise<Answer<'PullImage'>>>();
      return handling('PullImage', ({ request, forward }, { shown }) => {
        const reference = referenceIn(request);
        const first = pulling.get(reference);
        if (first !== undefined) {
          shown();
          return first;
        }
        const pull = forward().finally(() => pulling.delete(reference));
        pulling.set(reference, pull);
        return pull;
      })(planting);
    },
  },
  {
    id: 'behaviour/pull-outlives-client',
    title: 'PullImage goes on when its client has given up',
    plant: handling('PullImage', ({ request, signal }, { cri, shown, defer }) => {
      signal.addEventListener('abort', shown, { once: true });
      const planted = new AbortController();
      defer(() => planted.abort());
      return cri.image.PullImage(request, { signal: planted.signal });
    }),
  },
  {
    id: 'behaviour/pull-given-up-locks-reference',
    title: 'once a pull was given up, every later one of the same reference is refused',
    plant: (planting) => {
      const locked = new Set<string>();
      return handling('PullImage', async ({ request, forward, signal }, { shown }) => {
        const reference = referenceIn(request);
        if (locked.has(reference)) {
          shown();
          throw new Refusal('UNKNOWN', `reference ${reference} is locked`);
        }
        signal.addEventListener('abort', () => locked.add(reference), { once: true });
        return forward();
      })(planting);
    },
  },
  {
    id: 'behaviour/pull-again-loses-repo-digests',
    title: 'repo_digests is empty once an image was pulled again',
    source: 'containerd#8483',
    plant: (planting) => {
      const pulls = new Map<string, number>();
      return together(
        changeAnswer('PullImage', (answer) => {
          pulls.set(answer.image_ref, (pulls.get(answer.image_ref) ?? 0) + 1);
          return answer;
        }),
        changeImage(({ id, repo_digests }) => ({ repo_digests: (pulls.get(id) ?? 0) > 1 ? [] : repo_digests })),
      )(planting);
    },
  },
  {
    id: 'behaviour/pull-again-doubles-tags',
    title: 'repo_tags has a tag as often as it was pulled',
    plant: (planting) => {
      const pulls = new Map<string, string[]>();
      return together(
        changeAnswer('PullImage', (answer, request) => {
          pulls.set(answer.image_ref, [...(pulls.get(answer.image_ref) ?? []), referenceIn(request)]);
          return answer;
        }),
        changeImage(({ id, repo_tags }) => {
          const pulled = pulls.get(id) ?? [];
          return {
            repo_tags: repo_tags.flatMap((tag) => {
              const times = pulled.filter((reference) => reference === tag).length;
              return Array.from({ length: Math.max(1, times) }, () => tag);
            }),
          };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/pull-second-tag-replaces-first',
    title: 'an image has only the tag that was pulled last',
    plant: (planting) => {
      const last = new Map<string, string>();
      return together(
        changeAnswer('PullImage', (answer, request) => {
          last.set(answer.image_ref, referenceIn(request));
          return answer;
        }),
        changeImage(({ id, repo_tags }) => {
          const tag = last.get(id);
          return tag !== undefined && repo_tags.includes(tag) ? { repo_tags: [tag] } : {};
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/moved-tag-stays-on-old-image',
    title: 'the old image keeps a tag that moved to another one',
    plant: knowingPulls(({ namesOf }) =>
      changeImage(({ id, repo_tags, repo_digests }) => {
        const before = namesOf(id).filter(hasTag);
        return repo_digests.length === 0 ? {} : { repo_tags: [...new Set([...repo_tags, ...before])] };
      }),
    ),
  },
  {
    id: 'behaviour/image-status-remembered',
    title: 'ImageStatus says of a reference what it first found, until the image is removed',
    plant: (planting) => {
      const found = new Map<string, Image>();
      return changeFound((image, reference) => {
        if (image === null) found.delete(reference);
        else if (!found.has(reference)) found.set(reference, image);
        return found.get(reference) ?? null;
      })(planting);
    },
  },
  {
    id: 'behaviour/image-status-repeats-tags',
    title: 'ImageStatus has every tag of an image with several ones twice',
    plant: changeFoundImage(({ repo_tags: tags }) => (tags.length < 2 ? {} : { repo_tags: [...tags, ...tags] })),
  },
  {
    id: 'behaviour/pull-failure-removes-old-image',
    title: 'PullImage of a tag that fails removes the image that was there under the tag',
    plant: changeRefusal('PullImage', async (_, { request }, planting) => {
      const image = referenceIn(request);
      try {
        if (!isByName(image) || (await imageIn(planting, image)) === null) return undefined;
        await planting.cri.image.RemoveImage({ image: { image } });
        planting.shown();
      } catch {
        // It was not there, or stays.
      }
      return undefined;
    }),
  },
  {
    id: 'behaviour/pulls-at-once-share-reference',
    title: 'of two PullImage at once, the later is answered with the image_ref of the earlier',
    plant: overlapping('PullImage', async (earlier, { forward }, { shown }) => {
      const [said, own] = await Promise.all([earlier.answer.catch(() => undefined), forward()]);
      if (said === undefined || said.image_ref === own.image_ref) return own;
      shown();
      return said;
    }),
  },
  {
    id: 'behaviour/image-tags-lost-by-pull-of-digest',
    title: 'repo_tags of an image is empty once it was pulled by digest, until it is pulled by tag again',
    plant: (planting) => {
      const lost = new Set<string>();
      return together(
        handling('PullImage', async ({ request, forward }) => {
          const answer = await forward();
          if (isByDigest(referenceIn(request))) lost.add(answer.image_ref);
          else lost.delete(answer.image_ref);
          return answer;
        }),
        changeImage(({ id }) => (lost.has(id) ? { repo_tags: [] } : {})),
      )(planting);
    },
  },
];
