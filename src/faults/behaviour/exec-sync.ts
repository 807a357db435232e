import type { ExecSyncResponse } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import {
  changeAnswer,
  changeRefusal,
  changeRequest,
  handling,
  pause,
  stateOf,
  type Asked,
  type Plant,
} from './shapes.js';

/* ExecSync: what it runs, and what becomes of the output and of the exit code. Its timeout: exec-timeout.ts. */

/** Changes the answer. */
export const answer = (change: (response: ExecSyncResponse) => Partial<ExecSyncResponse>): Plant =>
  changeAnswer('ExecSync', (response) => ({ ...response, ...change(response) }));

/** Both streams. */
const output = (change: (bytes: Buffer) => Uint8Array): Plant =>
  answer(({ stdout, stderr }) => ({ stdout: change(Buffer.from(stdout)), stderr: change(Buffer.from(stderr)) }));

const exitCode = (change: (code: number) => number): Plant =>
  answer(({ exit_code }) => ({ exit_code: change(exit_code) }));

/** Runs another command. */
export const command = (change: (cmd: string[]) => string[]): Plant =>
  changeRequest('ExecSync', (request) => ({ ...request, cmd: change(request.cmd) }));

/** A shell that runs a script, in which `"$@"` is the command. */
export const sh = (script: string, cmd: string[] = []): string[] => ['/bin/sh', '-c', script, 'sh', ...cmd];

/** Runs the command by a shell that does something before. */
const prefixed = (script: string): Plant => command((cmd) => sh(`${script} "$@"`, cmd));

/** Changes bytes, seen as Latin-1 text. */
export const text =
  (change: (text: string) => string) =>
  (bytes: Buffer): Buffer =>
    Buffer.from(change(bytes.toString('latin1')), 'latin1');

/** Refusals of ExecSync in a container in this state become a success. */
const acceptedIn = (state: 'CONTAINER_CREATED' | 'CONTAINER_EXITED' | undefined): Plant =>
  changeRefusal('ExecSync', async (_, { request }, planting) =>
    (await stateOf(planting, request.container_id)) === state ? {} : undefined,
  );

