import { blocked } from './pending-stops.js';
import { handling, together, type Asked, type Plant, type UnaryRpc } from './shapes.js';

/**
 * While calls of an RPC are under way, those of other RPCs wait for the end of each that they mind, or until their
 * client gives up.
 */
export function waitingFor<Name extends UnaryRpc, Other extends UnaryRpc>(
  rpc: Name,
  others: Other[],
  minds: (pending: Asked<Name>, request: Asked<Other>) => boolean = () => true,
): Plant {
  return (planting) => {
    const pending = new Map<Promise<unknown>, Asked<Name>>();
    const waiting = others.map((other) =>
      handling(other, async ({ request, forward, signal }) => {
        for (const [ended, asked] of pending) {
          if (!minds(asked, request)) continue;
          planting.shown();
          await blocked(ended, signal);
        }
        return forward();
      }),
    );
    const underWay = handling(rpc, ({ request, forward }) => {
      const answer = forward();
      const ended = answer.catch(() => undefined);
      pending.set(ended, request);
      void ended.then(() => pending.delete(ended));
      return answer;
    });
    return together(underWay, ...waiting)(planting);
  };
}
