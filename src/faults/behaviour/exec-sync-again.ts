import type { Fault } from '../fault.js';
import { command } from './exec-sync.js';
import { changeAnswer, handling, type Answer, type Plant } from './shapes.js';

/* ExecSync: rare results and arguments, neighbours, and commands that were run before. */

const eachArgument = (change: (word: string) => string): Plant =>
  command(([program = '', ...rest]) => [program, ...rest.map(change)]);

/** What a command wrote goes to another one that runs in the container at the same time. */
const crossed: Plant = ({ shown }) => {
  const running = new Map<string, { extra: Uint8Array[] }[]>();
  return {
    ExecSync: async ({ request: { container_id: id }, forward }) => {
      const own = { extra: [] as Uint8Array[] };
      const all = running.get(id) ?? [];
      running.set(id, all);
      all.push(own);
      try {
        const answer = await forward();
        const other = all.find((each) => each !== own);
        if (other === undefined || answer.stdout.length === 0) {
          return { ...answer, stdout: Buffer.concat([...own.extra, answer.stdout]) };
        }
        shown();
        other.extra.push(answer.stdout);
        return { ...answer, stdout: Buffer.concat(own.extra) };
      } finally {
        all.splice(all.indexOf(own), 1);
      }
    },
  };
};

/** The same command in the same container is not run again within a second. */
const remembered: Plant = ({ shown }) => {
  const known = new Map<string, { answer: Answer<'ExecSync'>; at: number }>();
  return {
    ExecSync: async ({ request, forward }) => {
      const key = JSON.stringify([request.container_id, request.cmd]);
      const before = known.get(key);
      if (before !== undefined && Date.now() - before.at < 1000) {
        shown();
        return before.answer;
      }
      const answer = await forward();
      known.set(key, { answer, at: Date.now() });
      return answer;
    },
  };
};

export const repeatedExecSyncFaults: Fault[] = [
  {
    id: 'behaviour/exec-sync-missing-by-exit-code',
    title: 'ExecSync takes the exit codes 126 and 127 for an error of its own',
    plant: handling('ExecSync', async ({ forward, request }, { shown, cri }) => {
      const answer = await forward();
      if (answer.exit_code !== 126 && answer.exit_code !== 127) return answer;
      shown();
      return cri.runtime.ExecSync({ ...request, cmd: ['/no such program'] });
    }),
  },
  {
    id: 'behaviour/exec-sync-stderr-is-failure',
    title: 'ExecSync gives the exit code 1 to a command that succeeds and has written to stderr',
    plant: changeAnswer('ExecSync', (answer) =>
      answer.exit_code === 0 && answer.stderr.length > 0 ? { ...answer, exit_code: 1 } : answer,
    ),
  },
  {
    id: 'behaviour/exec-sync-long-argument-cut',
    title: 'ExecSync cuts an argument after 4096 bytes',
    plant: eachArgument((word) => word.slice(0, 4096)),
  },
  {
    id: 'behaviour/exec-sync-arguments-are-ascii',
    title: 'ExecSync replaces what is not ASCII in an argument by question marks',
    plant: eachArgument((word) => word.replace(/[^\0-\x7f]/g, '?')),
  },
  {
    id: 'behaviour/exec-sync-output-to-concurrent',
    title: 'ExecSync returns the stdout of a command to another one that runs in the container at the same time',
    plant: crossed,
  },
  {
    id: 'behaviour/exec-sync-repeated-is-remembered',
    title: 'ExecSync answers from memory to a command that it ran in the container less than a second ago',
    plant: remembered,
  },
];