export const execSyncFaults: Fault[] = [
  {
    id: 'behaviour/exec-sync-output-cut-at-4-kib',
    title: 'ExecSync returns 4 KiB of each stream at most',
    plant: output((bytes) => bytes.subarray(0, 4096)),
  },
  {
    id: 'behaviour/exec-sync-output-cut-at-64-kib',
    title: 'ExecSync returns 64 KiB of each stream at most',
    plant: output((bytes) => bytes.subarray(0, 65_536)),
  },
  {
    id: 'behaviour/exec-sync-output-cut-at-1-mib',
    title: 'ExecSync returns 1 MiB of each stream at most',
    plant: output((bytes) => bytes.subarray(0, 1_048_576)),
  },
  {
    id: 'behaviour/exec-sync-output-last-part',
    title: 'ExecSync returns the last 32 KiB of each stream',
    plant: output((bytes) => bytes.subarray(-32_768)),
  },
  {
    id: 'behaviour/exec-sync-output-is-utf-8',
    title: 'ExecSync replaces bytes that are no UTF-8',
    plant: output((bytes) => Buffer.from(bytes.toString('utf8'))),
  },
  {
    id: 'behaviour/exec-sync-output-ends-at-nul',
    title: 'ExecSync takes output for a C string that ends at its first NUL',
    plant: output((bytes) => (bytes.includes(0) ? bytes.subarray(0, bytes.indexOf(0)) : bytes)),
  },
  {
    id: 'behaviour/exec-sync-output-trimmed',
    title: 'ExecSync drops the line feed at the end of the output',
    plant: output(text((seen) => seen.replace(/\n$/, ''))),
  },
  {
    id: 'behaviour/exec-sync-output-gets-line-feed',
    title: 'ExecSync ends output that does not end in a line feed with one',
    plant: output(text((seen) => (seen === '' || seen.endsWith('\n') ? seen : `${seen}\n`))),
  },
  {
    id: 'behaviour/exec-sync-output-by-terminal',
    title: 'ExecSync runs the command on a terminal: lines end in CR LF, and stderr is in stdout',
    plant: answer(({ stdout, stderr }) => ({
      stdout: text((seen) => seen.replaceAll('\n', '\r\n'))(Buffer.concat([stdout, stderr])),
      stderr: Buffer.alloc(0),
    })),
  },
  {
    id: 'behaviour/exec-sync-streams-merged',
    title: 'ExecSync returns stderr at the end of stdout',
    plant: answer(({ stdout, stderr }) => ({ stdout: Buffer.concat([stdout, stderr]), stderr: Buffer.alloc(0) })),
  },
  {
    id: 'behaviour/exec-sync-stderr-in-both',
    title: 'ExecSync returns stderr in stdout as well',
    plant: answer(({ stdout, stderr }) => ({ stdout: Buffer.concat([stdout, stderr]) })),
  },
  {
    id: 'behaviour/exec-sync-streams-swapped',
    title: 'ExecSync returns stdout as stderr and the reverse',
    plant: answer(({ stdout, stderr }) => ({ stdout: stderr, stderr: stdout })),
  },
  {
    id: 'behaviour/exec-sync-output-lost-on-failure',
    title: 'ExecSync returns no stdout if the command fails',
    plant: answer(({ stdout, exit_code }) => ({ stdout: exit_code === 0 ? stdout : Buffer.alloc(0) })),
  },
  {
    id: 'behaviour/exec-sync-stderr-lost-on-success',
    title: 'ExecSync returns no stderr if the command succeeds',
    plant: answer(({ stderr, exit_code }) => ({ stderr: exit_code === 0 ? Buffer.alloc(0) : stderr })),
  },
  {
    id: 'behaviour/exec-sync-output-of-last-command',
    title: 'ExecSync returns the stdout of the command before',
    plant: (planting) => {
      let last: Uint8Array | undefined;
      return answer(({ stdout }) => {
        const said = last ?? stdout;
        last = stdout;
        return { stdout: said };
      })(planting);
    },
  },
  {
    id: 'behaviour/exec-sync-output-doubled',
    title: 'ExecSync returns stdout twice',
    plant: answer(({ stdout }) => ({ stdout: Buffer.concat([stdout, stdout]) })),
  },
  {
    id: 'behaviour/exec-sync-failure-is-an-error',
    title: 'ExecSync of a command that fails is an error',
    plant: changeAnswer('ExecSync', (response) => {
      if (response.exit_code !== 0) throw new Refusal('UNKNOWN', `command exited with ${response.exit_code}`);
      return response;
    }),
  },
  {
    id: 'behaviour/exec-sync-failure-exits-with-1',
    title: 'ExecSync gives the exit code 1 for every failure',
    plant: exitCode((code) => (code === 0 ? 0 : 1)),
  },
  {
    id: 'behaviour/exec-sync-exit-code-after-signal-is-minus-1',
    title: 'ExecSync gives the exit code -1 for a command that a signal ended',
    plant: exitCode((code) => (code > 128 && code < 160 ? -1 : code)),
  },
  {
    id: 'behaviour/exec-sync-exit-code-lacks-128',
    title: 'ExecSync gives the number of the signal without 128',
    plant: exitCode((code) => (code > 128 && code < 160 ? code - 128 : code)),
  },
  {
    id: 'behaviour/exec-sync-exit-code-has-a-sign',
    title: 'ExecSync takes the exit code for a signed byte: 255 becomes -1',
    plant: exitCode((code) => (code > 127 ? code - 256 : code)),
  },
  {
    id: 'behaviour/exec-sync-missing-program-succeeds',
    title: 'ExecSync of a program that does not exist succeeds',
    plant: changeRefusal('ExecSync', async ({ message }, { request }, planting) => {
      const runs = (await stateOf(planting, request.container_id)) === 'CONTAINER_RUNNING';
      return runs && /no such file/i.test(message) ? {} : undefined;
    }),
  },
  {
    id: 'behaviour/exec-sync-by-shell',
    title: 'ExecSync joins the words of the command and has a shell read them',
    plant: command((cmd) => ['/bin/sh', '-c', cmd.join(' ')]),
  },
  {
    id: 'behaviour/exec-sync-drops-arguments',
    title: 'ExecSync runs the program without its arguments',
    plant: command((cmd) => cmd.slice(0, 1)),
  },
  {
    id: 'behaviour/exec-sync-drops-empty-arguments',
    title: 'ExecSync drops empty arguments',
    plant: command((cmd) => cmd.filter((word) => word !== '')),
  },
  {
    id: 'behaviour/exec-sync-splits-arguments',
    title: 'ExecSync splits arguments at blanks',
    plant: command((cmd) => cmd.flatMap((word) => word.split(' '))),
  },
  {
    id: 'behaviour/exec-sync-without-environment',
    title: 'ExecSync runs the command without the environment of the container',
    plant: command((cmd) => ['/bin/busybox', 'env', '-i', 'PATH=/bin', ...cmd]),
  },
  {
    id: 'behaviour/exec-sync-in-root-directory',
    title: 'ExecSync runs the command in / whatever the working directory of the container',
    plant: prefixed('cd / && exec'),
  },
  {
    id: 'behaviour/exec-sync-with-input',
    title: 'ExecSync gives the command something to read',
    plant: prefixed('echo input |'),
  },
  {
    id: 'behaviour/exec-sync-runs-twice',
    title: 'ExecSync runs the command twice',
    plant: handling('ExecSync', async ({ forward }, { shown }) => {
      const first = await forward();
      shown();
      await forward().catch(() => undefined);
      return first;
    }),
  },
  {
    id: 'behaviour/exec-sync-in-first-container-of-pod',
    title: 'ExecSync runs the command in the oldest running container of the pod',
    plant: elsewhere((ids) => ids[0]),
  },
  {
    id: 'behaviour/exec-sync-in-newest-container-of-pod',
    title: 'ExecSync runs the command in the newest running container of the pod',
    plant: elsewhere((ids) => ids.at(-1)),
  },
  {
    id: 'behaviour/exec-sync-one-at-a-time',
    title: 'ExecSync runs one command at a time in a container; others wait',
    plant: ({ shown }) => {
      const queues = new Map<string, Promise<unknown>>();
      return {
        ExecSync: async ({ request: { container_id: id }, forward, signal }) => {
          const before = queues.get(id);
          const own = (async () => {
            if (before !== undefined) {
              shown();
              await Promise.race([
                before,
                new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
              ]);
            }
            return forward();
          })();
          const ended = own.catch(() => undefined);
          queues.set(id, ended);
          void ended.then(() => queues.get(id) === ended && queues.delete(id));
          return own;
        },
      };
    },
  },
  {
    id: 'behaviour/exec-sync-does-not-wait',
    title: 'ExecSync answers after half a second whether or not the command has ended',
    plant: handling('ExecSync', async ({ request, signal }, { cri, shown }) => {
      const run = cri.runtime.ExecSync(request);
      const early = pause(500, signal).then(() => undefined);
      const first = await Promise.race([run.then(() => 'ended'), early]).catch(() => 'ended');
      if (first === 'ended') return run;
      shown();
      run.catch(() => undefined);
      return {};
    }),
  },
  {
    id: 'behaviour/exec-sync-in-exited-succeeds',
    title: 'ExecSync in an EXITED container succeeds',
    plant: acceptedIn('CONTAINER_EXITED'),
  },
  {
    id: 'behaviour/exec-sync-in-created-succeeds',
    title: 'ExecSync in a container that is not started yet succeeds',
    plant: acceptedIn('CONTAINER_CREATED'),
  },
  {
    id: 'behaviour/exec-sync-in-unknown-succeeds',
    title: 'ExecSync in an unknown container succeeds',
    plant: acceptedIn(undefined),
  },
];

/** Runs commands in another container of the pod, given those that run, oldest first. */
function elsewhere(choose: (ids: string[]) => string | undefined): Plant {
  return changeRequest('ExecSync', async (request: Asked<'ExecSync'>, { cri: { runtime } }) => {
    const [own] = (await runtime.ListContainers({ filter: { id: request.container_id } })).containers;
    if (own?.state !== 'CONTAINER_RUNNING') return request;
    const { containers } = await runtime.ListContainers({
      filter: { pod_sandbox_id: own.pod_sandbox_id, state: { state: 'CONTAINER_RUNNING' } },
    });
    const ids = containers.sort((a, b) => Number(a.created_at - b.created_at)).map(({ id }) => id);
    return { ...request, container_id: choose(ids) ?? own.id };
  });
}
