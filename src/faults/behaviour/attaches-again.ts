import { openAttach } from '../../client/streaming/index.js';
import type { Fault } from '../fault.js';
import type { Filters } from '../relay/filters.js';
import { Open } from './attaches.js';
import { knowingConfig } from './relations.js';
import { handling, type Plant } from './shapes.js';
import { NOTHING, on, relayed, resizes, type Opening } from './streaming-shapes.js';

/* Attach sessions after the first one of a container. */

/** Filters for every session of a container but the first. */
function attachedAgain(filters: (opening: Opening) => Filters): Plant {
  return (planting) => {
    const before = new Set<string>();
    return relayed(planting, ['Attach'], (opening) => {
      if (before.has(opening.containerId)) return filters(opening);
      before.add(opening.containerId);
      return {};
    });
  };
}

/** Filters for the sessions of terminals. */
const ofTerminals =
  (filters: (open: Open, containerId: string, shown: () => void) => Filters): Plant =>
  (planting) => {
    const open = new Open();
    return handling('Attach', async ({ request: { container_id, tty }, forward }, { relay, shown }) => {
      const { url } = await forward();
      return { url: tty ? await relay(url, filters(open, container_id, shown)) : url };
    })(planting);
  };

export const attachAgainFaults: Fault[] = [
  {
    id: 'behaviour/attach-again-without-stderr',
    title: 'Attach: sessions after the first of a container have no stderr',
    plant: attachedAgain(({ shown }) => on(['stderr'], shown, () => NOTHING)),
  },
  {
    id: 'behaviour/attach-again-without-sizes',
    title: 'Attach: terminal sizes are not taken in sessions after the first of a container',
    plant: attachedAgain(({ shown }) => resizes(shown, () => undefined)),
  },
  {
    id: 'behaviour/attach-terminal-one-at-a-time',
    title: 'Attach: a second session at the same time is refused where the container has a terminal',
    plant: ofTerminals((open, id, shown) => ({
      connect: () => {
        if (open.of(id).size === 0) return true;
        shown();
        return 409;
      },
      ...open.counting(id, () => undefined),
    })),
  },
  {
    id: 'behaviour/attach-terminal-ends-earlier-session',
    title: 'Attach: where the container has a terminal, a new session ends the ones before it',
    plant: ofTerminals((open, id, shown) =>
      open.counting(id, (others) => {
        for (const other of others) {
          shown();
          other.end();
        }
      }),
    ),
  },
  {
    id: 'behaviour/attach-watcher-ends-stdin-once',
    title: 'Attach: with stdin_once, the end of a session without stdin ends the input of the container',
    plant: knowingConfig(
      ({ stdin_once }) => stdin_once,
      (takesOnce) => (planting) => {
        const ended = new Set<string>();
        return handling('Attach', async ({ request: { container_id, stdin, tty }, forward }, { cri, relay, shown }) => {
          const { url } = await forward();
          if (stdin || !takesOnce(container_id) || ended.has(container_id)) return { url };
          const end = async (): Promise<'pass'> => {
            if (ended.has(container_id)) return 'pass';
            ended.add(container_id);
            shown();
            const want = { stdin: true, stdout: false, stderr: false, tty };
            const own = await cri.runtime.Attach({ container_id, ...want });
            const session = await openAttach(own.url, want, { transport: 'spdy' });
            session.stdin?.end();
            setTimeout(() => session.close(), 300);
            return 'pass';
          };
          return { url: await relay(url, { end }) };
        })(planting);
      },
    ),
  },
];
