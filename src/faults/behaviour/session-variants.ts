import type { Fault } from '../fault.js';
import type { StreamName } from '../relay/filters.js';
import { knowingConfig } from './relations.js';
import { changeRequest, handling, refuse, type Plant } from './shapes.js';
import { replace, type Change } from './stream-changes.js';
import {
  inSessions,
  NOTHING,
  on,
  relayed,
  resizes,
  servingInAll,
  STREAM_RPCS,
  type Call,
  type SessionRpc,
} from './streaming-shapes.js';

/* Sessions that not everybody asks for: some of the streams alone, a terminal and its keys, unusual words. */

type Wanted = Required<Pick<Call['request'], 'stdin' | 'stdout' | 'stderr' | 'tty'>>;

/** Changes data of a stream in the sessions of some requests. */
const where =
  (rpcs: SessionRpc[], when: (wanted: Wanted) => boolean, stream: StreamName, make: Change[2]): Plant =>
  ({ relay, shown }) => {
    const handler = async ({ request, forward }: Call): Promise<{ url: string }> => {
      const { url } = await forward();
      return { url: when(request as Wanted) ? await relay(url, on([stream], shown, make())) : url };
    };
    return Object.fromEntries(rpcs.map((rpc) => [rpc, handler]));
  };

const lost: Change[2] = () => () => NOTHING;

/** Other words for the command. */
const words = (change: (word: string) => string): Plant =>
  handling('Exec', ({ request, forward }, { shown }) => {
    const cmd = request.cmd.map(change);
    if (cmd.some((word, i) => word !== request.cmd[i])) shown();
    return forward({ ...request, cmd });
  });

export const sessionVariantFaults: Fault[] = [
  {
    id: 'behaviour/exec-tty-without-stdin-refused',
    title: 'Exec: a terminal without stdin is refused',
    plant: refuse('Exec', ({ tty, stdin }) => tty && !stdin, 'INVALID_ARGUMENT', 'a terminal needs stdin'),
  },
  ...STREAM_RPCS.map((rpc) => ({
    id: `behaviour/${rpc.toLowerCase()}-stdin-alone-lost`,
    title: `${rpc}: input is lost in a session without output`,
    plant: where([rpc], ({ stdin, stdout, stderr }) => stdin && !stdout && !stderr, 'stdin', lost),
  })),
  {
    id: 'behaviour/attach-stderr-alone-lost',
    title: 'Attach: a session for stderr alone gets nothing',
    plant: where(['Attach'], ({ stdout, stderr }) => stderr && !stdout, 'stderr', lost),
  },
  {
    id: 'behaviour/exec-words-ascii',
    title: 'Exec: letters beyond ASCII in the words of the command become question marks',
    plant: words((word) => word.replace(/[^ -~\s]/g, '?')),
  },
  {
    id: 'behaviour/exec-end-key-dropped',
    title: 'Exec: the end key (Ctrl-D) of a terminal does not get through',
    plant: where(['Exec'], ({ tty }) => tty, 'stdin', replace(/\x04/g, '')),
  },
  {
    id: 'behaviour/attach-interrupt-key-dropped',
    title: 'Attach: the interrupt key (Ctrl-C) of a terminal does not get through',
    plant: where(['Attach'], ({ tty }) => tty, 'stdin', replace(/\x03/g, '')),
  },
  {
    id: 'behaviour/port-forward-twenty-in-all',
    title: 'PortForward: a session serves no more than twenty connections',
    plant: inSessions(['PortForward'], ({ shown }) => servingInAll(20)(shown)),
  },
  {
    id: 'behaviour/port-forward-not-loopback',
    title: 'PortForward: servers that listen on the loopback address of the pod alone are not reached',
    plant: handling('PortForward', async ({ request: { pod_sandbox_id, port }, forward }, { cri, relay, shown }) => {
      const filter = { pod_sandbox_id, state: { state: 'CONTAINER_RUNNING' as const } };
      const open = async (headers: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> => {
        const [container] = (await cri.runtime.ListContainers({ filter })).containers;
        const request = { container_id: container?.id ?? '', cmd: ['/bin/cat', '/proc/net/tcp'], timeout: 5 };
        const { stdout } = await cri.runtime.ExecSync(request);
        const wanted = Number(headers.get('port')).toString(16).toUpperCase().padStart(4, '0');
        if (!Buffer.from(stdout).includes(`0100007F:${wanted} 00000000:0000 0A`)) return headers;
        shown();
        return new Map(headers).set('port', '1');
      };
      return { url: await relay((await forward()).url, { ports: port, open }) };
    }),
  },
  {
    id: 'behaviour/port-forward-lost-by-slow',
    title: 'PortForward: what comes from the pod is lost while the client is slow',
    plant: inSessions(['PortForward'], ({ shown }) =>
      on(['data'], shown, ({ direction }, session) =>
        direction === 'down' && session.heldUp('down') > 20 ? NOTHING : 'pass',
      ),
    ),
  },
  {
    id: 'behaviour/url-plain-request-accepted',
    title: 'Exec: a request at the URL without an upgrade is answered with 200',
    plant: (planting) =>
      relayed(planting, ['Exec'], ({ shown }) => ({
        head: (direction, head) => {
          if (direction === 'up' || !/^HTTP\/1\.1 400 /.test(head)) return head;
          shown();
          return head.replace(/^HTTP\/1\.1 400 .*/, 'HTTP/1.1 200 OK');
        },
      })),
  },
  {
    id: 'behaviour/exec-sizes-8-bit',
    title: 'Exec: a terminal has the sizes modulo 256',
    plant: inSessions(['Exec'], ({ shown }) =>
      resizes(shown, ({ Width, Height }) => ({ Width: Width & 0xff, Height: Height & 0xff })),
    ),
  },
  {
    id: 'behaviour/exec-programs-by-path-only',
    title: 'Exec: programs are not looked for in PATH',
    plant: changeRequest('Exec', ({ cmd: [program = '', ...rest], ...request }) => ({
      ...request,
      cmd: [program.includes('/') ? program : `/no/${program}`, ...rest],
    })),
  },
  {
    id: 'behaviour/exec-on-terminal-of-container',
    title: 'Exec: where the container has a terminal, lines end as on one, though the session has none',
    plant: knowingConfig(
      ({ tty }) => tty,
      (hasTerminal) =>
        handling('Exec', async ({ request: { container_id, tty }, forward }, { relay, shown }) => {
          const { url } = await forward();
          if (tty || !hasTerminal(container_id)) return { url };
          return { url: await relay(url, on(['stdout'], shown, replace(/(?<!\r)\n/g, '\r\n')())) };
        }),
    ),
  },
];
