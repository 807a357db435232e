import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/kit/define.js';
import { nearest, SelectionError, selectSpecs, shuffled, type Selection } from '../../../src/runner/select.js';
import { specOf } from '../../support/specs.js';

const specs: Spec[] = [
  specOf({ id: 'sandbox-lifecycle/run-becomes-ready', since: '1.20' }),
  specOf({ id: 'sandbox-lifecycle/stop-twice', since: '1.28', level: 'should' }),
  specOf({ id: 'images/pull-by-tag', since: '1.20' }),
  specOf({ id: 'images/pull-by-digest', since: '1.9' }),
  specOf({ id: 'streaming/exec-stdout[spdy]', since: '1.20' }),
  specOf({ id: 'streaming/exec-stdout[websocket]', since: '1.30' }),
  specOf({ id: 'security/userns', since: '1.33', level: 'feature:UserNamespaces' }),
  specOf({ id: 'security/rro', since: '1.30', level: 'feature:RecursiveReadOnlyMounts' }),
];

function selected(given: Partial<Selection>): string[] {
  const selection = { include: [], exclude: [], levels: [], kubernetes: undefined, ...given };
  return selectSpecs(specs, selection).map(({ id }) => id);
}

describe('patterns', () => {
  test('none selects everything, in order', () => {
    expect(selected({})).toEqual(specs.map(({ id }) => id));
  });

  test.each<[string, string[]]>([
    ['images', ['images/pull-by-tag', 'images/pull-by-digest']],
    ['images/*', ['images/pull-by-tag', 'images/pull-by-digest']],
    ['images/pull-by-tag', ['images/pull-by-tag']],
    ['*/pull-*', ['images/pull-by-tag', 'images/pull-by-digest']],
    ['**', specs.map(({ id }) => id)],
    ['**digest', ['images/pull-by-digest']],
    ['**exec**', ['streaming/exec-stdout[spdy]', 'streaming/exec-stdout[websocket]']],
    ['streaming/exec-stdout', ['streaming/exec-stdout[spdy]', 'streaming/exec-stdout[websocket]']],
    ['streaming/exec-stdout[spdy]', ['streaming/exec-stdout[spdy]']],
    ['**[spdy]', ['streaming/exec-stdout[spdy]']],
    ['images/pull-by-?ag', ['images/pull-by-tag']],
  ])('%s', (pattern, ids) => {
    expect(selected({ include: [pattern] })).toEqual(ids);
  });

  test('what takes minutes has to be named by its id, or asked for', () => {
    const slow = [specOf({ id: 'group/quick' }), specOf({ id: 'group/slow[spdy]', slow: true })];
    const choose = (given: Partial<Selection>): string[] =>
      selectSpecs(slow, { include: [], exclude: [], levels: [], kubernetes: undefined, ...given }).map(({ id }) => id);
    expect(choose({})).toEqual(['group/quick']);
    expect(choose({ include: ['group'] })).toEqual(['group/quick']);
    expect(choose({ include: ['group/slow[spdy]'] })).toEqual(['group/slow[spdy]']);
    expect(choose({ include: ['group/slow'] })).toEqual(['group/slow[spdy]']);
    expect(choose({ slow: true })).toEqual(['group/quick', 'group/slow[spdy]']);
    expect(choose({ slow: true, exclude: ['group/slow'] })).toEqual(['group/quick']);
    expect(() => choose({ include: ['group/s*'] })).toThrow(/add --slow/);
  });

  test.each(['image', '*', '/images', 'images/', 'pull-by-tag', 'images.pull-by-tag', 'IMAGES', '(', '[', '', 'imag*'])(
    '%j matches nothing, which is an error',
    (pattern) => {
      expect(() => selected({ include: [pattern] })).toThrow(SelectionError);
      expect(() => selected({ exclude: [pattern] })).toThrow(/no spec matches/);
    },
  );

  test('several select what any of them does, once, in the order of the specs', () => {
    expect(selected({ include: ['images/pull-by-digest', 'images', 'sandbox-lifecycle/stop-twice'] })).toEqual([
      'sandbox-lifecycle/stop-twice',
      'images/pull-by-tag',
      'images/pull-by-digest',
    ]);
  });

  test('one that matches nothing spoils the others', () => {
    expect(() => selected({ include: ['images', 'imagse'] })).toThrow("no spec matches 'imagse'. Nearest: images");
  });

  test('what is left out goes, whatever selected it', () => {
    expect(selected({ include: ['images'], exclude: ['**digest'] })).toEqual(['images/pull-by-tag']);
    expect(selected({ exclude: ['images', 'streaming', 'security'] })).toHaveLength(2);
  });

  test('any text is a pattern or an error that says so', () => {
    fc.assert(
      fc.property(fc.string(), (pattern) => {
        try {
          selected({ include: [pattern] });
        } catch (error) {
          expect(error).toBeInstanceOf(SelectionError);
        }
      }),
    );
  });
});

