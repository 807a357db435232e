import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../../src/faults/catalogue.js';
import { readExclusions, recordedMatrix } from '../../../src/prove/index.js';
import { loadSpecs } from '../../../src/runner/suites.js';

function rows(file: string): string[][] {
  const text = readFileSync(new URL(`../../data/${file}`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}

const specs = await loadSpecs();
const parity = new Map(rows('parity.tsv').map(([slug = '', level = '']) => [slug, level]));
const expectations = new Set(rows('expectations.tsv').map(([number]) => Number(number)));

describe('the specs cover what they have to', () => {
  test.each([...parity].filter(([, level]) => level === 'conformance' || level === 'linux'))(
    'critest row %s (%s) is covered by a spec',
    (slug) => {
      expect(specs.filter((spec) => spec.parity?.includes(slug))).not.toEqual([]);
    },
  );

  test('no spec claims to cover a row that does not exist', () => {
    const claims = specs.flatMap(({ id, parity: slugs = [] }) => slugs.map((slug) => ({ id, slug })));
    expect(claims.filter(({ slug }) => !parity.has(slug))).toEqual([]);
  });

  test('no spec claims an expectation that does not exist', () => {
    const claims = specs.flatMap(({ id, expectations: numbers = [] }) => numbers.map((number) => ({ id, number })));
    expect(claims.filter(({ number }) => !expectations.has(number))).toEqual([]);
  });
});

describe('every spec says what it is about', () => {
  test.each(specs.map((spec) => [spec.id, spec] as const))('%s', (_id, spec) => {
    expect(spec.title).not.toBe('');
    expect(spec.why.length).toBeGreaterThan(20);
    expect(spec.sources).not.toEqual([]);
  });
});

describe('every spec has shown that it can fail', () => {
  const killers = new Set([...recordedMatrix().values()].flatMap(({ specs: those }) => those));
  const { specs: excluded, faults, last } = readExclusions();

  test.each(specs.map(({ id }) => [id] as const))('%s kills a fault of the recorded proof, or cannot here', (id) => {
    expect(killers.has(id) || excluded.has(id), `${id}: run \`crivet prove --spec ${id}\``).toBe(true);
  });

  test('what is excluded exists', () => {
    const ids = new Set(specs.map(({ id }) => id));
    expect([...excluded.keys()].filter((id) => !ids.has(id))).toEqual([]);
    const { fields, behaviour } = catalogue();
    const known = new Set([...fields, ...behaviour].map(({ id }) => id));
    expect([...faults.keys(), ...last.keys()].filter((id) => !known.has(id))).toEqual([]);
  });
});
