import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { letEscape, processesWith } from './escapes.js';
import { handling } from './shapes.js';

/* Exec'ed processes in other cgroups than their container. Takes root on the node of the runtime. */

/** For how long a command waits to be moved before it is run, in seconds. */
const WAIT_SECONDS = 0.5;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

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
        const [pid] = processesWith('cmdline', mark);
        if (pid !== undefined) {
          if (letEscape(pid)) shown();
          break;
        }
        await Promise.race([ended, sleep(10)]);
      }
      return answer;
    }),
  },
];
