import type { Fault } from '../fault.js';
import type { Chunk, Direction, Filters, Session } from '../relay/filters.js';
import { endingWhenIdle, faultOf, NOTHING, on, servingInAll } from './streaming-shapes.js';

/* Port forwarding: what connections do to each other, how they end, and what is said of that. */

const fault = faultOf('PortForward');

/** The end of a direction, as a chunk without reset. */
const ends = (chunk: Chunk, direction: Direction): boolean =>
  chunk.stream === 'data' && chunk.direction === direction && chunk.last && !chunk.reset;

/** Acts as a direction of a connection ends; passes what acts leaves. */
const atEnd =
  (direction: Direction, act: (chunk: Chunk, session: Session) => 'pass' | Chunk[]) =>
  (shown: () => void): Filters => ({
    chunk: (chunk, session) => {
      if (!ends(chunk, direction)) return 'pass';
      shown();
      return act(chunk, session);
    },
  });

/** Text on the error stream of a chunk's connection. */
const complain = (session: Session, { connection }: Chunk, text: string): void =>
  session.send('down', { stream: 'error', connection, payload: Buffer.from(text), last: true });

/** A connection that is still open when another begins keeps that from being served. */
const limited =
  (most: number, how: 'refuse' | 'ignore') =>
  (shown: () => void): Filters => {
    const open = new Set<number>();
    return {
      open: (headers) => {
        if (open.size < most || headers.get('streamtype') !== 'error') return headers;
        shown();
        return how;
      },
      chunk: ({ stream, connection, last, direction }) => {
        if (stream === 'data' && !last) open.add(connection);
        if (stream === 'error' && last && direction === 'down') open.delete(connection);
        return 'pass';
      },
    };
  };

/** Whether the real runtime reported this connection as failed. */
const fails = ({ stream, payload, direction }: Chunk): boolean =>
  stream === 'error' && direction === 'down' && payload.length > 0;

const AFTER_END = 32 * 1024;

