import type { Fault } from '../fault.js';
import { handling, pause, together, type Call, type Plant, type UnaryRpc } from './shapes.js';
import { waitingFor } from './waiting.js';

/* What ExecSync does to other calls while its command runs, and what becomes of it when its container ends. */

/** Answers in its own way to a command that fails because its container is stopped while it runs. */
function cutShort(answer: (call: Call<'ExecSync'>) => Promise<object>): Plant {
  return (planting) => {
    const stopped = new Set<string>();
    return together(
      handling('StopContainer', ({ request, forward }) => {
        stopped.add(request.container_id);
        return forward();
      }),
      handling('ExecSync', async (call, { shown }) => {
        const id = call.request.container_id;
        const tooLate = stopped.has(id);
        const outcome = call.forward();
        const failed = await outcome.then(
          ({ exit_code }) => exit_code !== 0,
          () => true,
        );
        if (tooLate || !failed || !stopped.has(id) || call.signal.aborted) return outcome;
        shown();
        return answer(call);
      }),
    )(planting);
  };
}

const heldUp = (rpc: UnaryRpc, id: string): Fault => ({
  id: `behaviour/${id}-waits-for-exec-sync`,
  title: `${rpc} waits for the commands that ExecSync runs, in whatever container`,
  hangs: true,
  plant: waitingFor('ExecSync', [rpc]),
});

export const pendingExecFaults: Fault[] = [
  heldUp('ListContainers', 'container-list'),
  heldUp('ContainerStatus', 'container-status'),
  heldUp('CreateContainer', 'create-container'),
  {
    id: 'behaviour/stop-container-waits-for-exec-sync',
    title: 'StopContainer waits for the commands that ExecSync runs in the container',
    hangs: true,
    plant: waitingFor(
      'ExecSync',
      ['StopContainer'],
      (running, stopped) => running.container_id === stopped.container_id,
    ),
  },
  {
    id: 'behaviour/exec-sync-outlasts-its-container',
    title: 'ExecSync does not answer when the container ends while the command runs',
    hangs: true,
    plant: cutShort(async ({ signal }) => {
      await pause(600_000, signal);
      return {};
    }),
  },
  {
    id: 'behaviour/exec-sync-succeeds-with-end-of-container',
    title: 'ExecSync succeeds when the container ends while the command runs',
    plant: cutShort(() => Promise.resolve({})),
  },
];
