import { appendFileSync } from 'node:fs';
import type { Fault } from '../fault.js';
import type { Fate } from '../relay/filters.js';
import { logPathOf } from './log-reopen.js';
import { entry, logging, type LogLine } from './log-tap.js';
import { containersOf } from './sandboxes.js';
import { handling, together } from './shapes.js';
import { on, relayed } from './streaming-shapes.js';

/* Logs beside sessions, up to a violent end, and with both streams at once. */

/** What was printed so shortly before is still in hand. */
const IN_HAND_MS = 300;
const SIGKILLED = 137;
/** Of so many entries one is torn, if the other stream comes within this time. */
const TORN_EVERY = 500;
const TORN_WITHIN_MS = 50;

export const logSessionFaults: Fault[] = [
  {
    id: 'behaviour/attach-takes-output-from-log',
    title: 'while an attach session is open, what the container prints is not logged',
    plant: (planting) => {
      const watched = new Map<string, number>();
      const count = (id: string, more: number): void => void watched.set(id, (watched.get(id) ?? 0) + more);
      const log = logging({
        lines: (file) => (line) => {
          if ((watched.get(file.owner) ?? 0) === 0) file.write(line.bytes);
        },
      })(planting);
      const attach = relayed(planting, ['Attach'], ({ containerId: id }) => {
        let open = false;
        return {
          connect: () => {
            open = true;
            count(id, 1);
            return true;
          },
          end: () => {
            if (open) count(id, -1);
            open = false;
            return 'pass';
          },
        };
      });
      return { ...log, ...attach };
    },
  },
  {
    id: 'behaviour/log-ends-with-attach',
    title: 'once an attach session has ended, what the container prints is not logged',
    plant: (planting) => {
      const left = new Set<string>();
      const log = logging({
        lines: (file) => (line) => {
          if (!left.has(file.owner)) file.write(line.bytes);
        },
      })(planting);
      const attach = relayed(planting, ['Attach'], ({ containerId }) => ({
        end: () => {
          left.add(containerId);
          return 'pass';
        },
      }));
      return { ...log, ...attach };
    },
  },
  {
    id: 'behaviour/log-has-output-of-exec-session',
    title: 'what a command prints in an Exec session is in the log of the container, too',
    plant: (planting) =>
      relayed(planting, ['Exec'], ({ containerId }) =>
        on(['stdout'], planting.shown, async ({ payload }): Promise<Fate> => {
          const path = await logPathOf(containerId, planting).catch(() => '');
          const lines = payload.toString('latin1').split('\n').slice(0, -1);
          if (path === '' || lines.length === 0) return 'pass';
          const time = new Date().toISOString();
          const entries = lines.map((line) =>
            entry({ time, stream: 'stdout', tag: 'F', content: Buffer.from(line, 'latin1') }),
          );
          appendFileSync(path, Buffer.concat(entries));
          planting.shown();
          return 'pass';
        }),
      ),
  },
  {
    id: 'behaviour/log-lost-by-kill',
    title: 'what a container printed in the last 300 ms before it was killed is not logged',
    plant: (planting) => {
      const killed = new Set<string>();
      const noteKilled = async (id: string): Promise<void> => {
        const { status } = await planting.cri.runtime
          .ContainerStatus({ container_id: id })
          .catch(() => ({ status: null }));
        if (status?.exit_code === SIGKILLED) killed.add(id);
      };
      return together(
        logging({
          lines: (file) => (line) => {
            const timer = setTimeout(() => {
              if (killed.has(file.owner)) planting.shown();
              else file.write(line.bytes);
            }, IN_HAND_MS);
            planting.defer(() => clearTimeout(timer));
          },
        }),
        handling('StopContainer', async ({ request, forward }) => {
          const answer = await forward();
          await noteKilled(request.container_id);
          return answer;
        }),
        handling('StopPodSandbox', async ({ request, forward }) => {
          const answer = await forward();
          await Promise.all((await containersOf(planting, request.pod_sandbox_id)).map(noteKilled));
          return answer;
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/log-streams-at-once-torn',
    title: 'one entry in 500 is written around one of the other stream, if both are printed on at once',
    plant: logging({
      lines: (file, { defer }) => {
        let count = 0;
        let held: LogLine[] = [];
        const flush = (): void => file.write(...held.splice(0).map(({ bytes }) => bytes));
        return (line) => {
          count += 1;
          const [torn, ...behind] = held;
          if (torn !== undefined && torn.stream !== line.stream) {
            held = [];
            const middle = torn.bytes.length >> 1;
            const rest = behind.map(({ bytes }) => bytes);
            file.write(torn.bytes.subarray(0, middle), line.bytes, torn.bytes.subarray(middle), ...rest);
          } else if (torn !== undefined) held.push(line);
          else if (count % TORN_EVERY === 0) {
            held = [line];
            const timer = setTimeout(flush, TORN_WITHIN_MS);
            defer(() => clearTimeout(timer));
          } else file.write(line.bytes);
        };
      },
    }),
  },
  {
    id: 'behaviour/reopen-failed-ends-log',
    title: 'a ReopenContainerLog that fails has closed the old file: nothing is logged any more',
    plant: logging({
      reopen: async (tap, reopen, { shown }) => {
        try {
          return await reopen();
        } catch (error) {
          tap.file.drop();
          shown();
          throw error;
        }
      },
    }),
  },
];
