import { appendFileSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal, type Fault, type Planting } from '../fault.js';
import { entry, logging, type LogLine } from './log-tap.js';
import {
  changeRefusal,
  doNothing,
  handling,
  pause,
  refuse,
  stateOf,
  together,
  type Asked,
  type Plant,
} from './shapes.js';

/* What ReopenContainerLog does to the log. */

const running = async ({ container_id }: Asked<'ReopenContainerLog'>, planting: Planting): Promise<boolean> =>
  (await stateOf(planting, container_id)) === 'CONTAINER_RUNNING';

/** The path that ContainerStatus tells; empty if it tells none. */
export async function logPathOf(container_id: string, { cri }: Planting): Promise<string> {
  return (await cri.runtime.ContainerStatus({ container_id })).status?.log_path ?? '';
}

/** Takes part in ReopenContainerLog while StopContainer of the container is pending. */
function whileStopping(
  during: (id: string, signal: AbortSignal, stopping: ReadonlySet<string>) => Promise<void>,
): Plant {
  return (planting) => {
    const stopping = new Set<string>();
    return together(
      handling('StopContainer', ({ request, forward }) => {
        stopping.add(request.container_id);
        return forward().finally(() => stopping.delete(request.container_id));
      }),
      handling('ReopenContainerLog', async ({ request, forward, signal }) => {
        if (stopping.has(request.container_id)) {
          planting.shown();
          await during(request.container_id, signal, stopping);
        }
        return forward();
      }),
    )(planting);
  };
}

