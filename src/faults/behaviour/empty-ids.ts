import type { Container, PodSandbox } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeRefusal } from './shapes.js';

/* Requests without an id, answered about somebody. */

const newest = <Item extends Container | PodSandbox>(all: Item[]): Item | undefined =>
  all.reduce<Item | undefined>((best, item) => (best && best.created_at > item.created_at ? best : item), undefined);

export const emptyIdFaults: Fault[] = [
  {
    id: 'behaviour/status-of-empty-id-is-the-newest',
    title: 'ContainerStatus without an id tells of the newest container',
    plant: changeRefusal('ContainerStatus', async (_, { request, forward }, { cri }) => {
      const last = request.container_id === '' ? newest((await cri.runtime.ListContainers({})).containers) : undefined;
      return last && forward({ ...request, container_id: last.id });
    }),
  },
  {
    id: 'behaviour/sandbox-status-of-empty-id-is-the-newest',
    title: 'PodSandboxStatus without an id tells of the newest sandbox',
    plant: changeRefusal('PodSandboxStatus', async (_, { request, forward }, { cri }) => {
      const last = request.pod_sandbox_id === '' ? newest((await cri.runtime.ListPodSandbox({})).items) : undefined;
      return last && forward({ ...request, pod_sandbox_id: last.id });
    }),
  },
];
