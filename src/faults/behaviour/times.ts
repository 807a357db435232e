import type { ContainerStatus } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import {
  changeContainerFacts,
  changeContainerStatus,
  changeListedContainers,
  changeListedPods,
  changePodFacts,
  changePodStatus,
  ended,
  handling,
  stateOf,
  together,
  type Plant,
} from './shapes.js';

/* created_at, started_at and finished_at. */

type Time = 'created_at' | 'started_at' | 'finished_at';
const TIMES = ['created_at', 'started_at', 'finished_at'] as const;

const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
const running = ({ state }: { state: string }): boolean => state === 'CONTAINER_RUNNING';

/** All times that are set, in another unit. */
function divided(by: bigint): Plant {
  return changeContainerStatus((status) =>
    Object.fromEntries(TIMES.map((name): [Time, bigint] => [name, status[name] / by])),
  );
}

const onStatus = (
  when: (status: ContainerStatus) => boolean,
  times: (status: ContainerStatus) => Partial<Pick<ContainerStatus, Time>>,
): Plant => changeContainerStatus((status) => (when(status) ? times(status) : {}));

/** Started before it was created, by the clock of another time zone. */
const HOUR = 3_600_000_000_000n;

/** Changes a time of containers that something happened to. */
const moved = (
  note: (notes: Map<string, bigint>, planting: Planting) => Plant,
  time: 'started_at' | 'finished_at',
): Plant => {
  return (planting) => {
    const notes = new Map<string, bigint>();
    return together(
      note(notes, planting),
      changeContainerStatus((status) => ({ [time]: notes.get(status.id) ?? status[time] })),
    )(planting);
  };
};

