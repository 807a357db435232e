import type { Fault } from '../fault.js';
import { ALL, faultOf, inSessions } from './streaming-shapes.js';

/* The pings with which a client keeps its session alive. */

export const pingFaults: Fault[] = [
  ...ALL.map((rpc) =>
    faultOf(rpc)('ends-at-ping', 'a session ends when its client sends a ping', (shown) => ({
      ping: (direction, session) => {
        if (direction === 'down') return 'pass';
        shown();
        session.end();
        return 'drop';
      },
    })),
  ),
  {
    id: 'behaviour/pings-unanswered',
    title: 'pings of a client are not answered',
    hangs: true,
    plant: inSessions(ALL, ({ shown }) => ({
      ping: (direction) => {
        if (direction === 'down') return 'pass';
        shown();
        return 'drop';
      },
    })),
  },
];
