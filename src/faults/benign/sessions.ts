import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import type { Filters, Part, Session } from '../relay/filters.js';
import { ALL, inSessions, STREAM_RPCS, type SessionRpc } from '../behaviour/streaming-shapes.js';

/* Streaming sessions as other servers than that of Kubernetes may well run them. */

const passes = async (ms: number): Promise<'pass'> => {
  await sleep(ms);
  return 'pass';
};

const legal = (
  id: string,
  kind: 'session-time' | 'session-form',
  title: string,
  rpcs: SessionRpc[],
  filters: (shown: () => void) => Filters,
): Fault => ({
  id: `benign/sessions-${id}`,
  kind,
  title,
  plant: inSessions(rpcs, ({ shown }) => filters(shown)),
});

/** More of it would show nothing new, and cost minutes of processor time. */
const HALF_MIB = 2 ** 19;

/** Cuts a part in pieces of so many bytes. */
const pieces = (part: Part, size: number): Part[] =>
  Array.from({ length: Math.ceil(part.payload.length / size) }, (_, i) => ({
    ...part,
    payload: part.payload.subarray(i * size, (i + 1) * size),
    last: part.last && (i + 1) * size >= part.payload.length,
  }));

export const benignSessions: Fault[] = [
  legal(
    'in-small-frames',
    'session-form',
    'data comes in frames of at most 1000 bytes, but for the status and for what is more than half a MiB',
    ALL,
    (shown) => {
      const cut = new WeakMap<object, number>();
      return {
        chunk: (chunk, session) => {
          const { direction, stream, payload } = chunk;
          const before = cut.get(session) ?? 0;
          if (direction === 'up' || stream === 'error' || payload.length <= 1000 || before > HALF_MIB) return 'pass';
          cut.set(session, before + payload.length);
          shown();
          return pieces(chunk, 1000);
        },
      };
    },
  ),
  legal('late', 'session-time', 'what comes after a silence takes 20 ms more, each way', ALL, (shown) => {
    const passed = new WeakMap<object, Record<string, number>>();
    return {
      chunk: ({ direction }, session) => {
        const last = passed.get(session) ?? {};
        passed.set(session, last);
        // What follows close behind comes no later than what it follows: it is the way that is long, not narrow.
        const afterSilence = performance.now() - (last[direction] ?? -Infinity) > 20;
        last[direction] = performance.now() + (afterSilence ? 20 : 0);
        if (!afterSilence) return 'pass';
        shown();
        return passes(20);
      },
    };
  }),
  legal(
    'stay-open',
    'session-form',
    'when all is said the connection stays open until the client leaves',
    STREAM_RPCS,
    (shown) => ({
      chunk: (chunk) =>
        chunk.stream === 'error' && chunk.payload.length > 0 && !chunk.last ? [{ ...chunk, last: true }] : 'pass',
      end: (direction) => {
        if (direction === 'up') return 'pass';
        shown();
        return passes(300);
      },
    }),
  ),
  legal('status-before-output', 'session-time', 'output may come after the status', STREAM_RPCS, (shown) => {
    const owed = new WeakMap<Session, Promise<unknown>>();
    return {
      chunk: (chunk, session) => {
        const isOutput = chunk.stream === 'stdout' || chunk.stream === 'stderr';
        if (!isOutput || chunk.direction === 'up' || chunk.reset) return 'pass';
        shown();
        // Timers of different lengths may fire in any order on a busy machine: what comes after waits for what is owed.
        const due = Promise.all([owed.get(session), sleep(10)]);
        owed.set(
          session,
          due.then(() => session.send('down', chunk)),
        );
        return 'drop';
      },
      end: async (_direction, session): Promise<'pass'> => {
        await owed.get(session);
        return 'pass';
      },
    };
  }),
];