describe('levels', () => {
  test('by name, all features, or one', () => {
    expect(selected({ levels: ['should'] })).toEqual(['sandbox-lifecycle/stop-twice']);
    expect(selected({ levels: ['feature'] })).toEqual(['security/userns', 'security/rro']);
    expect(selected({ levels: ['feature:UserNamespaces'] })).toEqual(['security/userns']);
    expect(selected({ levels: ['should', 'feature:UserNamespaces'] })).toHaveLength(2);
    expect(selected({ levels: ['must'] })).toHaveLength(5);
  });

  test('an unknown one is an error with the nearest', () => {
    expect(() => selected({ levels: ['musst'] })).toThrow(/no level 'musst'\. Nearest: must/);
    expect(() => selected({ levels: ['feature:Usernamespaces'] })).toThrow(/Nearest: feature:UserNamespaces/);
  });
});

describe('a release of Kubernetes', () => {
  test('keeps rules that its kubelet relies on, compared as numbers', () => {
    expect(selected({ kubernetes: '1.9' })).toEqual(['images/pull-by-digest']);
    expect(selected({ kubernetes: '1.28' })).toHaveLength(5);
    expect(selected({ kubernetes: '1.99' })).toHaveLength(8);
  });
});

test('a selection that leaves nothing says what to loosen', () => {
  expect(() => selected({ include: ['images'], exclude: ['images'] })).toThrow(/leaves no spec to run: loosen/);
  expect(() => selected({ kubernetes: '1.5' })).toThrow(/--kubernetes/);
  expect(() => selected({ include: ['images'], levels: ['should'] })).toThrow(/--level/);
});

describe('the nearest names', () => {
  const names = ['sandbox-lifecycle', 'images', 'streaming', 'images/pull-by-tag', 'streaming/exec-stdout[spdy]'];
  test.each([
    ['imges', 'images'],
    ['Images', 'images'],
    ['sandbox', 'sandbox-lifecycle'],
    ['pull-by-tg', 'images/pull-by-tag'],
    ['streamin/**', 'streaming'],
    ['exec', 'streaming/exec-stdout[spdy]'],
  ])('%s: %s', (typed, first) => {
    expect(nearest(typed, names)).toMatch(new RegExp(`^Nearest: ${first.replace(/[[\]]/g, '\\$&')}(,|$)`));
  });

  test('are at most three, each once', () => {
    expect(nearest('x', ['a', 'b', 'a', 'c', 'd'])).toBe('Nearest: a, b, c');
  });
});

describe('shuffling', () => {
  const items = fc.array(fc.integer(), { maxLength: 60 });
  const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  test('keeps every item, and the input as it was', () => {
    fc.assert(
      fc.property(items, seeds, (list, seed) => {
        const before = [...list];
        const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
        expect(ascending(shuffled(list, seed))).toEqual(ascending(before));
        expect(list).toEqual(before);
      }),
    );
  });

  test('depends on the seed alone', () => {
    fc.assert(
      fc.property(items, seeds, (list, seed) => {
        expect(shuffled(list, seed)).toEqual(shuffled(list, seed));
      }),
    );
  });

  test('gives the orders that it always gave: a seed in an old report is worth something', () => {
    expect(shuffled(['a', 'b', 'c', 'd', 'e', 'f'], 42)).toEqual(['b', 'a', 'e', 'f', 'c', 'd']);
  });

  test('puts every item in every place about equally often', () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    const rounds = 8_000;
    for (let seed = 0; seed < rounds; seed += 1) {
      shuffled([0, 1, 2, 3], seed).forEach((item, place) => {
        const row = counts[item];
        if (row !== undefined) row[place] = (row[place] ?? 0) + 1;
      });
    }
    for (const count of counts.flat()) expect(Math.abs(count - rounds / 4)).toBeLessThan(rounds / 20);
  });
});
