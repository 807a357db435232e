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

const everybody = (): string[] => ['a/spec', 'another/spec'];

test('no two variations of a kind are in one world, and none is lost', () => {
  const all = [fault('a', 'pace'), fault('b', 'pace'), fault('c', 'ids'), fault('d'), fault('e')];
  expect(titlesOf(worldsOf(all, everybody))).toEqual([
    ['a', 'c', 'e'],
    ['b', 'd'],
  ]);
});

test('variations without a kind share one world', () => {
  expect(worldsOf([fault('a'), fault('b')], everybody)).toHaveLength(1);
  expect(worldsOf([], everybody)).toEqual([]);
});

test('a variation goes where those who could notice it are anyway', () => {
  const few: Record<string, string[]> = { b: ['a/spec'], c: ['another/spec'], e: ['another/spec'] };
  const paces = [fault('a', 'pace'), fault('b', 'pace'), fault('c', 'pace')];
  const all = [...paces, fault('d', 'ids'), fault('e', 'ids')];
  expect(titlesOf(worldsOf(all, ({ title }) => few[title] ?? everybody()))).toEqual([['a', 'd'], ['b'], ['c', 'e']]);
});

test('the worlds are the same whatever the order', () => {
  const { benign } = catalogue();
  expect(worldsOf([...benign].reverse(), everybody)).toEqual(worldsOf(benign, everybody));
});

test('all of the catalogue fit into a few worlds, and only refusals need a third', () => {
  const { benign } = catalogue();
  const worlds = worldsOf(benign, (variation) => (variation.marks === undefined ? everybody() : ['a/spec']));
  expect(worlds.flat().sort(byId)).toEqual([...benign].sort(byId));
  expect(
    worlds
      .slice(2)
      .flat()
      .map(({ kind }) => kind),
  ).toEqual(['codes']);
});

const titlesOf = (worlds: Fault[][]): string[][] => worlds.map((world) => world.map(({ title }) => title));

const byId = (a: Fault, b: Fault): number => (a.id < b.id ? -1 : 1);
