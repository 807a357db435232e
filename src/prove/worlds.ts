import type { Fault } from '../faults/fault.js';

interface World {
  variations: Fault[];
  /** Who has to be there. */
  noticers: Set<unknown>;
}

/**
 * Sorts benign variations into sets that can be there at the same time, no two of a kind in one. A spec that fails in
 * none of these worlds accuses none of the variations, for a fraction of the runs: each goes where it adds fewest.
 * The order of the variations does not matter: a proof that goes on with an earlier one finds the worlds of that.
 * @param able who could notice a variation at all, and has to be run under it
 */
export function worldsOf(variations: readonly Fault[], able: (variation: Fault) => readonly unknown[]): Fault[][] {
  const worlds: World[] = [];
  const widestFirst = [...variations].sort(
    (a, b) =>
      able(b).length - able(a).length ||
      Number(b.kind !== undefined) - Number(a.kind !== undefined) ||
      (a.id < b.id ? -1 : 1),
  );
  for (const variation of widestFirst) {
    const { kind } = variation;
    const open = worlds.filter(
      ({ variations: there }) => kind === undefined || there.every((other) => other.kind !== kind),
    );
    const ranked = open
      .map((world) => ({ world, added: able(variation).filter((noticer) => !world.noticers.has(noticer)).length }))
      .sort((a, b) => a.added - b.added || a.world.variations.length - b.world.variations.length);
    const best = ranked[0]?.world ?? begin(worlds);
    best.variations.push(variation);
    for (const noticer of able(variation)) best.noticers.add(noticer);
  }
  return worlds.map(({ variations: together }) => together);
}

function begin(worlds: World[]): World {
  const world: World = { variations: [], noticers: new Set() };
  worlds.push(world);
  return world;
}
