import type { Fault } from '../faults/fault.js';

/**
 * Sorts benign variations into sets that can be there at the same time, no two of a kind in one. A spec that fails in
 * none of these worlds accuses none of the variations, for a fraction of the runs. The order of the variations does
 * not matter: a proof that goes on with an earlier one finds the worlds of that.
 */
export function worldsOf(variations: readonly Fault[]): Fault[][] {
  const worlds: Fault[][] = [];
  const inOrder = [...variations].sort((a, b) => (a.id < b.id ? -1 : 1));
  const ofAKind = inOrder.filter(({ kind }) => kind !== undefined);
  const others = inOrder.filter(({ kind }) => kind === undefined);
  // Those that exclude each other decide how many worlds there are; the others go where there is most room.
  for (const variation of [...ofAKind, ...others]) {
    const { kind } = variation;
    const open = worlds.filter((world) => kind === undefined || world.every((other) => other.kind !== kind));
    const [smallest] = open.sort((a, b) => a.length - b.length);
    if (smallest === undefined) worlds.push([variation]);
    else smallest.push(variation);
  }
  return worlds;
}
