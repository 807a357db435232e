import type { ContainerStatus } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { changeContainerStatus, changeRequest, ended, handling, together, type Plant } from './shapes.js';
import { changeCpu } from './stats-facts.js';
import { attemptOf, attemptsBefore, listedOf } from './relations.js';

/* Attempts of a container that are taken for each other, and grace periods that get lost. */

/** The status of the attempt before, if it is still there. */
async function attemptBefore(status: ContainerStatus, planting: Planting): Promise<ContainerStatus | null> {
  const [last] = (await attemptsBefore(planting, status.id)).sort((a, b) => attemptOf(b) - attemptOf(a));
  if (last === undefined) return null;
  return (await planting.cri.runtime.ContainerStatus({ container_id: last.id }).catch(() => null))?.status ?? null;
}

const ofAttemptBefore = (
  change: (status: ContainerStatus, before: ContainerStatus) => Partial<ContainerStatus>,
): Plant =>
  changeContainerStatus(async (status, planting) => {
    const before = await attemptBefore(status, planting);
    return before === null ? {} : change(status, before);
  });

export const attemptFaults: Fault[] = [
  {
    id: 'behaviour/attempt-has-exit-of-last',
    title: 'ContainerStatus of an attempt that has EXITED has the exit code of the attempt before',
    plant: ofAttemptBefore((status, { exit_code }) => (ended(status) ? { exit_code } : {})),
  },
  {
    id: 'behaviour/running-attempt-has-exit-of-last',
    title: 'ContainerStatus of a RUNNING attempt has exit code, reason and finished_at of the attempt before',
    plant: ofAttemptBefore((status, { exit_code, reason, finished_at }) =>
      status.state === 'CONTAINER_RUNNING' ? { exit_code, reason, finished_at } : {},
    ),
  },
  {
    id: 'behaviour/attempt-has-times-of-last',
    title: 'created_at and started_at of a container are those of the attempt before',
    plant: ofAttemptBefore((_, { created_at, started_at }) => ({ created_at, started_at })),
  },
  {
    id: 'behaviour/stop-next-attempt-without-grace',
    title: 'StopContainer kills at once if the container is not the first attempt',
    plant: changeRequest('StopContainer', async (request, planting) => {
      const container = await listedOf(planting, request.container_id);
      return container !== undefined && attemptOf(container) > 0 ? { ...request, timeout: 0n } : request;
    }),
  },
  {
    id: 'behaviour/stop-grace-wraps-at-65536',
    title: 'StopContainer reads the grace period as 16 bits: 65536 seconds are none',
    plant: changeRequest('StopContainer', (request) => ({ ...request, timeout: request.timeout % 65536n })),
  },
  {
    id: 'behaviour/stats-cpu-of-all-attempts',
    title: 'usage_core_nano_seconds of a container goes on from where the attempt before ended',
    plant: (planting) => {
      const last = new Map<string, bigint>();
      const before = async (id: string): Promise<bigint> =>
        (await attemptsBefore(planting, id)).reduce((sum, other) => sum + (last.get(other.id) ?? 0n), 0n);
      return together(
        handling('StopContainer', async ({ request: { container_id }, forward }, { cri }) => {
          const { stats } = await cri.runtime.ContainerStats({ container_id }).catch(() => ({ stats: null }));
          last.set(container_id, stats?.cpu?.usage_core_nano_seconds?.value ?? 0n);
          return forward();
        }),
        changeCpu(async ({ usage_core_nano_seconds: usage }, id) => {
          if (usage === null) return {};
          last.set(id, usage.value);
          return { usage_core_nano_seconds: { value: usage.value + (await before(id)) } };
        }),
      )(planting);
    },
  },
];
