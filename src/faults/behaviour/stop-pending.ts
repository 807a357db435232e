import { Refusal, type Fault } from '../fault.js';
import { blocked, Pending, whileStopping } from './pending-stops.js';
import { handling, pause, together, type Plant } from './shapes.js';

/* What happens while StopContainer waits out a grace period, and after a client that gave up waiting. */

/** A StopContainer that comes while another one of the same container is pending. */
function secondStop(second: (stop: Promise<unknown>, signal: AbortSignal) => Promise<object>): Plant {
  return (planting) => {
    const pending = new Pending();
    return handling('StopContainer', ({ request, forward, signal }) => {
      const stop = pending.of(request.container_id);
      if (stop === undefined) return pending.during(request.container_id, () => forward());
      planting.shown();
      return second(stop, signal);
    })(planting);
  };
}

const byContainer = ({ container_id }: { container_id: string }): string => container_id;

export const stopPendingFaults: Fault[] = [
  {
    id: 'behaviour/stop-blocks-status',
    title: 'ContainerStatus hangs while StopContainer of the container is pending',
    source: 'cri-o#6865',
    hangs: true,
    plant: whileStopping('ContainerStatus', byContainer, blocked),
  },
  {
    id: 'behaviour/stop-blocks-list',
    title: 'ListContainers hangs while any StopContainer is pending',
    source: 'cri-o#9754',
    hangs: true,
    plant: whileStopping('ListContainers', () => undefined, blocked),
  },
  {
    id: 'behaviour/stop-blocks-pod-status',
    title: 'PodSandboxStatus hangs while any StopContainer is pending',
    hangs: true,
    plant: whileStopping('PodSandboxStatus', () => undefined, blocked),
  },
  {
    id: 'behaviour/stop-blocks-stats',
    title: 'ContainerStats hangs while StopContainer of the container is pending',
    source: 'cri-o#6865',
    hangs: true,
    plant: whileStopping('ContainerStats', byContainer, blocked),
  },
  {
    id: 'behaviour/stop-blocks-pod-stats',
    title: 'PodSandboxStats hangs while any StopContainer is pending',
    hangs: true,
    plant: whileStopping('PodSandboxStats', () => undefined, blocked),
  },
  {
    id: 'behaviour/stop-blocks-pod-stats-list',
    title: 'ListPodSandboxStats hangs while any StopContainer is pending',
    hangs: true,
    plant: whileStopping('ListPodSandboxStats', () => undefined, blocked),
  },
  {
    id: 'behaviour/stop-blocks-exec',
    title: 'ExecSync hangs while StopContainer of the container is pending',
    hangs: true,
    plant: whileStopping('ExecSync', byContainer, blocked),
  },
  {
    id: 'behaviour/stop-blocks-reopen',
    title: 'ReopenContainerLog hangs while StopContainer of the container is pending',
    source: 'cri-o#6297',
    hangs: true,
    plant: whileStopping('ReopenContainerLog', byContainer, blocked),
  },
  {
    id: 'behaviour/stop-refuses-reopen',
    title: 'ReopenContainerLog fails while StopContainer of the container is pending',
    source: 'cri-o#8815',
    plant: whileStopping('ReopenContainerLog', byContainer, () => {
      throw new Refusal('UNKNOWN', 'container is stopping');
    }),
  },
  {
    id: 'behaviour/stop-refuses-exec',
    title: 'ExecSync fails while StopContainer of the container is pending',
    plant: whileStopping('ExecSync', byContainer, () => {
      throw new Refusal('UNKNOWN', 'container is not running');
    }),
  },
  {
    id: 'behaviour/stop-pending-looks-exited',
    title: 'ContainerStatus says EXITED as soon as StopContainer was called',
    plant: (planting) => {
      const pending = new Pending();
      return together(
        handling('StopContainer', ({ request, forward }) => pending.during(request.container_id, () => forward())),
        handling('ContainerStatus', async ({ request, forward }) => {
          const answer = await forward();
          if (pending.of(request.container_id) === undefined || answer.status?.state !== 'CONTAINER_RUNNING') {
            return answer;
          }
          planting.shown();
          return { ...answer, status: { ...answer.status, state: 'CONTAINER_EXITED' } };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/stop-again-waits-for-first',
    title: 'a second StopContainer waits for the first one, whatever its own timeout',
    source: 'containerd#6080',
    hangs: true,
    plant: secondStop(async (stop, signal) => {
      await blocked(stop, signal);
      return {};
    }),
  },
  {
    id: 'behaviour/stop-again-answers-at-once',
    title: 'a second StopContainer says OK while the first one is still waiting',
    plant: secondStop(() => Promise.resolve({})),
  },
  {
    id: 'behaviour/stop-again-refused',
    title: 'a second StopContainer is an error while the first one is waiting',
    source: 'cri-o#9754',
    plant: secondStop(() => {
      throw new Refusal('ABORTED', 'the container is already stopping');
    }),
  },
  {
    id: 'behaviour/stop-cancelled-kills',
    title: 'the container is killed at once if the client of StopContainer goes away',
    source: 'containerd/cri#1098',
    plant: handling('StopContainer', ({ request: { container_id }, forward, signal }, { cri, shown }) => {
      const kill = (): void => {
        shown();
        cri.runtime.StopContainer({ container_id, timeout: 0 }).catch(() => undefined);
      };
      signal.addEventListener('abort', kill, { once: true });
      return forward().finally(() => {
        if (!signal.aborted) signal.removeEventListener('abort', kill);
      });
    }),
  },
  {
    id: 'behaviour/stop-cancelled-never-again',
    title: 'once a client of StopContainer went away, every later stop of the container times out',
    source: 'containerd#6080',
    plant: ({ shown }) => {
      const stuck = new Set<string>();
      return {
        StopContainer: async ({ request, forward, signal }) => {
          const { container_id: id } = request;
          if (stuck.has(id)) {
            shown();
            await pause(1_000, signal);
            throw new Refusal('DEADLINE_EXCEEDED', 'context deadline exceeded');
          }
          try {
            return await forward();
          } catch (error) {
            if (signal.aborted) stuck.add(id);
            throw error;
          }
        },
      };
    },
  },
];
