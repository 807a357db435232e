import { CriCallError } from '../../client/errors.js';
import { Refusal, type Fault } from '../fault.js';
import { changeCode, changeRefusal, changeRequest, handling, pause, type Plant } from './shapes.js';

/* The timeout of ExecSync. */

const timeout = (change: (seconds: bigint) => bigint): Plant =>
  changeRequest('ExecSync', (request) => ({ ...request, timeout: change(request.timeout) }));

/** Cuts commands short after a time of the fault's making, in ms, and leaves the command running if asked to. */
const cutAfter = (limitMs: (seconds: bigint) => number | undefined, leave = false): Plant =>
  handling('ExecSync', async ({ request, forward, signal }, { cri, shown }) => {
    const ms = limitMs(request.timeout);
    if (ms === undefined) return forward();
    // Past the client, so that the command outlives the answer.
    const run = leave ? cri.runtime.ExecSync({ ...request, timeout: 0 }) : forward();
    const stop = new AbortController();
    const first = await Promise.race([
      run.then(
        () => 'ended',
        () => 'ended',
      ),
      pause(ms, stop.signal).then(() => 'late'),
    ]);
    stop.abort();
    if (first === 'ended' || signal.aborted) return run;
    shown();
    run.catch(() => undefined);
    throw new Refusal('DEADLINE_EXCEEDED', 'timeout exceeded');
  });

