import { Refusal, type Fault } from '../fault.js';
import { forgotten } from './forgotten.js';
import {
  changeAnswer,
  changeCode,
  changeRefusal,
  doLater,
  doNothing,
  handling,
  refuse,
  stateOf,
  together,
  type Plant,
} from './shapes.js';
import { staleContainer } from './stale.js';

/* RemoveContainer: what it refuses, what it leaves, what it takes along; and ids that nobody knows. */

/** Containers that are said to be removed and are not: no answer names them any more. */
const onlyForgotten: Plant = (planting) => {
  const hidden = new Set<string>();
  return together(
    handling('RemoveContainer', async ({ request: { container_id: id }, forward }) => {
      if ((await stateOf(planting, id)) !== 'CONTAINER_RUNNING') return forward();
      planting.shown();
      hidden.add(id);
      return {};
    }),
    forgotten((id) => hidden.has(id)),
  )(planting);
};

/** Stops, or removes, all other containers of the pod for which the condition holds. */
const takesAlong = (which: 'CONTAINER_EXITED' | 'CONTAINER_CREATED'): Plant =>
  handling('RemoveContainer', async ({ request: { container_id: id }, forward }, { cri: { runtime }, shown }) => {
    const [own] = (await runtime.ListContainers({ filter: { id } })).containers;
    const answer = await forward();
    if (own === undefined) return answer;
    const { containers } = await runtime.ListContainers({
      filter: { pod_sandbox_id: own.pod_sandbox_id, state: { state: which } },
    });
    if (containers.length > 0) shown();
    for (const other of containers) await runtime.RemoveContainer({ container_id: other.id });
    return answer;
  });

