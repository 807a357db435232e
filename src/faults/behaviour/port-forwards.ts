import { connect } from 'node:net';
import { once } from 'node:events';
import type { Fault, Planting } from '../fault.js';
import type { Direction, Filters, Headers } from '../relay/filters.js';
import { lastNamesake } from './relations.js';
import { changeRequest } from './shapes.js';
import { corruptAt, cutAt, doubled, replace, swapped } from './stream-changes.js';
import { faultOf, NOTHING, on, type Look } from './streaming-shapes.js';

/* Port forwarding: which port of which pod, and what connections do to their data and to each other. */

const fault = faultOf('PortForward');

/** Looks at data of one direction only. */
const data =
  (direction: Direction, look: Look) =>
  (shown: () => void): Filters =>
    on(['data'], shown, (chunk, session) => (chunk.direction === direction ? look(chunk, session) : 'pass'));

/** State for each connection of a session. */
const each = (make: () => Look): Look => {
  const looks = new Map<number, Look>();
  return (chunk, session) => {
    const look = looks.get(chunk.connection) ?? make();
    looks.set(chunk.connection, look);
    return look(chunk, session);
  };
};

const WAYS: [Direction, string][] = [
  ['up', 'to the pod'],
  ['down', 'from the pod'],
];

const DATA: [id: string, title: string, make: () => Look][] = [
  ['cut-at-64k', 'nothing passes beyond the first 64 KiB', cutAt(64 * 1024)],
  ['cut-at-10m', 'nothing passes beyond the first 10 MiB', cutAt(10 * 1024 * 1024)],
  ['byte-corrupted', 'the byte at offset 1 000 000 is changed', corruptAt(1_000_000)],
  ['pieces-doubled', 'every piece but the first comes twice', doubled],
  ['pieces-swapped', 'pieces that follow each other closely are swapped', swapped],
  [
    'first-piece-lost',
    'the first piece is lost',
    () =>
      ({ offset }) =>
        offset === 0 ? NOTHING : 'pass',
  ],
  [
    'not-utf8-replaced',
    'bytes that are not UTF-8 become replacement characters',
    () =>
      ({ payload }) =>
        Buffer.from(payload.toString('utf8')),
  ],
  ['crlf', 'LF becomes CR LF', replace(/\r?\n/g, '\r\n')],
  ['nul-dropped', 'NUL bytes are dropped', replace(/\0/g, '')],
  ['lost', 'nothing passes', () => () => NOTHING],
];

/** Sends connections to another port, by the ports that the session was asked for so far. */
const ports = (id: string, title: string, other: (port: string, asked: string[]) => string): Fault =>
  fault(id, title, (shown) => {
    const asked = new Map<string, string>();
    return {
      open: (headers) => {
        const port = headers.get('port') ?? '';
        asked.set(headers.get('requestid') ?? '', port);
        const taken = other(port, [...asked.values()]);
        if (taken !== port) shown();
        return new Map(headers).set('port', taken);
      },
    };
  });

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const open = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).then(
    ([error]) => error === undefined,
    () => false,
  );
  socket.destroy();
  return open;
}

type Network = 'POD' | 'NODE';

async function isOn({ cri }: Planting, id: string, network: Network): Promise<boolean> {
  const { status } = await cri.runtime.PodSandboxStatus({ pod_sandbox_id: id });
  return status?.linux?.namespaces?.options?.network === network;
}

async function otherSandbox(planting: Planting, id: string, network: Network): Promise<string | undefined> {
  const { items } = await planting.cri.runtime.ListPodSandbox({ filter: { state: { state: 'SANDBOX_READY' } } });
  for (const item of items) if (item.id !== id && (await isOn(planting, item.id, network))) return item.id;
  return undefined;
}

const elsewhere = (id: string, title: string, network: Network): Fault => ({
  id: `behaviour/port-forward-${id}`,
  title: `PortForward: ${title}`,
  plant: (planting) => ({
    PortForward: async ({ request, forward }) => {
      const other = await otherSandbox(planting, request.pod_sandbox_id, network);
      if (other === undefined) return forward();
      planting.shown();
      return forward({ ...request, pod_sandbox_id: other });
    },
  }),
});

export const portForwardFaults: Fault[] = [
  ...WAYS.flatMap(([direction, words]) =>
    DATA.map(([id, title, make]) =>
      fault(`${direction}-${id}`, `${words} ${title}`, (shown) => data(direction, each(make))(shown)),
    ),
  ),
  ports('port-plus-one', 'connections go to the next port', (port) => String(Number(port) + 1)),
  ports('first-port', 'all connections of a session go to its first port', (_port, asked) => asked[0] ?? ''),
  ports('last-port-again', 'every other connection goes to the port of the one before', (port, asked) =>
    asked.length % 2 === 0 ? (asked.at(-2) ?? port) : port,
  ),
  elsewhere('other-pod', 'connections go to another pod', 'POD'),
  elsewhere('of-host', "connections go to the host's ports", 'NODE'),
  fault('requested-only', 'only ports of the PortForward request can be reached', (shown) => ({
    open: () => {
      shown();
      return 'refuse';
    },
  })),
  {
    id: 'behaviour/port-forward-ipv4-only',
    title: 'PortForward: servers that listen on ::1 alone are not reached',
    plant: (planting) => ({
      PortForward: async ({ request, forward }) => {
        const { url } = await forward();
        // Elsewhere than on the host's network this cannot be looked up from here.
        if (!(await isOn(planting, request.pod_sandbox_id, 'NODE'))) return { url };
        const open = async (headers: Headers): Promise<Headers> => {
          if (await listens(Number(headers.get('port')))) return headers;
          planting.shown();
          return new Map(headers).set('port', '1');
        };
        return { url: await planting.relay(url, { ports: request.port, open }) };
      },
    }),
  },
  {
    id: 'behaviour/port-forward-websocket-first-port-only',
    title: 'PortForward: over a WebSocket, the channels of every port lead to the first one',
    plant: ({ relay, shown }) => ({
      PortForward: async ({ request, forward }) => {
        const [first, ...others] = request.port;
        if (first === undefined || others.every((port) => port === first)) return forward();
        const { url } = await forward({ ...request, port: request.port.map(() => first) });
        return {
          url: await relay(url, {
            ports: request.port,
            chunk: ({ port, payload }, { transport }) => {
              if (transport === 'websocket' && port !== first && payload.length > 0) shown();
              return 'pass';
            },
          }),
        };
      },
    }),
  },
  fault('low-port-refused', 'a port below 1024 is refused', (shown) => ({
    open: (headers) => {
      if (Number(headers.get('port')) >= 1024) return headers;
      shown();
      return 'refuse';
    },
  })),
  {
    id: 'behaviour/port-forward-to-namesake',
    title: 'PortForward: of pods of one name in several namespaces, the one made last gets all connections',
    plant: changeRequest('PortForward', async (request, { cri }) => {
      const filter = { state: { state: 'SANDBOX_READY' as const } };
      const { items } = await cri.runtime.ListPodSandbox({ filter });
      return { ...request, pod_sandbox_id: lastNamesake(request.pod_sandbox_id, items) };
    }),
  },
];
