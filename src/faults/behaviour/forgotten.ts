import { Refusal } from '../fault.js';
import { handling, together, type Plant } from './shapes.js';

/**
 * Answers that name no container or sandbox any more that is said to be removed.
 * @param gone whether an id is one of theirs; the containers of a sandbox that is gone are gone with it
 */
export function forgotten(gone: (id: string) => boolean): Plant {
  const known = ({ id, pod_sandbox_id: pod = '' }: { id: string; pod_sandbox_id?: string }): boolean =>
    !gone(id) && !gone(pod);
  return together(
    handling('PodSandboxStatus', ({ request: { pod_sandbox_id: id }, forward }) => {
      if (gone(id)) throw new Refusal('NOT_FOUND', 'sandbox not found');
      return forward();
    }),
    handling('ContainerStatus', ({ request: { container_id: id }, forward }) => {
      if (gone(id)) throw new Refusal('NOT_FOUND', 'container not found');
      return forward();
    }),
    handling('ContainerStats', ({ request: { container_id: id }, forward }) => {
      if (gone(id)) throw new Refusal('NOT_FOUND', 'container not found');
      return forward();
    }),
    handling('ListPodSandbox', async ({ forward }) => ({ items: (await forward()).items.filter(known) })),
    handling('ListContainers', async ({ forward }) => ({ containers: (await forward()).containers.filter(known) })),
    handling('ListContainerStats', async ({ forward }) => ({
      stats: (await forward()).stats.filter(({ attributes }) => known(attributes ?? { id: '' })),
    })),
  );
}