export const execTimeoutFaults: Fault[] = [
  {
    id: 'behaviour/exec-sync-timeout-ignored',
    title: 'ExecSync lets a command run as long as it likes',
    hangs: true,
    plant: timeout(() => 0n),
  },
  {
    id: 'behaviour/exec-sync-timeout-ten-seconds-more',
    title: 'ExecSync gives a command ten seconds more than its timeout',
    plant: timeout((seconds) => (seconds === 0n ? 0n : seconds + 10n)),
  },
  {
    id: 'behaviour/exec-sync-timeout-a-second-short',
    title: 'ExecSync ends a command a second before its timeout',
    source: 'cri-o#5067',
    plant: cutAfter((seconds) => (seconds === 0n ? undefined : Math.max(0, Number(seconds) * 1000 - 1_000))),
  },
  {
    id: 'behaviour/exec-sync-timeout-in-milliseconds',
    title: 'ExecSync takes its timeout for milliseconds',
    plant: cutAfter((seconds) => (seconds === 0n ? undefined : Number(seconds) * 20)),
  },
  {
    id: 'behaviour/exec-sync-timeout-capped',
    title: 'ExecSync gives no command more than a second',
    plant: timeout((seconds) => (seconds > 1n ? 1n : seconds)),
  },
  {
    id: 'behaviour/exec-sync-timeout-0-is-a-second',
    title: 'ExecSync takes timeout 0 for a default of a second',
    plant: timeout((seconds) => (seconds === 0n ? 1n : seconds)),
  },
  {
    id: 'behaviour/exec-sync-timeout-0-is-at-once',
    title: 'ExecSync takes timeout 0 for no time at all',
    plant: handling('ExecSync', ({ request, forward }, { shown }) => {
      if (request.timeout !== 0n) return forward();
      shown();
      throw new Refusal('DEADLINE_EXCEEDED', 'timeout 0s exceeded');
    }),
  },
  {
    id: 'behaviour/exec-sync-timeout-is-unknown',
    title: 'ExecSync past its timeout fails with Unknown',
    source: 'cri-o#3065',
    plant: changeCode('ExecSync', 'DEADLINE_EXCEEDED', 'UNKNOWN'),
  },
  {
    id: 'behaviour/exec-sync-timeout-is-cancelled',
    title: 'ExecSync past its timeout fails with Cancelled',
    plant: changeCode('ExecSync', 'DEADLINE_EXCEEDED', 'CANCELLED'),
  },
  {
    id: 'behaviour/exec-sync-timeout-is-exit-code-124',
    title: 'ExecSync past its timeout succeeds with exit code 124',
    plant: changeRefusal('ExecSync', ({ code }) => (code === 'DEADLINE_EXCEEDED' ? { exit_code: 124 } : undefined)),
  },
  {
    id: 'behaviour/exec-sync-timeout-is-success',
    title: 'ExecSync past its timeout succeeds with exit code 0',
    plant: changeRefusal('ExecSync', ({ code }) => (code === 'DEADLINE_EXCEEDED' ? {} : undefined)),
  },
  {
    id: 'behaviour/exec-sync-timeout-leaves-command',
    title: 'ExecSync past its timeout leaves the command running',
    source: 'cri-o#4999',
    plant: cutAfter((seconds) => (seconds === 0n ? undefined : Number(seconds) * 1000), true),
  },
  {
    id: 'behaviour/exec-sync-timeout-terminates-only',
    title: 'ExecSync past its timeout asks the command to end (SIGTERM), and leaves it running if it does not',
    plant: handling('ExecSync', async ({ request, forward, signal }, { cri, shown }) => {
      const { timeout, cmd } = request;
      if (timeout === 0n) return forward();
      const asking = ['/bin/timeout', '-s', 'TERM', String(timeout), ...cmd];
      const startedAt = Date.now();
      const run = cri.runtime.ExecSync({ ...request, cmd: asking, timeout: 0 });
      const late = pause(Number(timeout) * 1000 + 300, signal).then(() => undefined);
      const answer = await Promise.race([run, late]);
      const early = Date.now() - startedAt < Number(timeout) * 1000;
      if (answer !== undefined && (early || answer.exit_code !== 143)) return answer;
      if (answer === undefined) shown();
      run.catch(() => undefined);
      throw new Refusal('DEADLINE_EXCEEDED', 'timeout exceeded');
    }),
  },
  {
    id: 'behaviour/exec-sync-timeout-ends-container',
    title: 'ExecSync past its timeout ends the container',
    source: 'pelagos#339',
    plant: changeRefusal('ExecSync', async ({ code }, { request: { container_id } }, { cri }) => {
      if (code !== 'DEADLINE_EXCEEDED') return undefined;
      await cri.runtime.StopContainer({ container_id, timeout: 0 });
      throw new Refusal(code, 'timeout exceeded');
    }),
  },
  {
    id: 'behaviour/exec-sync-after-timeout-times-out',
    title: 'the ExecSync after one that ran into its timeout is reported as timed out as well, in the same container',
    plant: (planting) => {
      const timedOut = new Set<string>();
      return handling('ExecSync', async ({ request, forward }, { shown }) => {
        if (timedOut.delete(request.container_id)) {
          shown();
          throw new Refusal('DEADLINE_EXCEEDED', 'timeout exceeded');
        }
        try {
          return await forward();
        } catch (error) {
          if (error instanceof CriCallError && error.code === 'DEADLINE_EXCEEDED') timedOut.add(request.container_id);
          throw error;
        }
      })(planting);
    },
  },
  {
    id: 'behaviour/exec-sync-timeout-0-is-that-before',
    title: 'ExecSync with timeout 0 has the timeout of the one before it in the container',
    plant: (planting) => {
      const before = new Map<string, bigint>();
      return handling('ExecSync', async ({ request, forward }, { shown }) => {
        const { container_id } = request;
        const timeout = before.get(container_id);
        if (request.timeout > 0n) before.set(container_id, request.timeout);
        if (request.timeout !== 0n || timeout === undefined) return forward();
        try {
          return await forward({ ...request, timeout });
        } catch (error) {
          if (error instanceof CriCallError && error.code === 'DEADLINE_EXCEEDED') shown();
          throw error;
        }
      })(planting);
    },
  },
  {
    id: 'behaviour/exec-sync-timeout-of-days-is-a-second',
    title: 'ExecSync takes a timeout whose milliseconds are beyond an int32 for a second',
    plant: timeout((seconds) => (seconds * 1000n > 2n ** 31n ? 1n : seconds)),
  },
];
