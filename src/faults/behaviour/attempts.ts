import type { Container, ContainerStatus } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import {
  changeContainerStatus,
  changeListedContainers,
  changeRequest,
  ended,
  handling,
  together,
  type Plant,
} from './shapes.js';
import { changeCpu } from './stats-facts.js';
import { attemptOf, attemptsBefore, attemptsOf, listedOf } from './relations.js';

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

/** The newest of the other attempts of a container, if it is newer than that. */
function newerThan(own: Pick<Container, 'metadata'>, others: Container[]): Container | undefined {
  const newer = others.filter((other) => attemptOf(other) > attemptOf(own));
  return newer.sort((one, other) => attemptOf(other) - attemptOf(one))[0];
}

const newestAttempt = async (planting: Planting, status: ContainerStatus): Promise<Container | undefined> =>
  newerThan(status, await attemptsOf(planting, status.id));

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
  {
    id: 'behaviour/reason-oom-lost-with-next-attempt',
    title: 'the reason OOMKilled of a container becomes Error once its next attempt is created',
    plant: changeContainerStatus(async (status, planting) =>
      status.reason === 'OOMKilled' && (await newestAttempt(planting, status)) !== undefined ? { reason: 'Error' } : {},
    ),
  },
  {
    // `kubectl logs --previous` would show the logs of now.
    id: 'behaviour/log-path-moves-to-next-attempt',
    title: 'log_path of a container becomes that of its next attempt once that is created',
    plant: changeContainerStatus(async (status, planting) => {
      const newer = await newestAttempt(planting, status);
      if (newer === undefined) return {};
      const { status: its } = await planting.cri.runtime.ContainerStatus({ container_id: newer.id });
      return { log_path: its?.log_path ?? status.log_path };
    }),
  },
  {
    // The hash and the restart count of a container are among them.
    id: 'behaviour/listed-annotations-of-newest-attempt',
    title: 'ListContainers gives every attempt of a container the annotations of the newest',
    plant: changeListedContainers((item, all) => {
      const [pod, name] = [item.pod_sandbox_id, item.metadata?.name];
      const attempts = all.filter((other) => other.pod_sandbox_id === pod && other.metadata?.name === name);
      const last = newerThan(item, attempts);
      return last === undefined ? {} : { annotations: last.annotations };
    }),
  },
  {
    // "Never kill" is written as a very long grace period.
    id: 'behaviour/stop-grace-overflows-in-milliseconds',
    title: 'StopContainer kills at once if the grace period in milliseconds has more than 31 bits',
    plant: changeRequest('StopContainer', (request) => ({
      ...request,
      timeout: request.timeout * 1000n > 0x7fff_ffffn ? 0n : request.timeout,
    })),
  },
];
