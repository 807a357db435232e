import type { ExecRequest } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import type { Fate, Filters, Session } from '../relay/filters.js';
import { handling, type Plant } from './shapes.js';
import { inSessions, NOTHING, on, resizes, STREAM_RPCS } from './streaming-shapes.js';

/* Sessions: what goes wrong for some requests, sizes, neighbours or transports only. */

/** Filters for some of the sessions of Exec. */
function execs(filters: (request: ExecRequest, shown: () => void) => Filters | undefined): Plant {
  return handling('Exec', async ({ request, forward }, { relay, shown }) => {
    const { url } = await forward();
    const own = filters(request, shown);
    return { url: own === undefined ? url : await relay(url, own) };
  });
}

const SUCCESS = Buffer.from('{"metadata":{},"status":"Success"}');

/** Failures are told as success in sessions of some requests. */
const succeeds = (when: (request: ExecRequest) => boolean): Plant =>
  execs((request, shown) =>
    when(request)
      ? on(['error'], shown, ({ payload }) => (payload.includes('"Failure"') ? SUCCESS : 'pass'))
      : undefined,
  );

/** The end of one session ends the other ones of the container. */
function endsOthers(): Plant {
  return (planting) => {
    const open = new Map<string, Set<Session>>();
    return inSessions(['Exec'], ({ shown, containerId }) => {
      const all = open.get(containerId) ?? new Set<Session>();
      open.set(containerId, all);
      return {
        chunk: (chunk, session) => {
          if (chunk.stream !== 'error') {
            all.add(session);
            return 'pass';
          }
          all.delete(session);
          for (const other of all) {
            shown();
            other.end();
          }
          all.clear();
          return 'pass';
        },
        end: (_, session) => {
          all.delete(session);
          return 'pass';
        },
      };
    })(planting);
  };
}

/** Sizes of a terminal go to the session of the container that began last. */
function sizesToNewest(): Plant {
  return (planting) => {
    const newest = new Map<string, Session>();
    return inSessions(['Exec'], ({ shown, containerId }) => {
      let begun = false;
      return {
        chunk: (chunk, session) => {
          if (!begun) newest.set(containerId, session);
          begun = true;
          const target = newest.get(containerId) ?? session;
          if (chunk.stream !== 'resize' || chunk.payload.length === 0 || target === session) return 'pass';
          shown();
          target.send('up', { ...chunk, last: false });
          return NOTHING;
        },
        end: (_, session) => {
          if (newest.get(containerId) === session) newest.delete(containerId);
          return 'pass';
        },
      };
    })(planting);
  };
}

/** The status of a command waits until the client has ended its input. */
function statusAfterInput(shown: () => void): Filters {
  let isOver = false;
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  return {
    chunk: async ({ stream, last }): Promise<Fate> => {
      if (stream === 'stdin' && last) {
        isOver = true;
        end();
      }
      if (stream !== 'error' || isOver) return 'pass';
      shown();
      await over;
      return 'pass';
    },
    end: (direction) => {
      if (direction === 'up') end();
      return 'pass';
    },
  };
}

/** No more than one session of port forwarding for a pod at the same time. */
const oneForward: Plant = (planting) => {
  const busy = new Set<string>();
  return handling('PortForward', async ({ request: { pod_sandbox_id: pod, port }, forward }, { relay, shown }) => {
    let own = false;
    const { url } = await forward();
    const filters: Filters = {
      ports: port,
      connect: () => {
        if (busy.has(pod)) {
          shown();
          return 503;
        }
        busy.add(pod);
        own = true;
        return true;
      },
      end: () => {
        if (own) busy.delete(pod);
        own = false;
        return 'pass';
      },
    };
    return { url: await relay(url, filters) };
  })(planting);
};

const isHigh = (port: number): boolean => port > 32_767;

export const sessionAtOnceFaults: Fault[] = [
  {
    id: 'behaviour/exec-exit-code-lost-with-one-stream',
    title: 'Exec: a command that fails is said to succeed in sessions with stdout or stderr alone',
    plant: succeeds(({ tty, stdout, stderr }) => !tty && stdout !== stderr),
  },
  {
    id: 'behaviour/exec-end-of-no-input-lost',
    title: 'Exec: the end of input that never had a byte is lost',
    hangs: true,
    plant: inSessions(STREAM_RPCS, ({ shown }) => ({
      chunk: ({ stream, offset, payload, last, reset }) => {
        if (stream !== 'stdin' || !last || reset || offset + payload.length > 0) return 'pass';
        shown();
        return 'drop';
      },
    })),
  },
  {
    id: 'behaviour/resize-burst-first-only',
    title: 'of resizes within 300 ms, the first counts and the others are lost',
    plant: inSessions(STREAM_RPCS, ({ shown }) => {
      let at = 0;
      return resizes(shown, (size) => {
        if (Date.now() - at < 300) return undefined;
        at = Date.now();
        return size;
      });
    }),
  },
  {
    id: 'behaviour/exec-end-ends-others',
    title: 'Exec: the end of a session ends the other sessions of the container',
    plant: endsOthers(),
  },
  {
    id: 'behaviour/exec-long-input-message-cut',
    title: 'Exec: a message of input over a WebSocket is cut after 32 KiB',
    plant: inSessions(STREAM_RPCS, ({ shown }) =>
      on(['stdin'], shown, ({ payload }, { transport }) =>
        transport === 'websocket' && payload.length > 32_768 ? payload.subarray(0, 32_768) : 'pass',
      ),
    ),
  },
  {
    id: 'behaviour/exec-sizes-to-newest-session',
    title: 'Exec: a terminal size goes to the session of the container that began last',
    plant: sizesToNewest(),
  },
  {
    id: 'behaviour/exec-status-after-input',
    title: 'Exec: the status of a command that has ended comes only when the client ends its input',
    hangs: true,
    plant: execs(({ stdin }, shown) => (stdin ? statusAfterInput(shown) : undefined)),
  },
  {
    id: 'behaviour/port-forward-second-session-refused',
    title: 'PortForward: a second session for a pod is refused while the first is open',
    plant: oneForward,
  },
  {
    id: 'behaviour/port-forward-high-port-refused',
    title: 'PortForward: a port above 32767 is refused',
    plant: handling('PortForward', async ({ request, forward }, { relay, shown }) => {
      if (request.port.some(isHigh)) {
        shown();
        throw new Refusal('INVALID_ARGUMENT', `invalid port in ${request.port.join(', ')}`);
      }
      const filters: Filters = {
        ports: request.port,
        open: (headers) => {
          if (!isHigh(Number(headers.get('port') ?? 0))) return headers;
          shown();
          return 'refuse';
        },
      };
      return { url: await relay((await forward()).url, filters) };
    }),
  },
];
