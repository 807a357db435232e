import { expect, test } from 'vitest';
import { definedSpecs, release, spec, type SpecDefinition } from '../../../src/kit/define.js';

const body = (): Promise<void> => Promise.resolve();
const definition = (id: string, given: Partial<SpecDefinition> = {}): SpecDefinition => ({
  id,
  title: 't',
  level: 'must',
  since: '1.20',
  why: 'w',
  sources: ['s'],
  ...given,
});

test('a spec is known by its id, with the group in front', () => {
  spec(definition('define-test/first'), body);
  spec(definition('define-test/second[spdy]'), body);
  const mine = definedSpecs().filter(({ group }) => group === 'define-test');
  expect(mine.map(({ id }) => id)).toEqual(['define-test/first', 'define-test/second[spdy]']);
});

test('an id is given once', () => {
  spec(definition('define-test/twice'), body);
  expect(() => spec(definition('define-test/twice'), body)).toThrow(/defined twice/);
});

test.each(['x', 'Group/x', 'group/', 'group/X', 'a/b/c', 'group/x[', 'group/x y', '/x'])(
  'the id %j is refused',
  (id) => {
    expect(() => spec(definition(id), body)).toThrow(/want group\/kebab-name/);
  },
);

test('a release is written 1.NN', () => {
  expect(() => spec(definition('define-test/since', { since: 'v1.20' }), body)).toThrow(/is no 1\.NN release/);
  expect(release('1.9')).toBeLessThan(release('1.30'));
});
