import { isDeepStrictEqual } from 'node:util';
import type { ExecSyncResponse } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { answer, command, text } from './exec-sync.js';
import { overlapping } from './relations.js';
import { changeAnswer, changeContainerStatus, handling, pause, together, type Answer, type Plant } from './shapes.js';

/* ExecSync: rare results and arguments, neighbours, and commands that were run before. */

const eachArgument = (change: (word: string) => string): Plant =>
  command(([program = '', ...rest]) => [program, ...rest.map(change)]);

/** All but the last byte of what fills whole blocks. */
const withoutRestOf = (bytes: Uint8Array): Uint8Array =>
  bytes.length > 0 && bytes.length % 4096 === 0 ? bytes.subarray(0, -1) : bytes;

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

/** No more than so many commands run in a container at a time; others wait until one has ended, or are refused. */
const atMost =
  (most: number, how: 'wait' | 'refuse'): Plant =>
  (planting) => {
    const running = new Map<string, Set<Promise<unknown>>>();
    return handling('ExecSync', async ({ request: { container_id: id }, forward, signal }, { shown }) => {
      const own = running.get(id) ?? new Set();
      running.set(id, own);
      while (own.size >= most && !signal.aborted) {
        shown();
        if (how === 'refuse') throw new Refusal('RESOURCE_EXHAUSTED', `${most} commands are running already`);
        await Promise.race([...own, pause(30_000, signal)]);
      }
      const answer = forward();
      const ended = answer.catch(() => undefined);
      own.add(ended);
      void ended.then(() => own.delete(ended));
      return answer;
    })(planting);
  };

const lineEnds = text((output) => output.replace(/\r\n/g, '\n'));

/** Part of the answer of a command goes to another one that began in the container while it ran. */
const toConcurrent = (part: (response: ExecSyncResponse) => Partial<ExecSyncResponse>): Plant =>
  overlapping('ExecSync', async (earlier, { request, forward }, { shown }) => {
    const [first, own] = await Promise.all([earlier.answer.catch(() => undefined), forward()]);
    if (first === undefined || earlier.request.container_id !== request.container_id) return own;
    const mixed = { ...own, ...part(first) };
    if (!isDeepStrictEqual(mixed, own)) shown();
    return mixed;
  });

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
  {
    id: 'behaviour/exec-sync-crlf-is-lf',
    title: 'ExecSync returns LF where a command has written CR LF',
    plant: answer(({ stdout, stderr }) => ({
      stdout: lineEnds(Buffer.from(stdout)),
      stderr: lineEnds(Buffer.from(stderr)),
    })),
  },
  {
    id: 'behaviour/exec-sync-stderr-cut-at-64-kib',
    title: 'ExecSync returns 64 KiB of stderr at most, and all of stdout',
    plant: answer(({ stderr }) => ({ stderr: stderr.subarray(0, 65_536) })),
  },
  {
    id: 'behaviour/exec-sync-stderr-is-utf-8',
    title: 'ExecSync replaces bytes that are no UTF-8 in stderr, not in stdout',
    plant: answer(({ stderr }) => ({ stderr: Buffer.from(Buffer.from(stderr).toString('utf8')) })),
  },
  {
    id: 'behaviour/exec-sync-exit-code-to-concurrent',
    title: 'ExecSync gives the exit code of a command to another one that runs in the container at the same time',
    plant: toConcurrent(({ exit_code }) => ({ exit_code })),
  },
  {
    id: 'behaviour/exec-sync-stderr-to-concurrent',
    title: 'ExecSync gives the stderr of a command to another one that runs in the container at the same time',
    plant: toConcurrent(({ stderr }) => ({ stderr })),
  },
  {
    id: 'behaviour/exec-sync-same-at-once-runs-once',
    title: 'of two ExecSync of the same command in a container at once, the second takes the answer of the first',
    plant: overlapping('ExecSync', (earlier, { request, forward }, { shown }) => {
      const { container_id, cmd } = earlier.request;
      if (container_id !== request.container_id || !isDeepStrictEqual(cmd, request.cmd)) return forward();
      shown();
      return earlier.answer;
    }),
  },
  {
    id: 'behaviour/exec-sync-four-at-once',
    title: 'a fifth ExecSync in a container waits until one of the four before it has ended',
    hangs: true,
    plant: atMost(4, 'wait'),
  },
  {
    id: 'behaviour/exec-sync-fifth-at-once-refused',
    title: 'a fifth ExecSync in a container is refused while four are under way',
    plant: atMost(4, 'refuse'),
  },
  {
    id: 'behaviour/exec-sync-twenty-in-all',
    title: 'the twenty-first ExecSync in a container, and every later one, fails',
    plant: (planting) => {
      const counts = new Map<string, number>();
      return handling('ExecSync', ({ request, forward }, { shown }) => {
        const count = (counts.get(request.container_id) ?? 0) + 1;
        counts.set(request.container_id, count);
        if (count <= 20) return forward();
        shown();
        throw new Refusal('UNKNOWN', 'failed to create exec: too many open files');
      })(planting);
    },
  },
  {
    id: 'behaviour/exec-sync-whole-blocks-lack-last-byte',
    title: 'ExecSync loses the last byte of a stream that is a whole number of 4 KiB',
    plant: answer(({ stdout, stderr }) => ({ stdout: withoutRestOf(stdout), stderr: withoutRestOf(stderr) })),
  },
  {
    id: 'behaviour/exec-sync-exit-code-in-status',
    title: 'exit_code of a RUNNING container is that of the last command that ExecSync ran in it',
    plant: (planting) => {
      const last = new Map<string, number>();
      return together(
        changeAnswer('ExecSync', (response, { container_id }) => {
          last.set(container_id, response.exit_code);
          return response;
        }),
        changeContainerStatus(({ id, state, exit_code }) => ({
          exit_code: state === 'CONTAINER_RUNNING' ? (last.get(id) ?? exit_code) : exit_code,
        })),
      )(planting);
    },
  },
];
