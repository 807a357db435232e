import { setTimeout as sleep } from 'node:timers/promises';
import type { Input } from '../../client/cri.js';
import type { ExecRequest } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { sh } from './exec-sync.js';
import { neighbour, relayed } from './streaming-shapes.js';

/* What exec runs, and where. */

type Change = Input<ExecRequest>;

/** A fault in the request; undefined where it makes no difference. */
function asked(
  id: string,
  title: string,
  change: (request: ExecRequest, planting: Planting) => Change | undefined | Promise<Change | undefined>,
): Fault {
  return {
    id: `behaviour/exec-${id}`,
    title: `Exec: ${title}`,
    plant: (planting) => ({
      Exec: async ({ request, forward }) => {
        const changed = await change(request, planting);
        if (changed !== undefined) planting.shown();
        return forward({ ...request, ...changed });
      },
    }),
  };
}

/** Other words for a command; undefined if they are the same. */
const words = (cmd: string[], change: (word: string) => string): Change | undefined => {
  const changed = cmd.map(change);
  return changed.join('\0') === cmd.join('\0') ? undefined : { cmd: changed };
};

export const execCommandFaults: Fault[] = [
  asked(
    'in-other-container',
    'the command runs in another container of the pod',
    async ({ container_id: id }, { cri }) => {
      const other = await neighbour(cri, id);
      return other === undefined ? undefined : { container_id: other };
    },
  ),
  asked('split-again', 'the words of the command are joined and split again by a shell', ({ cmd }) =>
    cmd.every((word) => /^[\w/.-]+$/.test(word)) ? undefined : { cmd: sh(cmd.join(' ')) },
  ),
  asked('split-at-blanks', 'the words of the command are split at blanks', ({ cmd }) =>
    cmd.some((word) => word.includes(' ')) ? { cmd: cmd.flatMap((word) => word.split(' ')) } : undefined,
  ),
  asked('empty-words-dropped', 'empty words of the command are dropped', ({ cmd }) =>
    cmd.includes('') ? { cmd: cmd.filter((word) => word !== '') } : undefined,
  ),
  asked('words-unescaped', 'backslashes in the words of the command are taken as escapes', ({ cmd }) =>
    words(cmd, (word) => word.replace(/\\(.)/g, '$1')),
  ),
  asked('words-trimmed', 'blanks around the words of the command are trimmed', ({ cmd }) =>
    words(cmd, (word) => word.trim()),
  ),
  asked('one-line', 'line ends in the words of the command become blanks', ({ cmd }) =>
    words(cmd, (word) => word.replaceAll('\n', ' ')),
  ),
  asked('variables-expanded', 'variables in the words of the command are expanded', ({ cmd }) =>
    words(cmd, (word) => word.replace(/\$HOME\b/g, '/root')),
  ),
  asked('few-words', 'the command has no more than three words', ({ cmd }) =>
    cmd.length > 3 ? { cmd: cmd.slice(0, 3) } : undefined,
  ),
  asked('without-environment', 'the command has none of the environment of the container', ({ cmd }) => ({
    cmd: ['/bin/env', '-i', ...cmd],
  })),
  asked('in-root-directory', 'the command runs in the root directory', ({ cmd }) => ({
    cmd: sh('cd /; exec "$@"', cmd),
  })),
  asked('never-privileged', 'the command runs as another user than the container', ({ cmd }) => ({
    cmd: ['/bin/setpriv', '--reuid', '65534', ...cmd],
  })),
  asked('with-terminal', 'the command always has a terminal', ({ tty }) =>
    tty ? undefined : { tty: true, stderr: false },
  ),
  asked('without-controlling-terminal', 'the terminal of the command is not its controlling one', ({ tty, cmd }) =>
    tty ? { cmd: ['/bin/setsid', ...cmd] } : undefined,
  ),
  asked('stdin-open', 'a command whose session has no stdin waits for input', ({ stdin, cmd }) =>
    stdin ? undefined : { cmd: sh('p=/tmp/.input.$$; mkfifo $p && exec "$@" <>$p', cmd) },
  ),
  asked('unstarted-exits-0', 'a command that cannot be started exits with 0', ({ cmd }) => ({
    cmd: sh('"$@"; code=$?; [ $code = 127 ] && exit 0; exit $code', cmd),
  })),
  asked('stdout-is-stderr', 'what the command writes to stderr goes where its stdout goes', ({ tty, cmd }) =>
    tty ? undefined : { cmd: sh('exec "$@" 2>&1', cmd) },
  ),
  asked('killed-after-300ms', 'the command is killed 300 ms after its start', ({ cmd }) => ({
    cmd: ['/bin/timeout', '-s', 'KILL', '0.3', ...cmd],
  })),
  asked('interrupt-ignored', 'the command ignores the interrupt key', ({ tty, cmd }) =>
    tty ? { cmd: sh('trap \'\' INT; exec "$@"', cmd) } : undefined,
  ),
  {
    id: 'behaviour/exec-runs-twice',
    title: 'Exec: the command runs once more, without a session',
    plant: ({ shown, cri }) => ({
      Exec: async ({ request, forward }) => {
        const { container_id, cmd, stdin } = request;
        if (!stdin) {
          shown();
          await cri.runtime.ExecSync({ container_id, cmd, timeout: 2 }).catch(() => undefined);
        }
        return forward();
      },
    }),
  },
  {
    id: 'behaviour/exec-is-attach',
    title: "Exec: the session is one of the container's own process",
    plant: ({ shown, cri }) => ({
      Exec: ({ request: { cmd: _cmd, ...request } }) => {
        shown();
        return cri.runtime.Attach(request);
      },
    }),
  },
  {
    id: 'behaviour/exec-one-at-a-time',
    title: 'Exec: a container serves one session at a time, others wait for their turn',
    hangs: true,
    plant: (planting) => {
      const busy = new Map<string, Promise<void>>();
      return relayed(planting, ['Exec'], ({ containerId, shown }) => {
        const before = busy.get(containerId);
        let release: () => void = () => undefined;
        busy.set(containerId, new Promise<void>((resolve) => (release = resolve)));
        return {
          connect: async (): Promise<true> => {
            let waits = before !== undefined;
            await Promise.race([before?.then(() => (waits = false)), sleep(5)]);
            if (waits) shown();
            await before;
            return true;
          },
          end: () => {
            release();
            return 'pass';
          },
        };
      });
    },
  },
  {
    id: 'behaviour/exec-five-at-most',
    title: 'Exec: a sixth session at the same time is refused',
    plant: (planting) => {
      let open = 0;
      return relayed(planting, ['Exec'], ({ shown }) => {
        let counted = false;
        return {
          connect: () => {
            if (open >= 5) {
              shown();
              return 503;
            }
            counted = true;
            open++;
            return true;
          },
          end: () => {
            if (counted) open--;
            counted = false;
            return 'pass';
          },
        };
      });
    },
  },
  vanishing(
    'ends-container',
    'a client that vanishes takes the container with it',
    'conmon-rs#720',
    ({ cri }, container_id) => cri.runtime.StopContainer({ container_id, timeout: 0 }),
  ),
  vanishing(
    'stops-sandbox',
    'a client that vanishes takes the sandbox with it',
    undefined,
    async ({ cri }, container_id) => {
      const { containers } = await cri.runtime.ListContainers({ filter: { id: container_id } });
      return cri.runtime.StopPodSandbox({ pod_sandbox_id: containers[0]?.pod_sandbox_id ?? '' });
    },
  ),
  {
    id: 'behaviour/exec-vanished-client-unnoticed',
    title: 'Exec: nobody notices that a client has vanished, and its command goes on',
    plant: (planting) =>
      relayed(planting, ['Exec'], ({ shown }) => {
        let ended = false;
        return {
          chunk: ({ stream }) => {
            ended ||= stream === 'error';
            return 'pass';
          },
          end: (direction) => {
            if (direction === 'down' || ended) return 'pass';
            shown();
            return 'drop';
          },
        };
      }),
  },
  {
    id: 'behaviour/exec-vanished-client-blocks',
    title: 'Exec: when a client has vanished, no further session in that container is served',
    plant: (planting) => {
      const blocked = new Set<string>();
      return relayed(planting, ['Exec'], ({ containerId, shown }) => {
        let ended = false;
        return {
          connect: () => {
            if (!blocked.has(containerId)) return true;
            shown();
            return 500;
          },
          chunk: ({ stream }) => {
            ended ||= stream === 'error';
            return 'pass';
          },
          end: (direction) => {
            if (direction === 'up' && !ended) blocked.add(containerId);
            return 'pass';
          },
        };
      });
    },
  },
];

/** A fault of what happens when a client leaves before its command has ended. */
function vanishing(
  id: string,
  title: string,
  source: string | undefined,
  happens: (planting: Planting, containerId: string) => Promise<unknown>,
): Fault {
  return {
    id: `behaviour/exec-vanished-client-${id}`,
    title: `Exec: ${title}`,
    ...(source === undefined ? {} : { source }),
    plant: (planting) =>
      relayed(planting, ['Exec'], ({ containerId, shown }) => {
        let ended = false;
        return {
          chunk: ({ stream }) => {
            ended ||= stream === 'error';
            return 'pass';
          },
          end: async (direction): Promise<'pass'> => {
            if (direction === 'up' && !ended) {
              shown();
              await happens(planting, containerId).catch(() => undefined);
            }
            ended = true;
            return 'pass';
          },
        };
      }),
  };
}
