import type { ContainerStatus } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeContainerStatus, ended, handling, together, type Plant } from './shapes.js';

/* Exit codes and reasons. */

/** Of EXITED containers. */
const whenEnded = (change: (status: ContainerStatus) => Partial<ContainerStatus>): Plant =>
  changeContainerStatus((status) => (status.state === 'CONTAINER_EXITED' ? change(status) : {}));

const exitCode = (change: (code: number) => number): Plant =>
  whenEnded(({ exit_code }) => ({ exit_code: change(exit_code) }));

/** Of containers that StopContainer, or StopPodSandbox, has stopped. */
function whenStopped(change: (status: ContainerStatus) => Partial<ContainerStatus>): Plant {
  return (planting) => {
    const stopped = new Set<string>();
    return together(
      handling('StopContainer', async ({ request: { container_id }, forward }, { cri }) => {
        const { status } = await cri.runtime.ContainerStatus({ container_id }).catch(() => ({ status: null }));
        if (status?.state === 'CONTAINER_RUNNING') stopped.add(container_id);
        return forward();
      }),
      whenEnded((status) => (stopped.has(status.id) ? change(status) : {})),
    )(planting);
  };
}

/** SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE and SIGSEGV: wait(2) has a bit for the core. */
const DUMP_CORE: ReadonlySet<number> = new Set([3, 4, 5, 6, 7, 8, 11]);

/** Whether a container ended within a tenth of a second. */
const wasShort = (status: ContainerStatus): boolean =>
  ended(status) && status.started_at > 0n && status.finished_at - status.started_at < 100_000_000n;

export const exitFaults: Fault[] = [
  {
    id: 'behaviour/exit-code-is-success-or-1',
    title: 'exit_code is 1 for every failure',
    plant: exitCode((code) => (code === 0 ? 0 : 1)),
  },
  {
    id: 'behaviour/exit-code-lacks-128',
    title: 'exit_code after a signal is its number without 128',
    plant: exitCode((code) => (code > 128 && code < 160 ? code - 128 : code)),
  },
  {
    id: 'behaviour/exit-code-is-minus-signal',
    title: 'exit_code after a signal is its number, negative',
    plant: exitCode((code) => (code > 128 && code < 160 ? 128 - code : code)),
  },
  {
    id: 'behaviour/exit-code-has-a-sign',
    title: 'exit_code is taken for a signed byte: 255 becomes -1',
    plant: exitCode((code) => (code > 127 ? code - 256 : code)),
  },
  {
    id: 'behaviour/exit-code-is-a-wait-status',
    title: 'exit_code is the status word of wait(2): 1 becomes 256',
    plant: exitCode((code) => (code > 128 && code < 160 ? code - 128 : code * 256)),
  },
  {
    id: 'behaviour/exit-code-after-signal-is-255',
    title: 'exit_code is 255 if a signal ended the process',
    plant: exitCode((code) => (code > 128 && code < 160 ? 255 : code)),
  },
  {
    id: 'behaviour/exit-code-of-last-container',
    title: 'exit_code is that of the EXITED container asked for before',
    plant: (planting) => {
      let last: { id: string; exit_code: number } | undefined;
      return whenEnded(({ id, exit_code }) => {
        const said = last !== undefined && last.id !== id ? last.exit_code : exit_code;
        last = { id, exit_code };
        return { exit_code: said };
      })(planting);
    },
  },
  {
    id: 'behaviour/exit-code-after-stop-is-137',
    title: 'exit_code of a container that StopContainer stopped is 137, whatever it exited with',
    plant: whenStopped(() => ({ exit_code: 137 })),
  },
  {
    id: 'behaviour/exit-code-after-stop-is-0',
    title: 'exit_code of a container that StopContainer stopped is 0',
    plant: whenStopped(() => ({ exit_code: 0 })),
  },
  {
    id: 'behaviour/exit-code-lost-after-a-while',
    title: 'exit_code of an EXITED container is right only the first time it is asked for',
    source: 'cri-o#3041',
    plant: (planting) => {
      const told = new Set<string>();
      return whenEnded(({ id, exit_code }) => {
        if (told.has(id)) return { exit_code: exit_code === 0 ? 0 : 255 };
        told.add(id);
        return {};
      })(planting);
    },
  },
  {
    id: 'behaviour/reason-swapped',
    title: 'the reason is Error after exit code 0, and Completed after any other',
    plant: whenEnded(({ exit_code }) => ({ reason: exit_code === 0 ? 'Error' : 'Completed' })),
  },
  {
    id: 'behaviour/reason-always-completed',
    title: 'the reason is Completed whatever the exit code',
    plant: whenEnded(() => ({ reason: 'Completed' })),
  },
  {
    id: 'behaviour/reason-is-a-sentence',
    title: 'the reason is a sentence',
    plant: whenEnded(({ exit_code }) => ({ reason: `exited with code ${exit_code}` })),
  },
  {
    id: 'behaviour/reason-oom-is-error',
    title: 'the reason of a container that was killed for its memory is Error',
    source: 'containerd#12405',
    plant: whenEnded(({ reason }) => (reason === 'OOMKilled' ? { reason: 'Error' } : {})),
  },
  {
    id: 'behaviour/reason-137-is-oom',
    title: 'the reason is OOMKilled whenever the exit code is 137',
    plant: whenEnded(({ exit_code }) => (exit_code === 137 ? { reason: 'OOMKilled' } : {})),
  },
  {
    id: 'behaviour/oom-exit-code-is-0',
    title: 'exit_code of a container that was killed for its memory is 0',
    plant: whenEnded(({ reason }) => (reason === 'OOMKilled' ? { exit_code: 0 } : {})),
  },
  {
    // A container that is over before the start has returned is where runtimes race.
    id: 'behaviour/exit-code-of-short-lives-is-0',
    title: 'a container that ended within a tenth of a second has exit code 0',
    plant: changeContainerStatus((status) => (wasShort(status) ? { exit_code: 0, reason: 'Completed' } : {})),
  },
  {
    id: 'behaviour/started-at-of-short-lives-is-0',
    title: 'a container that ended within a tenth of a second has no started_at',
    plant: changeContainerStatus((status) => (wasShort(status) ? { started_at: 0n } : {})),
  },
  {
    id: 'behaviour/exit-code-of-core-dump-lacks-128',
    title: 'exit_code after a signal that dumps core is its number without 128',
    plant: exitCode((code) => (DUMP_CORE.has(code - 128) ? code - 128 : code)),
  },
];
