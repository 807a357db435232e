import { closeSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Fault, Planting } from '../fault.js';
import { logPathOf } from './log-reopen.js';
import { entry, logging } from './log-tap.js';
import { containersOf } from './sandboxes.js';
import {
  changeAnswer,
  changeContainerStatus,
  changeRequest,
  doNothing,
  handling,
  stateOf,
  together,
} from './shapes.js';
import { attemptsOf, knowingConfig, listedOf, siblingsOf } from './relations.js';

/* Logs that end too soon, are reopened for the wrong container or stream, or deleted. */

const MEBIBYTE = 2 ** 20;

/** An empty path names nothing. */
async function removeLogOf(id: string, planting: Planting): Promise<void> {
  const path = await logPathOf(id, planting).catch(() => '');
  await rm(path).then(planting.shown, () => undefined);
}

export const logsAgainFaults: Fault[] = [
  {
    id: 'behaviour/log-silent-after-stop',
    title: 'what a container prints once StopContainer was called is not logged',
    plant: (planting) => {
      const stopped = new Map<string, number>();
      return together(
        logging({
          lines:
            (file) =>
            ({ time, bytes }) => {
              if (Date.parse(time) <= (stopped.get(file.owner) ?? Infinity)) file.write(bytes);
            },
        }),
        handling('StopContainer', ({ request, forward }) => {
          stopped.set(request.container_id, Date.now());
          return forward();
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/log-ends-with-sibling',
    title: 'once a container of a pod was stopped, what the others print is not logged',
    plant: (planting) => {
      const silent = new Set<string>();
      return together(
        logging({
          lines:
            (file) =>
            ({ bytes }) => {
              if (!silent.has(file.owner)) file.write(bytes);
            },
        }),
        handling('StopContainer', async ({ request, forward }) => {
          const answer = await forward();
          for (const { id } of await siblingsOf(planting, request.container_id)) silent.add(id);
          return answer;
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/log-ends-at-1-mib',
    title: 'a container logs no more than 1 MiB',
    plant: logging({
      lines: (file) => {
        let size = 0;
        return ({ bytes }) => {
          size += bytes.length;
          if (size <= MEBIBYTE) file.write(bytes);
        };
      },
    }),
  },
  {
    id: 'behaviour/reopen-leaves-stderr',
    title: 'after ReopenContainerLog stdout goes into the new file and stderr still into the old one',
    plant: (planting) => {
      const reopened = new Set<string>();
      return logging({
        lines: (file) => {
          let old: number | undefined;
          planting.defer(() => old !== undefined && closeSync(old));
          return ({ stream, bytes }) => {
            if (!reopened.has(file.owner)) old ??= openSync(file.path, 'a');
            if (stream === 'stderr' && reopened.has(file.owner) && old !== undefined) writeSync(old, bytes);
            else file.write(bytes);
          };
        },
        reopen: async (tap, reopen) => {
          const answer = await reopen();
          reopened.add(tap.file.owner);
          return answer;
        },
      })(planting);
    },
  },
  {
    id: 'behaviour/reopen-of-next-attempt-does-nothing',
    title: 'ReopenContainerLog of a container that is not the first attempt says OK and does nothing',
    plant: doNothing(
      'ReopenContainerLog',
      async ({ container_id }, planting) => ((await listedOf(planting, container_id))?.metadata?.attempt ?? 0) > 0,
    ),
  },
  {
    id: 'behaviour/reopen-of-terminal-does-nothing',
    title: 'ReopenContainerLog of a container with a terminal says OK and does nothing',
    plant: knowingConfig(
      ({ tty }) => tty,
      (hasTerminal) => doNothing('ReopenContainerLog', ({ container_id }) => hasTerminal(container_id)),
    ),
  },
  {
    id: 'behaviour/reopen-of-sibling',
    title: 'ReopenContainerLog reopens the log of the oldest running container of the pod',
    plant: changeRequest('ReopenContainerLog', async (request, planting) => {
      if ((await stateOf(planting, request.container_id)) !== 'CONTAINER_RUNNING') return request;
      const own = await listedOf(planting, request.container_id);
      const running = (await siblingsOf(planting, request.container_id)).filter(
        ({ state, created_at }) => state === 'CONTAINER_RUNNING' && created_at < (own?.created_at ?? 0n),
      );
      const [oldest] = running.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
      return oldest === undefined ? request : { container_id: oldest.id };
    }),
  },
  {
    id: 'behaviour/stop-sandbox-deletes-logs',
    title: 'StopPodSandbox deletes the logs of the containers',
    plant: handling('StopPodSandbox', async ({ request: { pod_sandbox_id }, forward }, planting) => {
      const answer = await forward();
      for (const id of await containersOf(planting, pod_sandbox_id)) await removeLogOf(id, planting);
      return answer;
    }),
  },
  {
    id: 'behaviour/remove-deletes-logs-of-attempts',
    title: 'RemoveContainer deletes the logs of the other attempts of the container',
    plant: handling('RemoveContainer', async ({ request: { container_id }, forward }, planting) => {
      const attempts = await attemptsOf(planting, container_id);
      const answer = await forward();
      for (const { id } of attempts) await removeLogOf(id, planting);
      return answer;
    }),
  },
  {
    id: 'behaviour/log-time-is-that-of-reopening',
    title: 'every entry after ReopenContainerLog has the time of that',
    plant: (planting) => {
      const reopened = new Map<string, string>();
      return logging({
        lines: (file) => (line) => {
          file.write(entry({ ...line, time: reopened.get(file.owner) ?? line.time }));
        },
        reopen: async (tap, reopen) => {
          const answer = await reopen();
          reopened.set(tap.file.owner, new Date().toISOString());
          return answer;
        },
      })(planting);
    },
  },
  {
    id: 'behaviour/reopen-moves-started-at',
    title: 'started_at of a RUNNING container is when its log was reopened last',
    plant: (planting) => {
      const reopened = new Map<string, bigint>();
      return together(
        changeAnswer('ReopenContainerLog', (answer, { container_id }) => {
          reopened.set(container_id, BigInt(Date.now()) * 1_000_000n);
          return answer;
        }),
        changeContainerStatus(({ id, state, started_at }) => ({
          started_at: state === 'CONTAINER_RUNNING' ? (reopened.get(id) ?? started_at) : started_at,
        })),
      )(planting);
    },
  },
];
