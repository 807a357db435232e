import type { Fault } from '../fault.js';
import type { Session } from '../relay/filters.js';
import { faultOf, relayed, STREAM_RPCS } from './streaming-shapes.js';

/* What a client that vanished leaves behind, or takes with it. Of its container and sandbox: exec-commands.ts. */

export const vanishedClientFaults: Fault[] = [
  {
    id: 'behaviour/exec-vanished-client-ends-others',
    title: 'Exec: a client that vanishes takes the other sessions of the container with it',
    plant: (planting) => {
      const open = new Map<string, Set<Session>>();
      return relayed(planting, STREAM_RPCS, ({ rpc, containerId, shown }) => {
        const all = open.get(containerId) ?? new Set();
        open.set(containerId, all);
        let ended = false;
        return {
          chunk: ({ stream }, session) => {
            all.add(session);
            ended ||= stream === 'error';
            return 'pass';
          },
          end: (direction, session) => {
            all.delete(session);
            if (rpc === 'Exec' && direction === 'up' && !ended) {
              for (const other of all) {
                shown();
                other.end();
              }
            }
            ended = true;
            return 'pass';
          },
        };
      });
    },
  },
  faultOf('PortForward')(
    'vanished-client-unnoticed',
    'over SPDY nobody notices that a client has vanished, and its connections in the pod stay open',
    (shown) => {
      // Who leaves in order resets the streams first.
      let left = false;
      return {
        chunk: ({ direction, reset }) => {
          left ||= direction === 'up' && reset;
          return 'pass';
        },
        end: (direction, { transport }) => {
          if (direction === 'down' || left || transport !== 'spdy') return 'pass';
          shown();
          return 'drop';
        },
      };
    },
  ),
];
