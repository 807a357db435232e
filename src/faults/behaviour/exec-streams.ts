import type { Fault } from '../fault.js';
import type { Session } from '../relay/filters.js';
import { KIB, replace } from './stream-changes.js';
import { faultOf, inSessions, NOTHING, on, resizes, type Look } from './streaming-shapes.js';

/* Exec sessions: what goes wrong on one stream or transport only, or after something else passed before. */

const exec = faultOf('Exec');

const overWebSocket =
  (look: Look): Look =>
  (chunk, session) =>
    session.transport === 'websocket' ? look(chunk, session) : 'pass';

const LATE_MS = 200;
const MIB = KIB * KIB;

export const execStreamFaults: Fault[] = [
  exec('output-after-stdin-end-lost', 'what is printed 200 ms after the end of stdin or later is lost', (shown) => {
    let endedAt = Infinity;
    return {
      chunk: ({ stream, direction, payload, last }) => {
        if (direction === 'up' && stream === 'stdin' && last) endedAt = Date.now();
        if (stream !== 'stdout' && stream !== 'stderr') return 'pass';
        if (payload.length === 0 || Date.now() < endedAt + LATE_MS) return 'pass';
        shown();
        return NOTHING;
      },
    };
  }),
  exec('stderr-before-stdout-lost', 'what comes on stderr before anything came on stdout is lost', (shown) => {
    let printed = false;
    return on(['stdout', 'stderr'], shown, ({ stream }) => {
      printed ||= stream === 'stdout';
      return printed ? 'pass' : NOTHING;
    });
  }),
  exec('stdin-by-telnet', 'every byte 255 of stdin arrives twice', (shown) =>
    on(['stdin'], shown, replace(/\xff/g, '\xff\xff')()),
  ),
  exec('terminal-never-shrinks', 'a terminal takes larger sizes and no smaller ones', (shown) => {
    let [Width, Height] = [0, 0];
    return resizes(shown, (size) => {
      [Width, Height] = [Math.max(Width, size.Width), Math.max(Height, size.Height)];
      return { Width, Height };
    });
  }),
  exec('stdout-piece-doubled-at-1-mib', 'the piece of stdout that passes the first MiB comes twice', (shown) =>
    on(['stdout'], shown, (chunk) =>
      chunk.offset <= MIB && chunk.offset + chunk.payload.length > MIB ? [{ ...chunk, last: false }, chunk] : 'pass',
    ),
  ),
  exec('websocket-stderr-on-stdout', 'over a WebSocket, stderr comes on the channel of stdout', (shown) =>
    on(
      ['stderr'],
      shown,
      overWebSocket((chunk) => [{ ...chunk, stream: 'stdout' }]),
    ),
  ),
  exec('websocket-failure-is-1', 'over a WebSocket, every failure has the exit code 1', (shown) =>
    on(['error'], shown, overWebSocket(replace(/(?<="reason":"ExitCode","message":"|exit code )\d+/g, '1')())),
  ),
  exec('websocket-stdin-nul-dropped', 'over a WebSocket, NUL bytes of stdin are dropped', (shown) =>
    on(['stdin'], shown, overWebSocket(replace(/\0/g, '')())),
  ),
  {
    id: 'behaviour/exec-stdin-to-first-session',
    title: 'Exec: of sessions of a container at the same time, stdin goes to the one that typed first',
    plant: (planting) => {
      const typing = new Map<string, Session>();
      return inSessions(['Exec'], ({ shown, containerId }) => ({
        chunk: ({ stream, payload, last }, session) => {
          const first = typing.get(containerId);
          if (stream === 'error' && first === session) typing.delete(containerId);
          if (stream !== 'stdin') return 'pass';
          if (first === undefined || first === session) {
            if (last) typing.delete(containerId);
            else typing.set(containerId, session);
            return 'pass';
          }
          if (payload.length === 0) return 'pass';
          shown();
          first.send('up', { stream, connection: 0, payload, last: false });
          return NOTHING;
        },
        end: (_, session) => {
          if (typing.get(containerId) === session) typing.delete(containerId);
          return 'pass';
        },
      }))(planting);
    },
  },
];