export const timeFaults: Fault[] = [
  {
    id: 'behaviour/times-in-seconds',
    title: 'the times of a container are in seconds',
    plant: divided(1_000_000_000n),
  },
  {
    id: 'behaviour/times-in-milliseconds',
    title: 'the times of a container are in milliseconds',
    plant: divided(1_000_000n),
  },
  {
    id: 'behaviour/times-in-microseconds',
    title: 'the times of a container are in microseconds',
    plant: divided(1_000n),
  },
  {
    id: 'behaviour/created-at-is-now',
    title: 'created_at of a container is the time of the question',
    plant: changeContainerFacts(() => ({ created_at: now() })),
  },
  {
    id: 'behaviour/created-at-is-started-at',
    title: 'created_at of a container becomes its started_at once it is started',
    plant: onStatus(
      ({ started_at }) => started_at > 0n,
      ({ started_at }) => ({ created_at: started_at }),
    ),
  },
  {
    id: 'behaviour/created-at-listed-in-seconds',
    title: 'created_at in ListContainers is in seconds',
    plant: changeListedContainers(({ created_at }) => ({ created_at: created_at / 1_000_000_000n })),
  },
  {
    id: 'behaviour/created-at-listed-differs',
    title: 'created_at in ListContainers is a moment after the one in ContainerStatus',
    plant: changeListedContainers(({ created_at }) => ({ created_at: created_at + 1_000_000n })),
  },
  {
    id: 'behaviour/started-at-is-created-at',
    title: 'started_at of a container is its created_at',
    plant: onStatus(
      ({ started_at }) => started_at > 0n,
      ({ created_at }) => ({ started_at: created_at }),
    ),
  },
  {
    id: 'behaviour/started-at-before-the-start',
    title: 'started_at is set in a container that is CREATED',
    plant: onStatus(
      ({ state }) => state === 'CONTAINER_CREATED',
      ({ created_at }) => ({ started_at: created_at }),
    ),
  },
  {
    id: 'behaviour/started-at-is-now',
    title: 'started_at of a running container is the time of the question',
    plant: onStatus(running, () => ({ started_at: now() })),
  },
  {
    id: 'behaviour/started-at-lost-at-exit',
    title: 'started_at is 0 once the container is EXITED',
    plant: onStatus(ended, () => ({ started_at: 0n })),
  },
  {
    id: 'behaviour/started-at-an-hour-early',
    title: 'started_at is local time taken for UTC',
    plant: onStatus(
      ({ started_at }) => started_at > 0n,
      ({ started_at }) => ({ started_at: started_at - HOUR }),
    ),
  },
  {
    id: 'behaviour/finished-at-while-running',
    title: 'finished_at is set in a running container',
    plant: onStatus(running, () => ({ finished_at: now() })),
  },
  {
    id: 'behaviour/finished-at-before-the-epoch',
    title: "finished_at of a running container is Go's zero time",
    plant: onStatus(running, () => ({ finished_at: -6_795_364_578_871_345_152n })),
  },
  {
    id: 'behaviour/finished-at-is-started-at',
    title: 'finished_at of a container is its started_at',
    plant: onStatus(ended, ({ started_at }) => ({ finished_at: started_at })),
  },
  {
    id: 'behaviour/finished-at-is-now',
    title: 'finished_at of an EXITED container is the time of the question',
    plant: onStatus(ended, () => ({ finished_at: now() })),
  },
  {
    id: 'behaviour/finished-at-swapped',
    title: 'started_at and finished_at of an EXITED container are the wrong way round',
    plant: onStatus(ended, ({ started_at, finished_at }) => ({ started_at: finished_at, finished_at: started_at })),
  },
  {
    id: 'behaviour/sandbox-created-at-in-seconds',
    title: 'created_at of a sandbox is in seconds',
    plant: changePodFacts(({ created_at }) => ({ created_at: created_at / 1_000_000_000n })),
  },
  {
    id: 'behaviour/sandbox-created-at-in-milliseconds',
    title: 'created_at of a sandbox is in milliseconds',
    plant: changePodFacts(({ created_at }) => ({ created_at: created_at / 1_000_000n })),
  },
  {
    id: 'behaviour/sandbox-created-at-listed-in-seconds',
    title: 'created_at in ListPodSandbox is in seconds',
    plant: changeListedPods(({ created_at }) => ({ created_at: created_at / 1_000_000_000n })),
  },
  {
    id: 'behaviour/sandbox-created-at-is-now',
    title: 'created_at of a sandbox is the time of the question',
    plant: changePodFacts(() => ({ created_at: now() })),
  },
  {
    id: 'behaviour/sandbox-created-at-is-when-stopped',
    title: 'created_at of a sandbox becomes the time of its stop',
    plant: changePodStatus(({ state }) => (state === 'SANDBOX_NOTREADY' ? { created_at: now() } : {})),
  },
  {
    id: 'behaviour/sandbox-created-at-of-first-attempt',
    title: 'created_at of a sandbox is that of the first attempt of its pod',
    plant: (planting) => {
      const first = new Map<string, bigint>();
      return changePodFacts(({ metadata, created_at }) => {
        const uid = metadata?.uid ?? '';
        if (!first.has(uid)) first.set(uid, created_at);
        return { created_at: first.get(uid) ?? created_at };
      })(planting);
    },
  },
  {
    id: 'behaviour/stop-again-moves-finished-at',
    title: 'finished_at of an EXITED container becomes the time of a StopContainer that comes later',
    plant: moved(
      (notes, planting) =>
        handling('StopContainer', async ({ request: { container_id }, forward }) => {
          if ((await stateOf(planting, container_id)) === 'CONTAINER_EXITED') notes.set(container_id, now());
          return forward();
        }),
      'finished_at',
    ),
  },
  {
    id: 'behaviour/update-moves-started-at',
    title: 'started_at of a container becomes the time of its last UpdateContainerResources',
    plant: moved(
      (notes, planting) =>
        handling('UpdateContainerResources', async ({ request: { container_id }, forward }) => {
          const answer = await forward();
          if ((await stateOf(planting, container_id)) === 'CONTAINER_RUNNING') notes.set(container_id, now());
          return answer;
        }),
      'started_at',
    ),
  },
  {
    // Of a container that ended while nobody looked: who does look from the start finds next to no difference.
    id: 'behaviour/finished-at-is-first-look',
    title: 'finished_at of a container that ended by itself is when ContainerStatus first found it EXITED',
    plant: (planting) => {
      const [found, stopped] = [new Map<string, bigint>(), new Set<string>()];
      return together(
        handling('StopContainer', ({ request, forward }) => {
          stopped.add(request.container_id);
          return forward();
        }),
        changeContainerStatus((status) => {
          if (!ended(status) || stopped.has(status.id)) return {};
          if (!found.has(status.id)) found.set(status.id, now());
          return { finished_at: found.get(status.id) ?? status.finished_at };
        }),
      )(planting);
    },
  },
  {
    // By it the kubelet tells which sandbox of a pod is the newest.
    id: 'behaviour/sandbox-created-at-in-whole-seconds',
    title: 'created_at of a sandbox has no fractions of a second',
    plant: changePodFacts(({ created_at }) => ({ created_at: created_at - (created_at % 1_000_000_000n) })),
  },
  {
    id: 'behaviour/times-in-whole-seconds',
    title: 'the times of a container have no fractions of a second',
    plant: changeContainerStatus((status) =>
      Object.fromEntries(TIMES.map((name): [Time, bigint] => [name, status[name] - (status[name] % 1_000_000_000n)])),
    ),
  },
];
