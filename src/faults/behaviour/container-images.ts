import type { Image } from '../../client/generated/types.js';
import { Refusal, type Fault, type Planting } from '../fault.js';
import { hasTag, imageIn, isId, knowingPulls, referenceIn, repositoryOf } from './image-facts.js';
import { listedOf } from './relations.js';
import { changeAnswer, changeRefusal, changeRequest, handling, refuse, together } from './shapes.js';

/* Images and the containers that run them: which image it is, and what one call does to the other. */

/** Containers of an image in the real runtime that have ended. */
async function endedContainersOf({ cri }: Planting, image: Image): Promise<string[]> {
  const { containers } = await cri.runtime.ListContainers({ filter: { state: { state: 'CONTAINER_EXITED' } } });
  const names = [image.id, ...image.repo_digests, ...image.repo_tags];
  return containers.filter(({ image_ref }) => names.includes(image_ref)).map(({ id }) => id);
}

/** Whether the image that a container was made from is gone. */
const imageIsGone: Parameters<typeof refuse<'StopContainer'>>[1] = async ({ container_id }, planting) => {
  const own = await listedOf(planting, container_id);
  return own?.state === 'CONTAINER_RUNNING' && (await imageIn(planting, own.image_ref)) === null;
};

export const containerImageFaults: Fault[] = [
  {
    id: 'behaviour/container-image-follows-tag',
    title: 'ContainerStatus has the image that the tag of the container stands for now, not when it was created',
    plant: (planting) => {
      const asked = new Map<string, string>();
      return together(
        handling('CreateContainer', async ({ request, forward }) => {
          const answer = await forward();
          asked.set(
            answer.container_id,
            request.config?.image?.user_specified_image || request.config?.image?.image || '',
          );
          return answer;
        }),
        changeAnswer('ContainerStatus', async (answer, request) => {
          const { status } = answer;
          const name = asked.get(request.container_id) ?? '';
          if (status === null || !hasTag(name)) return answer;
          const image = await imageIn(planting, name);
          if (image === null || [image.id, ...image.repo_digests].includes(status.image_ref)) return answer;
          const image_ref = status.image_ref.includes('@') ? (image.repo_digests[0] ?? image.id) : image.id;
          return { ...answer, status: { ...status, image_ref } };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/create-by-image-id-runs-other',
    title: 'a container of an image that is named by its id runs another image of the same repository',
    plant: changeRequest('CreateContainer', async (request, { cri }) => {
      const { config } = request;
      if (!config?.image || !isId(config.image.image)) return request;
      const { images: all } = await cri.image.ListImages({});
      const own = all.find(({ id }) => id.endsWith(config.image?.image ?? '?'));
      const twin = all.find(
        ({ id, repo_tags }) =>
          id !== own?.id && repo_tags.some((tag) => repositoryOf(tag) === repositoryOf(own?.repo_tags[0] ?? '')),
      );
      return twin === undefined
        ? request
        : { ...request, config: { ...config, image: { ...config.image, image: twin.id } } };
    }),
  },
  {
    id: 'behaviour/create-with-untagged-image-refused',
    title: 'CreateContainer refuses an image that has lost its last tag',
    plant: handling('CreateContainer', async ({ request, forward }, { cri, shown }) => {
      const { image } = await cri.image.ImageStatus({ image: request.config?.image ?? null });
      if (image === null || image.repo_tags.length > 0) return forward();
      shown();
      throw new Refusal('NOT_FOUND', `image ${image.id} has no name`);
    }),
  },
  {
    id: 'behaviour/remove-image-removes-ended-containers',
    title: 'RemoveImage removes the ended containers of the image as well',
    plant: handling('RemoveImage', async ({ request, forward }, planting) => {
      const { cri, shown } = planting;
      const image = await imageIn(planting, referenceIn(request));
      const ended = image === null ? [] : await endedContainersOf(planting, image);
      const answer = await forward();
      for (const container_id of ended) {
        await cri.runtime.RemoveContainer({ container_id }).catch(() => undefined);
        shown();
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/pull-failure-removes-image',
    title: 'PullImage that fails removes the image that was there under that name',
    plant: (planting) => {
      const { cri, shown } = planting;
      return changeRefusal('PullImage', async (_, { request }) => {
        const image = await imageIn(planting, referenceIn(request));
        if (image === null) return undefined;
        await cri.image.RemoveImage({ image: { image: image.id } });
        shown();
        return undefined;
      })(planting);
    },
  },
  {
    id: 'behaviour/create-with-moved-tag-runs-old',
    title: 'a container of a tag that has moved is made from the image that the tag was on at first',
    plant: knowingPulls(({ idsOf }) =>
      changeRequest('CreateContainer', async (request, planting) => {
        const { config } = request;
        const [old, ...others] = idsOf(referenceIn({ image: config?.image ?? null }));
        if (!config?.image || old === undefined || others.every((id) => id === old)) return request;
        if ((await imageIn(planting, old)) === null) return request;
        return { ...request, config: { ...config, image: { ...config.image, image: old } } };
      }),
    ),
  },
  {
    id: 'behaviour/image-pulled-again-cannot-be-run',
    title: 'CreateContainer refuses an image that was removed and pulled again',
    plant: (planting) => {
      const removed = new Set<string>();
      return together(
        handling('RemoveImage', async ({ request, forward }) => {
          const image = await imageIn(planting, referenceIn(request));
          const answer = await forward();
          if (image !== null) removed.add(image.id);
          return answer;
        }),
        refuse(
          'CreateContainer',
          async ({ config }) =>
            removed.has((await imageIn(planting, referenceIn({ image: config?.image ?? null })))?.id ?? ''),
          'NOT_FOUND',
          'the snapshot of the topmost layer does not exist',
        ),
      )(planting);
    },
  },
  {
    // A runtime that reads the stop signal from the image when it stops.
    id: 'behaviour/stop-kills-once-image-is-gone',
    title: 'StopContainer kills at once if the image of the container was removed',
    source: 'containerd#2858',
    plant: changeRequest('StopContainer', async (request, planting) =>
      (await imageIsGone(request, planting)) ? { ...request, timeout: 0n } : request,
    ),
  },
];
