import { describe, expect, test } from 'vitest';
import { CriCallError, type GrpcCode } from '../../../src/client/errors.js';
import { accepts } from '../../../src/kit/check.js';
import { SpecViolation } from '../../../src/kit/violation.js';

const failing = (code: GrpcCode): Promise<never> => Promise.reject(new CriCallError('RuntimeService/X', code, 'why'));

describe('accepts', () => {
  test('returns the answer', async () => {
    expect(await accepts(Promise.resolve(7), 'r')).toBe(7);
  });

  test('a refusal breaks the rule, and is shown with its code', async () => {
    const error = await accepts(failing('NOT_FOUND'), 'stopping twice succeeds').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SpecViolation);
    expect((error as SpecViolation).violation).toEqual({
      rule: 'stopping twice succeeds',
      expected: 'success',
      observed: 'RuntimeService/X NOT_FOUND: why',
    });
  });

  test.each(['UNAVAILABLE', 'CANCELLED'] as const)('%s is no answer of the runtime', async (code) => {
    await expect(accepts(failing(code), 'r')).rejects.toMatchObject({ name: 'CriCallError', code });
  });

  test('an error that is none of a call is passed on', async () => {
    await expect(accepts(Promise.reject(new TypeError('ours')), 'r')).rejects.toThrow(TypeError);
  });
});
