import type { Container, PodSandbox } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { acceptRepaired, changeRefusal, together, type Plant, type UnaryRpc } from './shapes.js';

/* Requests without an id, or with one that nobody issued, answered about somebody. */

const newest = <Item extends Container | PodSandbox>(all: Item[]): Item | undefined =>
  all.reduce<Item | undefined>((best, item) => (best && best.created_at > item.created_at ? best : item), undefined);

/** The call takes an id for the one that begins like it. */
const byBeginning = (rpc: UnaryRpc, field: 'container_id' | 'pod_sandbox_id'): Plant =>
  acceptRepaired(rpc, (request, { code }) => {
    const id = (request as Record<string, unknown>)[field];
    if (code !== 'NOT_FOUND' || typeof id !== 'string' || id.length !== 64) return undefined;
    return { ...request, [field]: id.slice(0, -4) };
  });

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
  {
    id: 'behaviour/status-of-beginning-of-id',
    title: 'ContainerStatus and PodSandboxStatus take an id for another one that differs at its end',
    plant: together(byBeginning('ContainerStatus', 'container_id'), byBeginning('PodSandboxStatus', 'pod_sandbox_id')),
  },
];
