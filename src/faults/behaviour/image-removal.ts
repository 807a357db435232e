import type { Image } from '../../client/generated/types.js';
import { Refusal, type Fault, type Planting } from '../fault.js';
import {
  changeFound,
  changeListed,
  imageIn,
  isByDigest,
  isByName,
  isId,
  referenceIn,
  repositoryOf,
} from './image-facts.js';
import { changeListedContainers, doNothing, handling, refuse, together, type Plant } from './shapes.js';

/* What RemoveImage removes, what it leaves, and what becomes of containers. */

/** Removes as it should, then does something with what was there before. */
export function afterRemoval(
  then: (image: Image, reference: string, planting: Planting) => Promise<void> | void,
): Plant {
  return handling('RemoveImage', async ({ request, forward }, planting) => {
    const image = await imageIn(planting, referenceIn(request));
    const answer = await forward();
    if (image !== null) await then(image, referenceIn(request), planting);
    return answer;
  });
}

/** Brings names back as though they had not been removed. */
export async function restore(names: readonly string[], { cri, shown }: Planting): Promise<void> {
  for (const name of names) {
    const back = await cri.image.PullImage({ image: { image: name } }).catch(() => undefined);
    if (back !== undefined) shown();
  }
}

/** Which images were removed, by id, for faults that act on it. */
function removed(during: (ids: Map<string, Image>) => Plant): Plant {
  return (planting) => {
    const ids = new Map<string, Image>();
    const note = afterRemoval((image) => void ids.set(image.id, image));
    return together(note, during(ids))(planting);
  };
}

