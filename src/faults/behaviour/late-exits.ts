import type { Container, ContainerStatus } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { conditions, meetsAll } from './matching.js';
import { changeAnswer, ended, handling, together, type Plant } from './shapes.js';

/* What is said of containers goes by what was once said of them. */

/** A verbose ContainerStatus repeats what the first one said. */
const verboseCached: Plant = (planting) => {
  const first = new Map<string, ContainerStatus>();
  return changeAnswer('ContainerStatus', (answer, { verbose }) => {
    const { status } = answer;
    if (!verbose || status === null) return answer;
    const said = first.get(status.id) ?? status;
    first.set(status.id, said);
    return { ...answer, status: said };
  })(planting);
};

/** ListContainers learns of an exit only from a ContainerStatus, StopContainer or StopPodSandbox. */
const exitsListedLate: Plant = (planting) => {
  const [running, known] = [new Set<string>(), new Set<string>()];
  return together(
    handling('StartContainer', async ({ request: { container_id }, forward }) => {
      const answer = await forward();
      running.add(container_id);
      return answer;
    }),
    handling('StopContainer', ({ request: { container_id }, forward }) => {
      known.add(container_id);
      return forward();
    }),
    handling('StopPodSandbox', async ({ request: { pod_sandbox_id }, forward }) => {
      const { containers } = await planting.cri.runtime.ListContainers({ filter: { pod_sandbox_id } });
      for (const { id } of containers) known.add(id);
      return forward();
    }),
    handling('ContainerStatus', async ({ forward }) => {
      const answer = await forward();
      if (answer.status !== null && ended(answer.status)) known.add(answer.status.id);
      return answer;
    }),
    handling('ListContainers', async ({ request: { filter }, forward }, { shown }) => {
      const { containers } = await forward({});
      const right = containers.filter((item) => meetsAll(conditions(filter, item)));
      const late = new Set(containers.filter((item) => ended(item) && running.has(item.id) && !known.has(item.id)));
      const seen = containers.map((item) => (late.has(item) ? { ...item, state: 'CONTAINER_RUNNING' as const } : item));
      const wrong = seen.filter((item) => meetsAll(conditions(filter, item)));
      const told = ({ id, state }: Container): string => `${id} ${state}`;
      if (wrong.map(told).join() !== right.map(told).join()) shown();
      return { containers: wrong };
    }),
  )(planting);
};

export const lateExitFaults: Fault[] = [
  {
    id: 'behaviour/verbose-status-cached',
    title: 'a verbose ContainerStatus has the status that the first one had',
    plant: verboseCached,
  },
  {
    id: 'behaviour/exits-listed-once-asked',
    title: 'ListContainers lists as RUNNING what ended by itself until its status was asked for',
    plant: exitsListedLate,
  },
];
