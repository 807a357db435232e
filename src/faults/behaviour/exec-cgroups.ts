import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { handling } from './shapes.js';

/* Exec'ed processes in other cgroups than their container. Takes root on the node of the runtime. */

const CGROUPS = '/sys/fs/cgroup';

/** For how long a command waits to be moved before it is run, in seconds. */
const WAIT_SECONDS = 0.5;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Moves a process to the root of each hierarchy that it is in; whether any move was made. */
function moveOut(pid: string): boolean {
  let moved = false;
  for (const line of read(`/proc/${pid}/cgroup`).trim().split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:(?:name=)?([^:]*):(.*)$/.exec(line) ?? [];
    if (path === '/' || controllers === '') continue;
    try {
      writeFileSync(`${CGROUPS}/${controllers}/cgroup.procs`, pid);
      moved = true;
    } catch {
      // A hierarchy that is not mounted, or not ours.
    }
  }
  return moved;
}

export const execCgroupFaults: Fault[] = [
  {
    id: 'behaviour/exec-sync-outside-cgroup',
    title: 'ExecSync runs commands outside of the cgroup of the container',
    plant: handling('ExecSync', async ({ request, forward, signal }, { shown }) => {
      const mark = randomUUID();
      // Quoted, so that nobody takes the shell that waits for the command.
      const script = `: ${mark}; sleep ${WAIT_SECONDS}; exec ${request.cmd.map(quoted).join(' ')}`;
      const answer = forward({ ...request, cmd: ['/bin/sh', '-c', script] });
      const over = new AbortController();
      const end = (): void => over.abort();
      const ended = answer.then(end, end);
      while (!over.signal.aborted && !signal.aborted) {
        const pid = readdirSync('/proc').find(
          (name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(mark),
        );
        if (pid !== undefined) {
          if (moveOut(pid)) shown();
          break;
        }
        await Promise.race([ended, sleep(10)]);
      }
      return answer;
    }),
  },
];
