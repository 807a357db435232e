import { Refusal, type Fault } from '../fault.js';
import {
  changeContainerStatus,
  changeRefusal,
  doLater,
  doNothing,
  handling,
  refuse,
  stateOf,
  together,
  type Plant,
} from './shapes.js';
import { staleContainer } from './stale.js';

/* StartContainer: when it answers, what it refuses, what a failed one leaves. */

/** What becomes of containers whose start failed: told by the id of each. */
function afterFailedStart(rest: (failed: ReadonlySet<string>) => Plant): Plant {
  return (planting) => {
    const failed = new Set<string>();
    const start = handling('StartContainer', async ({ request, forward, signal }) => {
      try {
        return await forward();
      } catch (error) {
        if (!signal.aborted && (await stateOf(planting, request.container_id)) === 'CONTAINER_EXITED') {
          failed.add(request.container_id);
        }
        throw error;
      }
    });
    return together(start, rest(failed))(planting);
  };
}

/** A start that is refused in this state says OK. */
const acceptedIn = (state: 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | undefined): Plant =>
  handling('StartContainer', async ({ request, forward }, planting) => {
    // Before the call: a start that fails leaves an EXITED container.
    const before = await stateOf(planting, request.container_id);
    if (before !== state) return forward();
    planting.shown();
    return {};
  });

export const startFaults: Fault[] = [
  {
    id: 'behaviour/start-does-nothing',
    title: 'StartContainer says OK and does nothing',
    plant: doNothing('StartContainer'),
  },
  {
    id: 'behaviour/start-in-background',
    title: 'StartContainer answers at once and starts the container afterwards',
    plant: doLater('StartContainer', 150),
  },
  {
    id: 'behaviour/start-status-stays',
    title: 'ContainerStatus shows a container CREATED for a while after StartContainer',
    plant: staleContainer('StartContainer', ['status']),
  },
  {
    id: 'behaviour/start-listing-stays',
    title: 'ListContainers shows a container CREATED for a while after StartContainer',
    plant: staleContainer('StartContainer', ['list']),
  },
  {
    id: 'behaviour/start-of-exited-accepted',
    title: 'StartContainer of an EXITED container says OK',
    plant: acceptedIn('CONTAINER_EXITED'),
  },
  {
    id: 'behaviour/start-of-running-accepted',
    title: 'StartContainer of a RUNNING container says OK',
    plant: acceptedIn('CONTAINER_RUNNING'),
  },
  {
    id: 'behaviour/start-of-unknown-accepted',
    title: 'StartContainer of an unknown container says OK',
    plant: acceptedIn(undefined),
  },
  {
    id: 'behaviour/start-of-running-stops',
    title: 'a second StartContainer is refused and ends the container',
    plant: handling('StartContainer', async ({ request, forward }, planting) => {
      const before = await stateOf(planting, request.container_id);
      if (before !== 'CONTAINER_RUNNING') return forward();
      planting.shown();
      await planting.cri.runtime.StopContainer({ container_id: request.container_id, timeout: 0 });
      throw new Refusal('FAILED_PRECONDITION', 'container is already running');
    }),
  },
  {
    id: 'behaviour/start-in-stopped-sandbox-accepted',
    title: 'StartContainer in a stopped sandbox says OK',
    plant: changeRefusal('StartContainer', async (_, { request: { container_id: id } }, { cri: { runtime } }) => {
      const [container] = (await runtime.ListContainers({ filter: { id } })).containers;
      if (container === undefined) return undefined;
      const { status } = await runtime.PodSandboxStatus(container);
      return status?.state === 'SANDBOX_NOTREADY' ? {} : undefined;
    }),
  },
  {
    id: 'behaviour/start-takes-siblings-along',
    title: 'StartContainer starts every CREATED container of the pod',
    plant: handling(
      'StartContainer',
      async ({ request: { container_id: id }, forward }, { cri: { runtime }, shown }) => {
        const answer = await forward();
        const [own] = (await runtime.ListContainers({ filter: { id } })).containers;
        if (own === undefined) return answer;
        const { containers } = await runtime.ListContainers({
          filter: { pod_sandbox_id: own.pod_sandbox_id, state: { state: 'CONTAINER_CREATED' } },
        });
        for (const other of containers) {
          await runtime.StartContainer({ container_id: other.id }).then(shown, () => undefined);
        }
        return answer;
      },
    ),
  },
  {
    id: 'behaviour/start-failure-says-ok',
    title: 'StartContainer says OK although the program could not be started',
    plant: changeRefusal('StartContainer', async (_, { request }, planting) =>
      (await stateOf(planting, request.container_id)) === 'CONTAINER_EXITED' ? {} : undefined,
    ),
  },
  {
    id: 'behaviour/start-failure-is-vague',
    title: 'StartContainer does not say why the program could not be started',
    plant: changeRefusal('StartContainer', ({ code }) => {
      throw new Refusal(code, 'failed to start the container');
    }),
  },
  {
    id: 'behaviour/start-failed-stays-created',
    title: 'a container whose start failed stays CREATED',
    plant: afterFailedStart((failed) =>
      changeContainerStatus(({ id }) =>
        failed.has(id) ? { state: 'CONTAINER_CREATED', exit_code: 0, finished_at: 0n, started_at: 0n, reason: '' } : {},
      ),
    ),
  },
  {
    id: 'behaviour/start-failed-exits-with-0',
    title: 'a container whose start failed has exit code 0',
    plant: afterFailedStart((failed) => changeContainerStatus(({ id }) => (failed.has(id) ? { exit_code: 0 } : {}))),
  },
  {
    id: 'behaviour/start-failed-never-finished',
    title: 'a container whose start failed has no finished_at',
    plant: afterFailedStart((failed) => changeContainerStatus(({ id }) => (failed.has(id) ? { finished_at: 0n } : {}))),
  },
  {
    id: 'behaviour/start-failed-cannot-be-removed',
    title: 'a container whose start failed cannot be removed',
    source: 'containerd#7044',
    plant: afterFailedStart((failed) =>
      refuse(
        'RemoveContainer',
        ({ container_id }) => failed.has(container_id),
        'FAILED_PRECONDITION',
        'cannot remove a container that is starting',
      ),
    ),
  },
];
