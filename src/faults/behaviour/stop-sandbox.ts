import { Refusal, type Fault, type Planting } from '../fault.js';
import { containersOf, isReady } from './sandboxes.js';
import {
  changeAnswer,
  changePodFacts,
  doLater,
  doNothing,
  handling,
  pause,
  refuse,
  together,
  type Plant,
} from './shapes.js';
import { waitingFor } from './waiting.js';
import { stalePod } from './stale.js';

/* StopPodSandbox: what it leaves, what it refuses, what is said of the sandbox afterwards. */

/** In place of a stop something weaker is done, and the sandbox said to be NOTREADY; it really stops at its removal. */
function pretendedStop(instead: (id: string, planting: Planting) => Promise<void>): Plant {
  return (planting) => {
    const stopped = new Set<string>();
    return together(
      handling('StopPodSandbox', async ({ request: { pod_sandbox_id: id }, forward }) => {
        if ((await isReady(planting, id)) !== true) return forward();
        if (!stopped.has(id)) planting.shown();
        await instead(id, planting);
        stopped.add(id);
        return {};
      }),
      changePodFacts(({ id }) => (stopped.has(id) ? { state: 'SANDBOX_NOTREADY' } : {})),
    )(planting);
  };
}

/** Several stops of one sandbox at a time: what a later one does while the first is under way. */
function overlappingStop(later: () => Promise<object>): Plant {
  return ({ shown }) => {
    const under = new Set<string>();
    return {
      StopPodSandbox: async ({ request: { pod_sandbox_id: id }, forward }) => {
        if (under.has(id)) {
          shown();
          return later();
        }
        under.add(id);
        return forward().finally(() => under.delete(id));
      },
    };
  };
}

/** A StopPodSandbox whose client went away has torn down half of the network, and later ones stumble over that. */
const neverAgain: Plant = (planting) => {
  const half = new Set<string>();
  return handling('StopPodSandbox', async ({ request: { pod_sandbox_id: id }, forward, signal }) => {
    if (half.has(id)) {
      planting.shown();
      throw new Refusal('UNKNOWN', `failed to destroy network for sandbox "${id}": no such network namespace`);
    }
    try {
      return await forward();
    } finally {
      // Of a call that was answered the signal is aborted, too, but later.
      if (signal.aborted) half.add(id);
    }
  })(planting);
};