export const removeFaults: Fault[] = [
  {
    id: 'behaviour/remove-does-nothing',
    title: 'RemoveContainer says OK and does nothing',
    plant: doNothing('RemoveContainer'),
  },
  {
    id: 'behaviour/remove-in-background',
    title: 'RemoveContainer answers at once and removes the container afterwards',
    plant: doLater('RemoveContainer', 50),
  },
  {
    id: 'behaviour/remove-refuses-running',
    title: 'RemoveContainer refuses a running container',
    plant: refuse(
      'RemoveContainer',
      async ({ container_id }, planting) => (await stateOf(planting, container_id)) === 'CONTAINER_RUNNING',
      'FAILED_PRECONDITION',
      'container is running',
    ),
  },
  {
    id: 'behaviour/remove-refuses-created',
    title: 'RemoveContainer refuses a container that was never started',
    plant: refuse(
      'RemoveContainer',
      async ({ container_id }, planting) => (await stateOf(planting, container_id)) === 'CONTAINER_CREATED',
      'FAILED_PRECONDITION',
      'container is not stopped',
    ),
  },
  {
    id: 'behaviour/remove-only-stops-running',
    title: 'RemoveContainer of a running container stops it and leaves it there',
    plant: handling('RemoveContainer', async ({ request: { container_id }, forward }, planting) => {
      if ((await stateOf(planting, container_id)) !== 'CONTAINER_RUNNING') return forward();
      planting.shown();
      await planting.cri.runtime.StopContainer({ container_id, timeout: 0 });
      return {};
    }),
  },
  {
    id: 'behaviour/remove-leaves-process',
    title: 'RemoveContainer of a running container forgets it while its process lives on',
    plant: onlyForgotten,
  },
  {
    id: 'behaviour/remove-status-stays',
    title: 'ContainerStatus still knows a container for a while after RemoveContainer',
    plant: staleContainer('RemoveContainer', ['status']),
  },
  {
    id: 'behaviour/remove-listing-stays',
    title: 'ListContainers still lists a container for a while after RemoveContainer',
    plant: staleContainer('RemoveContainer', ['list']),
  },
  {
    id: 'behaviour/remove-stats-stay',
    title: 'ContainerStats of a removed container still gives its last figures',
    plant: (planting) => {
      const last = new Map<string, object>();
      return together(
        handling('RemoveContainer', async ({ request, forward }) => {
          const stats = await planting.cri.runtime.ContainerStats(request).catch(() => undefined);
          const answer = await forward();
          if (stats !== undefined) last.set(request.container_id, stats);
          return answer;
        }),
        changeRefusal('ContainerStats', (_, { request }) => last.get(request.container_id)),
      )(planting);
    },
  },
  {
    id: 'behaviour/remove-takes-exited-along',
    title: 'RemoveContainer removes every EXITED container of the pod',
    plant: takesAlong('CONTAINER_EXITED'),
  },
  {
    id: 'behaviour/remove-takes-created-along',
    title: 'RemoveContainer removes every CREATED container of the pod',
    plant: takesAlong('CONTAINER_CREATED'),
  },
  {
    id: 'behaviour/remove-needs-the-image',
    title: 'RemoveContainer fails once the image of the container is removed',
    source: 'containerd#2858',
    plant: refuse(
      'RemoveContainer',
      async ({ container_id }, { cri }) => {
        const { status } = await cri.runtime.ContainerStatus({ container_id }).catch(() => ({ status: null }));
        if (status === null) return false;
        return (await cri.image.ImageStatus({ image: { image: status.image_ref } })).image === null;
      },
      'NOT_FOUND',
      'the image of the container is not found',
    ),
  },
  {
    id: 'behaviour/remove-of-unknown-fails',
    title: 'RemoveContainer of an id that the runtime does not know (any more) is NotFound',
    plant: refuse(
      'RemoveContainer',
      async ({ container_id }, planting) => (await stateOf(planting, container_id)) === undefined,
      'NOT_FOUND',
      'container not found',
    ),
  },
  {
    id: 'behaviour/remove-again-fails',
    title: 'RemoveContainer of a container that was removed is an error',
    plant: ({ shown }) => {
      const removed = new Set<string>();
      return {
        RemoveContainer: async ({ request: { container_id }, forward }) => {
          if (removed.has(container_id)) {
            shown();
            throw new Refusal('INTERNAL', 'no such container');
          }
          const answer = await forward();
          removed.add(container_id);
          return answer;
        },
      };
    },
  },
  {
    id: 'behaviour/status-of-unknown-is-unknown',
    title: 'ContainerStatus of an unknown id fails with Unknown in place of NotFound',
    plant: changeCode('ContainerStatus', 'NOT_FOUND', 'UNKNOWN'),
  },
  {
    id: 'behaviour/status-of-unknown-is-internal',
    title: 'ContainerStatus of an unknown id fails with Internal in place of NotFound',
    plant: changeCode('ContainerStatus', 'NOT_FOUND', 'INTERNAL'),
  },
  {
    id: 'behaviour/status-of-unknown-is-empty',
    title: 'ContainerStatus of an unknown id answers without a status',
    plant: changeRefusal('ContainerStatus', ({ code }) => (code === 'NOT_FOUND' ? { status: null } : undefined)),
  },
  {
    id: 'behaviour/stats-of-unknown-are-empty',
    title: 'ContainerStats of an unknown id answers without figures',
    plant: changeRefusal('ContainerStats', ({ code }) => (code === 'NOT_FOUND' ? { stats: null } : undefined)),
  },
  {
    id: 'behaviour/status-needs-the-image',
    title: 'ContainerStatus fails once the image of the container is removed',
    source: 'containerd#2858',
    plant: handling('ContainerStatus', async ({ forward }, { cri, shown }) => {
      const answer = await forward();
      const { image } = await cri.image.ImageStatus({ image: { image: answer.status?.image_ref } });
      if (image !== null) return answer;
      shown();
      throw new Refusal('NOT_FOUND', 'the image of the container is not found');
    }),
  },
  {
    id: 'behaviour/listing-needs-the-image',
    title: 'ListContainers leaves out containers whose image is removed',
    source: 'containerd#2858',
    plant: changeAnswer('ListContainers', async ({ containers }, _, { cri }) => {
      const { images } = await cri.image.ListImages({});
      const ids = new Set(images.map(({ id }) => id));
      return { containers: containers.filter(({ image_ref }) => ids.has(image_ref)) };
    }),
  },
];