export const imageRemovalFaults: Fault[] = [
  {
    id: 'behaviour/remove-image-does-nothing',
    title: 'RemoveImage succeeds and removes nothing',
    plant: doNothing(
      'RemoveImage',
      async (request, planting) => (await imageIn(planting, referenceIn(request))) !== null,
    ),
  },
  {
    id: 'behaviour/remove-image-not-by-tag',
    title: 'RemoveImage by tag succeeds and removes nothing',
    plant: doNothing('RemoveImage', (request) => isByName(referenceIn(request))),
  },
  {
    id: 'behaviour/remove-image-not-by-digest',
    title: 'RemoveImage by name@digest succeeds and removes nothing',
    plant: doNothing('RemoveImage', (request) => isByDigest(referenceIn(request))),
  },
  {
    id: 'behaviour/remove-image-not-by-id',
    title: 'RemoveImage by id succeeds and removes nothing',
    plant: doNothing('RemoveImage', (request) => isId(referenceIn(request))),
  },
  {
    id: 'behaviour/remove-image-untags-one',
    title: 'RemoveImage by id takes the first tag off an image with several ones',
    plant: afterRemoval(({ repo_tags }, reference, planting) =>
      isId(reference) ? restore(repo_tags.slice(1), planting) : undefined,
    ),
  },
  {
    id: 'behaviour/remove-image-untags-named',
    title: 'RemoveImage by a tag takes that tag off and leaves the image under the others',
    plant: afterRemoval(({ repo_tags }, reference, planting) =>
      isByName(reference)
        ? restore(
            repo_tags.filter((tag) => tag !== reference),
            planting,
          )
        : undefined,
    ),
  },
  {
    id: 'behaviour/remove-image-leaves-digest',
    title: 'RemoveImage removes the tags of an image and leaves it under its digest',
    plant: afterRemoval(({ repo_tags, repo_digests }, _, planting) =>
      repo_tags.length > 0 ? restore(repo_digests, planting) : undefined,
    ),
  },
  {
    id: 'behaviour/remove-image-by-digest-reappears',
    title: 'an image by digest is back right after its removal',
    source: 'containerd/cri#1161',
    plant: afterRemoval(({ repo_digests }, reference, planting) =>
      isByDigest(reference) ? restore(repo_digests, planting) : undefined,
    ),
  },
  {
    id: 'behaviour/remove-image-later',
    title: 'RemoveImage answers at once and removes a third of a second later',
    plant: handling('RemoveImage', async ({ request, forward }, planting) => {
      const { cri, defer, shown } = planting;
      if ((await imageIn(planting, referenceIn(request))) === null) return forward();
      shown();
      const remove = (): void => void cri.image.RemoveImage(request).catch(() => undefined);
      const timer = setTimeout(remove, 300);
      defer(() => clearTimeout(timer));
      return {};
    }),
  },
  {
    id: 'behaviour/removed-image-still-listed',
    title: 'ListImages has an image for a second after its removal',
    source: 'cri-o#9796',
    plant: (planting) => {
      const gone = new Map<string, { image: Image; until: number }>();
      return together(
        afterRemoval((image) => void gone.set(image.id, { image, until: Date.now() + 1_000 })),
        changeListed((images) => {
          const ghosts = [...gone.values()].filter(({ until }) => until > Date.now());
          const missing = ghosts.filter(({ image }) => images.every(({ id }) => id !== image.id));
          return [...images, ...missing.map(({ image }) => image)];
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/removed-image-still-found-by-id',
    title: 'ImageStatus by id finds an image that was removed',
    plant: removed((ids) => changeFound((image, reference) => image ?? ids.get(reference) ?? null)),
  },
  {
    id: 'behaviour/removed-image-cannot-be-pulled-again',
    title: 'the first PullImage of an image that was removed fails',
    plant: (planting) => {
      const names = new Set<string>();
      return together(
        afterRemoval(({ repo_tags, repo_digests }) =>
          [...repo_tags, ...repo_digests].forEach((name) => names.add(name)),
        ),
        refuse('PullImage', (request) => names.delete(referenceIn(request)), 'UNKNOWN', 'layer is being removed'),
      )(planting);
    },
  },
  {
    id: 'behaviour/remove-absent-image-is-not-found',
    title: 'RemoveImage of an image that is not there is refused with NOT_FOUND',
    plant: refuse(
      'RemoveImage',
      async (request, planting) => (await imageIn(planting, referenceIn(request))) === null,
      'NOT_FOUND',
      'no such image',
    ),
  },
  {
    id: 'behaviour/remove-image-concurrently-fails',
    title: 'RemoveImage is refused while the same image is being removed',
    source: 'cri-o#9717',
    plant: (planting) => {
      const removing = new Set<string>();
      return handling('RemoveImage', async ({ request, forward }, { shown }) => {
        const image = await imageIn(planting, referenceIn(request));
        const key = image?.id ?? referenceIn(request);
        if (removing.has(key)) {
          shown();
          throw new Refusal('UNKNOWN', `image ${key} is being removed`);
        }
        removing.add(key);
        return forward().finally(() => removing.delete(key));
      })(planting);
    },
  },
  {
    id: 'behaviour/remove-absent-tag-removes-repository',
    title: 'RemoveImage of a tag that is not there removes another image of the repository',
    plant: handling('RemoveImage', async ({ request, forward }, planting) => {
      const reference = referenceIn(request);
      if (isId(reference) || (await imageIn(planting, reference)) !== null) return forward();
      await removeRepository(reference, planting);
      return forward();
    }),
  },
  {
    id: 'behaviour/remove-image-takes-repository',
    title: 'RemoveImage removes every image of the repository',
    plant: afterRemoval(({ repo_tags, repo_digests }, _, planting) =>
      removeRepository(repo_tags[0] ?? repo_digests[0] ?? '', planting),
    ),
  },
  {
    id: 'behaviour/remove-image-kills-containers',
    title: 'RemoveImage of an image in use kills its containers',
    plant: afterRemoval(async ({ id }, _, { cri, shown }) => {
      const { containers } = await cri.runtime.ListContainers({ filter: { state: { state: 'CONTAINER_RUNNING' } } });
      for (const container of containers.filter(({ image_ref }) => image_ref === id)) {
        shown();
        await cri.runtime.StopContainer({ container_id: container.id, timeout: 0 }).catch(() => undefined);
      }
    }),
  },
  {
    id: 'behaviour/removed-image-breaks-status-of-containers',
    title: 'ContainerStatus and StopContainer fail once the image of the container is removed',
    source: 'containerd#2858',
    plant: removed((ids) => {
      const lost = async ({ container_id }: { container_id: string }, { cri }: Planting): Promise<boolean> => {
        const { containers } = await cri.runtime.ListContainers({ filter: { id: container_id } });
        return containers.some(({ image_ref }) => ids.has(image_ref));
      };
      return together(
        refuse('ContainerStatus', lost, 'UNKNOWN', 'failed to get image: not found'),
        refuse('StopContainer', lost, 'UNKNOWN', 'failed to get image: not found'),
      );
    }),
  },
  {
    id: 'behaviour/removed-image-leaves-list-of-containers',
    title: 'image_ref in ListContainers is empty once the image is removed',
    plant: removed((ids) =>
      changeListedContainers(({ image_ref }) => ({ image_ref: ids.has(image_ref) ? '' : image_ref })),
    ),
  },
  {
    id: 'behaviour/image-in-use-for-ever',
    title: 'RemoveImage is refused for an image that ever had a container, also when that is gone',
    source: 'cri-o#3302',
    plant: (planting) => {
      const used = new Set<string>();
      const inUse = async (reference: string): Promise<boolean> => {
        const image = await imageIn(planting, reference);
        return image !== null && [...image.repo_tags, ...image.repo_digests, image.id].some((name) => used.has(name));
      };
      return together(
        handling('CreateContainer', ({ request, forward }) => {
          used.add(request.config?.image?.image ?? '');
          return forward();
        }),
        refuse('RemoveImage', (request) => inUse(referenceIn(request)), 'UNKNOWN', 'image is in use'),
      )(planting);
    },
  },
  {
    id: 'behaviour/remove-image-in-use-fails-halfway',
    title: 'RemoveImage of an image in use is refused after its names were removed',
    plant: handling('RemoveImage', async ({ request, forward }, planting) => {
      const image = await imageIn(planting, referenceIn(request));
      const { containers } = await planting.cri.runtime.ListContainers({});
      const answer = await forward();
      if (image === null || containers.every(({ image_ref }) => image_ref !== image.id)) return answer;
      planting.shown();
      throw new Refusal('FAILED_PRECONDITION', 'image is in use');
    }),
  },
];

async function removeRepository(reference: string, { cri, shown }: Planting): Promise<void> {
  const { images } = await cri.image.ListImages({});
  const near = (name: string): boolean => repositoryOf(name) === repositoryOf(reference);
  for (const { id, repo_tags, repo_digests } of images) {
    if (![...repo_tags, ...repo_digests].some(near)) continue;
    shown();
    await cri.image.RemoveImage({ image: { image: id } });
  }
}