export const portForwardEndFaults: Fault[] = [
  fault(
    'failure-ends-session',
    'a connection that fails ends the session',
    (shown) => ({
      chunk: (chunk, session) => {
        if (!fails(chunk)) return 'pass';
        shown();
        setTimeout(() => session.end(), 20);
        return 'pass';
      },
    }),
    { source: 'containerd#8418' },
  ),
  fault('end-ends-session', 'a connection that the server ends, ends the session', (shown) =>
    atEnd('down', (_chunk, session) => {
      setTimeout(() => session.end(), 20);
      return 'pass';
    })(shown),
  ),
  fault('drop-ends-session', 'a connection that the client drops ends the session', (shown) => ({
    chunk: ({ stream, direction, reset }, session) => {
      if (stream !== 'data' || direction === 'down' || !reset) return 'pass';
      shown();
      session.end();
      return 'pass';
    },
  })),
  fault(
    'hangs-after-failure',
    'no connection is served after one failed',
    (shown) => {
      let failed = false;
      return {
        chunk: (chunk) => {
          failed ||= fails(chunk);
          return 'pass';
        },
        open: (headers) => {
          if (!failed) return headers;
          shown();
          return 'ignore';
        },
      };
    },
    { source: 'cri-o#3291', hangs: true },
  ),
  fault('one-at-a-time', 'a connection is refused while another is open', limited(1, 'refuse')),
  fault('waits-for-another', 'a connection is not answered while another is open', limited(1, 'ignore'), {
    hangs: true,
  }),
  fault('two-at-most', 'a third connection at the same time is refused', limited(2, 'refuse')),
  fault('five-in-all', 'a session serves no more than five connections, one after the other too', servingInAll(5)),
  fault(
    'client-end-lost',
    'the end of what the client sends is not passed on',
    atEnd('up', (chunk) => [{ ...chunk, last: false }]),
  ),
  fault(
    'server-end-lost',
    'the end of what the server sends is not passed on',
    atEnd('down', (chunk) => [{ ...chunk, last: false }]),
  ),
  fault(
    'client-end-ends-both',
    'the end of what the client sends ends the connection',
    atEnd('up', (chunk, session) => {
      session.send('down', { ...chunk, payload: NOTHING });
      complain(session, chunk, '');
      return 'pass';
    }),
  ),
  fault('server-end-ends-both', 'the end of what the server sends ends the connection', (shown) => {
    const over = new Set<number>();
    return {
      chunk: (chunk, session) => {
        if (chunk.stream === 'data' && chunk.direction === 'up' && over.has(chunk.connection)) return 'drop';
        if (!ends(chunk, 'down')) return 'pass';
        shown();
        over.add(chunk.connection);
        session.send('up', { ...chunk, payload: NOTHING });
        return 'pass';
      },
    };
  }),
  fault('error-text-missing', 'a connection that fails is reported without a text', (shown) =>
    on(['error'], shown, () => NOTHING),
  ),
  fault('error-on-success', 'a connection that ended in order is reported as failed', (shown) => ({
    chunk: (chunk) => {
      if (chunk.stream !== 'error' || chunk.direction === 'up' || !chunk.last || chunk.payload.length > 0)
        return 'pass';
      shown();
      return [{ ...chunk, payload: Buffer.from('the connection ended') }];
    },
  })),
  fault(
    'error-of-drop',
    'a connection that the server ended first is reported as failed',
    (shown) => {
      const ended = new Set<number>();
      const clientEnded = new Set<number>();
      return {
        chunk: (chunk) => {
          const { connection, stream, direction, last } = chunk;
          if (ends(chunk, 'up')) clientEnded.add(connection);
          if (ends(chunk, 'down') && !clientEnded.has(connection)) ended.add(connection);
          if (stream !== 'error' || direction === 'up' || !last || !ended.has(connection)) return 'pass';
          shown();
          return [{ ...chunk, payload: Buffer.from('connection reset by peer') }];
        },
      };
    },
    { source: 'containerd#9875' },
  ),
  fault('error-as-data', 'the text about a connection that fails comes as its data', (shown) =>
    on(['error'], shown, (chunk) => [
      { ...chunk, stream: 'data', last: false },
      { ...chunk, payload: NOTHING },
    ]),
  ),
  fault('answers-crossed', 'what comes from the pod goes to the connection that sent last', (shown) => {
    let newest = 0;
    return on(['data'], shown, (chunk) => {
      if (chunk.direction === 'up') newest = chunk.connection;
      return chunk.direction === 'up' || chunk.connection === newest
        ? 'pass'
        : [{ ...chunk, connection: newest, last: false }];
    });
  }),
  fault('until-the-end', 'what comes from the pod is passed on when the connection ends', (shown) => {
    const held: Chunk[] = [];
    return {
      chunk: (chunk, session) => {
        if (chunk.stream !== 'data' || chunk.direction === 'up') return 'pass';
        if (chunk.last) for (const part of held.splice(0)) session.send('down', part);
        if (chunk.last) return 'pass';
        shown();
        held.push(chunk);
        return NOTHING;
      },
    };
  }),
  fault('waits-for-client', 'what the server sends before the client has sent something is lost', (shown) => {
    const sent = new Set<number>();
    return on(['data'], shown, ({ connection, direction }) => {
      if (direction === 'up') sent.add(connection);
      return sent.has(connection) ? 'pass' : NOTHING;
    });
  }),
  fault('whole-lines-up', 'to the pod only pieces that end a line pass', (shown) =>
    on(['data'], shown, ({ direction, payload }) => (direction === 'up' && payload.at(-1) !== 0x0a ? NOTHING : 'pass')),
  ),
  fault('session-leaks', 'connections in the pod stay open when the session ends', (shown) => ({
    end: (direction) => {
      if (direction === 'down') return 'pass';
      shown();
      return 'drop';
    },
    chunk: (chunk) => (chunk.direction === 'up' && chunk.reset ? 'drop' : 'pass'),
  })),
  fault('idle-timeout', 'a session that is silent for 100 ms ends', endingWhenIdle(100)),
  fault('answer-after-end-cut', 'after the end of what the client sends, the pod may send 32 KiB', (shown) => {
    const left = new Map<number, number>();
    return {
      chunk: ({ stream, connection, direction, payload, last, reset }) => {
        if (stream !== 'data') return 'pass';
        if (direction === 'up') {
          if (last && !reset) left.set(connection, AFTER_END);
          return 'pass';
        }
        const allowed = left.get(connection);
        if (allowed === undefined) return 'pass';
        left.set(connection, Math.max(0, allowed - payload.length));
        if (payload.length <= allowed) return 'pass';
        shown();
        return payload.subarray(0, allowed);
      },
    };
  }),
  fault('once-refused', 'a port that refused a connection is refused to the end of the session', (shown) => {
    const refused = new Set<string>();
    return {
      chunk: (chunk) => {
        if (fails(chunk)) refused.add(String(chunk.port));
        return 'pass';
      },
      open: (headers) => {
        if (!refused.has(headers.get('port') ?? '')) return headers;
        shown();
        return 'refuse';
      },
    };
  }),
  fault('silent-end-lost', 'the end of a connection does not reach a server that was sent nothing', (shown) => ({
    chunk: (chunk) => {
      if (!ends(chunk, 'up') || chunk.offset > 0 || chunk.payload.length > 0) return 'pass';
      shown();
      return 'drop';
    },
  })),
];
