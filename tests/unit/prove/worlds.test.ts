import { expect, test } from 'vitest';
import { catalogue } from '../../../src/faults/catalogue.js';
import type { Fault } from '../../../src/faults/fault.js';
import { worldsOf } from '../../../src/prove/worlds.js';

const fault = (id: string, kind?: string): Fault => ({
  id: `benign/${id}`,
  title: id,
  ...(kind === undefined ? {} : { kind }),
  plant: () => ({}),
});

test('no two variations of a kind are in one world, and none is lost', () => {
  const worlds = worldsOf([fault('a', 'pace'), fault('b', 'pace'), fault('c', 'ids'), fault('d'), fault('e')]);
  expect(worlds.map((world) => world.map(({ title }) => title))).toEqual([
    ['a', 'c', 'e'],
    ['b', 'd'],
  ]);
});

test('variations without a kind share one world', () => {
  expect(worldsOf([fault('a'), fault('b')])).toHaveLength(1);
  expect(worldsOf([])).toEqual([]);
});

test('the worlds are the same whatever the order', () => {
  const { benign } = catalogue();
  expect(worldsOf([...benign].reverse())).toEqual(worldsOf(benign));
});

test('all of the catalogue fit into a few worlds', () => {
  const { benign } = catalogue();
  const worlds = worldsOf(benign);
  expect(worlds.flat().sort(byId)).toEqual([...benign].sort(byId));
  expect(worlds.length).toBeLessThanOrEqual(4);
});

const byId = (a: Fault, b: Fault): number => (a.id < b.id ? -1 : 1);
