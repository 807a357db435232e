import { describe, expect, test } from 'vitest';
import { CriCallError } from '../../../src/client/errors.js';
import * as check from '../../../src/kit/check.js';
import { show, SpecViolation } from '../../../src/kit/violation.js';

/** The violation that a check reports. */
async function violation(body: () => unknown): Promise<SpecViolation> {
  try {
    await body();
  } catch (error) {
    expect(error).toBeInstanceOf(SpecViolation);
    return error as SpecViolation;
  }
  throw new Error('no violation');
}

const failing: [string, () => void, { expected: string; observed: string }][] = [
  ['equal', () => check.equal({ a: 1n }, { a: 2n }, 'r'), { expected: '{ a: 2n }', observed: '{ a: 1n }' }],
  ['equal, of another type', () => check.equal('1', 1, 'r'), { expected: '1', observed: '"1"' }],
  ['notEqual', () => check.notEqual([1], [1], 'r'), { expected: 'anything but [ 1 ]', observed: '[ 1 ]' }],
  ['that', () => check.that(false, 'r', { expected: 'x', observed: 5n }), { expected: 'x', observed: '5n' }],
  ['present, null', () => void check.present(null, 'r'), { expected: 'a value', observed: 'null' }],
  ['present, empty', () => void check.present('', 'r'), { expected: 'a value', observed: '""' }],
  ['oneOf', () => check.oneOf('c', ['a', 'b'], 'r'), { expected: "one of [ 'a', 'b' ]", observed: '"c"' }],
  ['matches', () => void check.matches('abc', /^b/, 'r'), { expected: 'text matching /^b/', observed: '"abc"' }],
  ['between, below', () => check.between(1, 2, 3, 'r'), { expected: '2 to 3', observed: '1' }],
  ['between, above', () => check.between(4n, 2n, 3n, 'r'), { expected: '2 to 3', observed: '4' }],
  ['between, no number', () => check.between(NaN, 2, 3, 'r'), { expected: '2 to 3', observed: 'NaN' }],
  [
    'sameMembers, one too often',
    () => check.sameMembers(['a', 'a'], ['a', 'b'], 'r'),
    { expected: "exactly [ 'a', 'b' ] in any order", observed: "[ 'a', 'a' ]" },
  ],
  ['includes', () => check.includes(['a'], 'b', 'r'), { expected: 'a list with "b"', observed: "[ 'a' ]" }],
  [
    'excludes',
    () => check.excludes([{ a: 1 }], { a: 1 }, 'r'),
    { expected: 'a list without', observed: '[ { a: 1 } ]' },
  ],
];

test.each(failing)('%s states rule, expectation and observation', async (_what, body, { expected, observed }) => {
  const { violation: found, message, stack } = await violation(body);
  expect(found.rule).toBe('r');
  expect(found.expected).toContain(expected);
  expect(found.observed).toBe(observed);
  expect(message).toBe(`r: expected ${found.expected}, observed ${found.observed}`);
  expect((stack ?? '').split('\n').find((line) => line.startsWith('    at '))).toMatch(/check\.test\.ts/);
});

test('what holds passes, and is returned where that helps', () => {
  check.equal({ a: [1n] }, { a: [1n] }, 'r');
  check.notEqual(1, '1', 'r');
  check.that(true, 'r', { expected: '', observed: '' });
  expect(check.present(0, 'r')).toBe(0);
  expect(check.present(false, 'r')).toBe(false);
  check.oneOf({ a: 1 }, [{ a: 1 }], 'r');
  expect(check.matches('abc', /b(.)/, 'r')[1]).toBe('c');
  check.between(2, 2, 3, 'r');
  check.between(3n, 2n, 3n, 'r');
  check.sameMembers(['b', 'a', 'a'], ['a', 'b', 'a'], 'r');
  check.includes([{ a: 1 }], { a: 1 }, 'r');
  check.excludes(['a'], 'b', 'r');
});

describe('refuses', () => {
  const failed = (code: CriCallError['code']): Promise<never> =>
    Promise.reject(new CriCallError('RuntimeService/X', code, 'd'));

  test('accepts the named codes only, and returns the words of the refusal', async () => {
    expect(await check.refuses(failed('NOT_FOUND'), ['INVALID_ARGUMENT', 'NOT_FOUND'], 'r')).toMatch(/NOT_FOUND: d/);
    const other = await violation(() => check.refuses(failed('INTERNAL'), ['NOT_FOUND', 'ABORTED'], 'r'));
    expect(other.violation).toEqual({
      rule: 'r',
      expected: 'refused with NOT_FOUND or ABORTED',
      observed: 'RuntimeService/X INTERNAL: d',
    });
  });

  test('success breaks the rule, with the answer shown', async () => {
    const { violation: found } = await violation(() => check.refuses(Promise.resolve({ id: 'x' }), ['NOT_FOUND'], 'r'));
    expect(found.observed).toBe("accepted: { id: 'x' }");
  });

  test('a dead runtime and errors of our own are no refusals', async () => {
    await expect(check.refuses(failed('UNAVAILABLE'), ['NOT_FOUND'], 'r')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    const own = new TypeError('own');
    await expect(check.refuses(Promise.reject(own), ['NOT_FOUND'], 'r')).rejects.toBe(own);
  });

  test('a runtime that says UNAVAILABLE itself is not dead', async () => {
    const said = (): Promise<never> =>
      Promise.reject(new CriCallError('RuntimeService/X', 'UNAVAILABLE', 'd', { answered: true }));
    expect(await check.refuses(said(), ['UNAVAILABLE'], 'r')).toMatch(/UNAVAILABLE/);
    expect((await violation(() => check.refuses(said(), ['NOT_FOUND'], 'r'))).violation.observed).toMatch(
      /UNAVAILABLE/,
    );
  });
});

test('long values are cut, and what is shown stays readable', () => {
  expect(show('x\n"')).toBe('"x\\n\\""');
  expect(show('x'.repeat(5000)).length).toBeLessThan(2100);
  expect(show(Array.from({ length: 500 }, () => 1))).toMatch(/460 more items/);
  expect(show({ b: 1, a: undefined })).toBe('{ a: undefined, b: 1 }');
});