export const logReopenFaults: Fault[] = [
  {
    id: 'behaviour/reopen-does-nothing',
    title: 'ReopenContainerLog succeeds and does nothing',
    plant: doNothing('ReopenContainerLog', running),
  },
  {
    id: 'behaviour/reopen-not-implemented',
    title: 'ReopenContainerLog of a running container is refused',
    source: 'cri-o#9433',
    plant: refuse('ReopenContainerLog', running, 'UNKNOWN', 'docker does not support reopening container log files'),
  },
  {
    id: 'behaviour/reopen-of-unknown-succeeds',
    title: 'ReopenContainerLog of an unknown container succeeds',
    plant: changeRefusal('ReopenContainerLog', async (_, { request }, planting) =>
      (await stateOf(planting, request.container_id)) === undefined ? {} : undefined,
    ),
  },
  {
    id: 'behaviour/reopen-of-exited-succeeds-without-file',
    title: 'ReopenContainerLog of an exited container succeeds and creates no file',
    plant: changeRefusal('ReopenContainerLog', async (_, { request }, planting) =>
      (await stateOf(planting, request.container_id)) === 'CONTAINER_EXITED' ? {} : undefined,
    ),
  },
  {
    id: 'behaviour/reopen-fails-and-creates-file',
    title: 'ReopenContainerLog of an exited container creates the file and fails',
    plant: changeRefusal('ReopenContainerLog', async ({ code, details }, { request }, planting) => {
      if ((await stateOf(planting, request.container_id)) !== 'CONTAINER_EXITED') return undefined;
      writeFileSync(await logPathOf(request.container_id, planting), '', { flag: 'a' });
      throw new Refusal(code, details);
    }),
  },
  {
    id: 'behaviour/reopen-later',
    title: 'ReopenContainerLog answers and creates the file a fifth of a second later',
    plant: logging({
      reopen: (_, reopen, { shown, defer }) => {
        const timer = setTimeout(() => void reopen().catch(() => undefined), 200);
        defer(() => clearTimeout(timer));
        shown();
        return Promise.resolve({});
      },
    }),
  },
  {
    id: 'behaviour/reopen-goes-on-in-old-file',
    title: 'ReopenContainerLog creates the file and goes on in the renamed one',
    plant: logging({
      reopen: (tap, _, { shown }) => {
        writeFileSync(tap.file.path, '', { flag: 'a' });
        shown();
        return Promise.resolve({});
      },
    }),
  },
  {
    id: 'behaviour/reopen-empties-file',
    title: 'ReopenContainerLog empties a file that is in its place',
    plant: logging({
      reopen: async (tap, reopen, { shown }) => {
        const answer = await reopen();
        truncateSync(tap.file.path);
        shown();
        return answer;
      },
    }),
  },
  {
    id: 'behaviour/reopen-moves-file-aside',
    title: 'ReopenContainerLog moves a file that is in its place aside',
    plant: logging({
      reopen: (tap, reopen, { shown }) => {
        try {
          renameSync(tap.file.path, `${tap.file.path}.old`);
          shown();
        } catch {
          // it was moved already
        }
        return reopen();
      },
    }),
  },
  {
    id: 'behaviour/reopen-loses-lines',
    title: 'what is printed in the tenth of a second after ReopenContainerLog is lost',
    plant: (planting) => {
      const deafUntil = new Map<string, number>();
      return logging({
        lines: (file) => (line) => {
          if (Date.now() > (deafUntil.get(file.path) ?? 0)) file.write(line.bytes);
        },
        reopen: (tap, reopen) => {
          deafUntil.set(tap.file.path, Date.now() + 100);
          return reopen();
        },
      })(planting);
    },
  },
  {
    id: 'behaviour/reopen-doubles-lines',
    title: 'the new file begins with the last lines of the old one',
    plant: (planting) => {
      const last = new Map<string, LogLine[]>();
      return logging({
        lines: (file) => (line) => {
          last.set(file.path, [...(last.get(file.path) ?? []).slice(-2), line]);
          file.write(line.bytes);
        },
        reopen: async (tap, reopen, { shown }) => {
          const answer = await reopen();
          tap.file.write(...(last.get(tap.file.path) ?? []).map(({ bytes }) => bytes));
          tap.file.taken();
          shown();
          return answer;
        },
      })(planting);
    },
  },
  {
    id: 'behaviour/reopen-writes-to-both',
    title: 'after ReopenContainerLog lines go into the old file as well',
    plant: (planting) => {
      const reopened = new Set<string>();
      return logging({
        lines: (file) => (line) => {
          file.write(line.bytes);
          if (reopened.has(file.path)) appendToOlder(file.path, line.bytes);
        },
        reopen: (tap, reopen, { shown }) => {
          reopened.add(tap.file.path);
          shown();
          return reopen();
        },
      })(planting);
    },
  },
  {
    id: 'behaviour/reopen-tears-a-line',
    title: 'the line at ReopenContainerLog begins in the old file and ends in the new one',
    plant: (planting) => {
      const tear = new Set<string>();
      return logging({
        lines: (file) => (line) => {
          if (tear.delete(file.path)) file.write(entry(line).subarray(12));
          else file.write(line.bytes);
        },
        reopen: async (tap, reopen, { shown }) => {
          const answer = await reopen();
          appendToOlder(tap.file.path, Buffer.from(new Date().toISOString().slice(0, 12)));
          tear.add(tap.file.path);
          shown();
          return answer;
        },
      })(planting);
    },
  },
  {
    id: 'behaviour/reopen-only-once',
    title: 'ReopenContainerLog works once for a container',
    plant: (planting) => {
      const done = new Set<string>();
      return doNothing('ReopenContainerLog', ({ container_id }) => {
        const again = done.has(container_id);
        done.add(container_id);
        return again;
      })(planting);
    },
  },
  {
    id: 'behaviour/reopen-hangs-while-stopping',
    title: 'ReopenContainerLog waits for a pending StopContainer',
    source: 'cri-o#6297',
    hangs: true,
    plant: whileStopping(async (id, signal, stopping) => {
      while (stopping.has(id) && !signal.aborted) await pause(50, signal);
    }),
  },
  {
    id: 'behaviour/reopen-fails-while-stopping',
    title: 'ReopenContainerLog is refused while StopContainer is pending',
    source: 'cri-o#8815',
    plant: whileStopping(() => Promise.reject(new Refusal('UNKNOWN', 'container is not running'))),
  },
];

/** Into the newest renamed file beside the log. */
function appendToOlder(path: string, bytes: Buffer): void {
  const directory = dirname(path);
  const older = readdirSync(directory)
    .map((name) => join(directory, name))
    .filter((name) => name.startsWith(`${path}.`))
    .sort()
    .at(-1);
  if (older !== undefined) appendFileSync(older, bytes);
}
