import type { Fault } from '../faults/fault.js';

/**
 * Sorts benign variations into sets that can be there at the same time, no two of a kind in one. A spec that fails in
 * none of these worlds accuses none of the variations, for a fraction of the runs.
 */
export function worldsOf(variations: readonly Fault[]): Fault[][] {
  const worlds: Fault[][] = [];
  const kinds = new Map<string, number>();
  for (const variation of variations.filter(({ kind }) => kind !== undefined)) {
    const index = kinds.get(variation.kind ?? '') ?? 0;
    kinds.set(variation.kind ?? '', index + 1);
    (worlds[index] ??= []).push(variation);
  }
  if (worlds.length === 0) worlds.push([]);
  for (const variation of variations.filter(({ kind }) => kind === undefined)) {
    const smallest = worlds.reduce((least, world) => (world.length < least.length ? world : least));
    smallest.push(variation);
  }
  return worlds.filter((world) => world.length > 0);
}
