import { Refusal, type Fault } from '../fault.js';
import { handling } from './shapes.js';
import { siblingsOf } from './relations.js';

/* UpdateContainerResources of the wrong container, and again. */

export const updateFaults: Fault[] = [
  {
    id: 'behaviour/update-spreads-over-pod',
    title: 'UpdateContainerResources changes all containers of the pod',
    plant: handling('UpdateContainerResources', async ({ request, forward }, planting) => {
      const answer = await forward();
      for (const { id, state } of await siblingsOf(planting, request.container_id)) {
        if (state === 'CONTAINER_EXITED') continue;
        planting.shown();
        await planting.cri.runtime.UpdateContainerResources({ ...request, container_id: id }).catch(() => undefined);
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/update-again-refused',
    title: 'UpdateContainerResources refuses a request like the one before',
    plant: (planting) => {
      const last = new Map<string, string>();
      return handling('UpdateContainerResources', ({ request, forward }) => {
        const asked = JSON.stringify(request.linux, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        if (last.get(request.container_id) === asked) {
          planting.shown();
          throw new Refusal('FAILED_PRECONDITION', 'nothing to update');
        }
        last.set(request.container_id, asked);
        return forward();
      })(planting);
    },
  },
];
