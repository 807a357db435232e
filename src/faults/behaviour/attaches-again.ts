import type { Fault } from '../fault.js';
import type { Filters } from '../relay/filters.js';
import type { Plant } from './shapes.js';
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
];