export const stopSandboxFaults: Fault[] = [
  {
    id: 'behaviour/stop-sandbox-does-nothing',
    title: 'StopPodSandbox says OK and does nothing',
    plant: doNothing('StopPodSandbox'),
  },
  {
    id: 'behaviour/stop-sandbox-in-background',
    title: 'StopPodSandbox answers at once and stops the sandbox afterwards',
    plant: doLater('StopPodSandbox', 0),
  },
  {
    id: 'behaviour/stop-sandbox-leaves-containers',
    title: 'StopPodSandbox makes the sandbox NOTREADY and leaves its containers running',
    plant: pretendedStop(() => Promise.resolve()),
  },
  {
    id: 'behaviour/stop-sandbox-keeps-network',
    title: 'StopPodSandbox ends the containers and keeps the network of the pod',
    source: 'cri-o#2342',
    plant: pretendedStop(async (id, planting) => {
      const running = await containersOf(planting, id, true);
      await Promise.all(
        running.map((container_id) => planting.cri.runtime.StopContainer({ container_id, timeout: 0 })),
      );
    }),
  },
  {
    id: 'behaviour/stop-sandbox-status-stays',
    title: 'PodSandboxStatus shows a sandbox READY for a while after StopPodSandbox',
    plant: stalePod('StopPodSandbox', ['status']),
  },
  {
    id: 'behaviour/stop-sandbox-listing-stays',
    title: 'ListPodSandbox shows a sandbox READY for a while after StopPodSandbox',
    plant: stalePod('StopPodSandbox', ['list']),
  },
  {
    id: 'behaviour/stop-sandbox-container-status-stays',
    title: 'ContainerStatus shows a container RUNNING for a while after StopPodSandbox',
    plant: (planting) => {
      const until = new Map<string, number>();
      return together(
        handling('StopPodSandbox', async ({ request: { pod_sandbox_id: id }, forward }) => {
          const running = await containersOf(planting, id, true);
          const answer = await forward();
          for (const container of running) until.set(container, Date.now() + 1_500);
          return answer;
        }),
        changeAnswer('ContainerStatus', (answer) => {
          const { status } = answer;
          if (status === null || Date.now() > (until.get(status.id) ?? 0)) return answer;
          return { ...answer, status: { ...status, state: 'CONTAINER_RUNNING', finished_at: 0n, exit_code: 0 } };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/stop-sandbox-hangs',
    title: 'StopPodSandbox of a sandbox with running containers never answers',
    source: 'cri-o#6699',
    hangs: true,
    plant: handling('StopPodSandbox', async ({ request: { pod_sandbox_id: id }, forward, signal }, planting) => {
      if ((await containersOf(planting, id, true)).length === 0) return forward();
      planting.shown();
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return {};
    }),
  },
  {
    id: 'behaviour/stop-sandbox-refuses-running',
    title: 'StopPodSandbox refuses a sandbox with running containers',
    plant: refuse(
      'StopPodSandbox',
      async ({ pod_sandbox_id: id }, planting) => (await containersOf(planting, id, true)).length > 0,
      'FAILED_PRECONDITION',
      'the sandbox has running containers',
    ),
  },
  {
    id: 'behaviour/stop-sandbox-removes-containers',
    title: 'StopPodSandbox removes the containers of the sandbox as well',
    plant: handling('StopPodSandbox', async ({ request: { pod_sandbox_id: id }, forward }, planting) => {
      const answer = await forward();
      const left = await containersOf(planting, id);
      if (left.length > 0) planting.shown();
      for (const container_id of left) await planting.cri.runtime.RemoveContainer({ container_id });
      return answer;
    }),
  },
  {
    id: 'behaviour/stop-sandbox-removes',
    title: 'StopPodSandbox removes the sandbox as well',
    plant: handling('StopPodSandbox', async ({ request, forward }, { cri, shown }) => {
      const answer = await forward();
      shown();
      await cri.runtime.RemovePodSandbox(request);
      return answer;
    }),
  },
  {
    id: 'behaviour/stop-sandbox-again-fails',
    title: 'StopPodSandbox of a stopped sandbox is an error',
    plant: refuse(
      'StopPodSandbox',
      async ({ pod_sandbox_id: id }, planting) => (await isReady(planting, id)) === false,
      'FAILED_PRECONDITION',
      'the sandbox is not running',
    ),
  },
  {
    id: 'behaviour/stop-sandbox-overlapping-fails',
    title: 'StopPodSandbox is an error while another one of the sandbox is under way',
    source: 'cri-o#9754',
    plant: overlappingStop(() => Promise.reject(new Refusal('ABORTED', 'the sandbox is being stopped'))),
  },
  {
    id: 'behaviour/stop-sandbox-overlapping-early',
    title: 'StopPodSandbox says OK at once while another one of the sandbox is under way',
    plant: overlappingStop(() => Promise.resolve({})),
  },
  {
    id: 'behaviour/stopped-sandbox-is-not-found',
    title: 'PodSandboxStatus of a stopped sandbox is NotFound',
    plant: changeAnswer('PodSandboxStatus', (answer) => {
      if (answer.status?.state === 'SANDBOX_NOTREADY') throw new Refusal('NOT_FOUND', 'sandbox not found');
      return answer;
    }),
  },
  {
    id: 'behaviour/stopped-sandbox-has-no-labels',
    title: 'a stopped sandbox has lost its labels and annotations',
    plant: changePodFacts(({ state }) => (state === 'SANDBOX_NOTREADY' ? { labels: {}, annotations: {} } : {})),
  },
  {
    id: 'behaviour/stopped-sandbox-is-not-listed',
    title: 'ListPodSandbox leaves out stopped sandboxes',
    plant: changeAnswer('ListPodSandbox', ({ items }) => ({
      items: items.filter(({ state }) => state === 'SANDBOX_READY'),
    })),
  },
  {
    id: 'behaviour/stop-sandbox-refuses-created',
    title: 'StopPodSandbox refuses a sandbox with a container that was never started',
    plant: refuse(
      'StopPodSandbox',
      async ({ pod_sandbox_id }, { cri }) => {
        const filter = { pod_sandbox_id, state: { state: 'CONTAINER_CREATED' as const } };
        return pod_sandbox_id !== '' && (await cri.runtime.ListContainers({ filter })).containers.length > 0;
      },
      'UNKNOWN',
      'failed to stop container: no running task found',
    ),
  },
  {
    id: 'behaviour/stop-sandbox-cancelled-never-again',
    title: 'once a client of StopPodSandbox went away, every later StopPodSandbox of the sandbox fails',
    plant: neverAgain,
  },
  {
    id: 'behaviour/stop-sandbox-waits-for-exec-sync',
    title: 'StopPodSandbox waits for commands of ExecSync that run',
    hangs: true,
    plant: waitingFor('ExecSync', ['StopPodSandbox']),
  },
  {
    id: 'behaviour/exec-sync-hangs-after-stop-sandbox',
    title: 'ExecSync never answers if its pod is stopped meanwhile',
    hangs: true,
    plant: (planting) => {
      const stopped = new Set<string>();
      return together(
        handling('StopPodSandbox', async ({ request, forward }) => {
          stopped.add(request.pod_sandbox_id);
          return forward();
        }),
        handling('ExecSync', async ({ request, forward, signal }, { cri, shown }) => {
          const [own] = (await cri.runtime.ListContainers({ filter: { id: request.container_id } })).containers;
          const before = stopped.has(own?.pod_sandbox_id ?? '');
          const hang = async () => {
            if (before || !stopped.has(own?.pod_sandbox_id ?? '')) return;
            shown();
            await pause(600_000, signal);
          };
          try {
            const answer = await forward();
            await hang();
            return answer;
          } catch (error) {
            await hang();
            throw error;
          }
        }),
      )(planting);
    },
  },
];
