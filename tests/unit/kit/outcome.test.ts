import { describe, expect, test } from 'vitest';
import { CriCallError, type GrpcCode } from '../../../src/client/errors.js';
import { StreamError } from '../../../src/client/streaming/index.js';
import { breaksConformance, classify, SpecDeadline, type Ending } from '../../../src/kit/outcome.js';
import type { CallRecord } from '../../../src/kit/record.js';
import { SpecViolation } from '../../../src/kit/violation.js';
import { specOf } from '../../support/specs.js';

const spec = specOf({ id: 'group/one', optionalRpcs: ['GetContainerEvents'] });
const ended = (failure: unknown, calls: CallRecord[] = []): Ending => classify(failure, spec, calls);
const call = (code: GrpcCode, rpc = 'RunPodSandbox'): CriCallError =>
  new CriCallError(`RuntimeService/${rpc}`, code, 'details');
const cancelled = (method: string, durationMs: number): CallRecord => ({
  method,
  request: {},
  startMs: 0,
  durationMs,
  error: { code: 'CANCELLED', details: '' },
});

test('a body that returns has passed', () => {
  expect(ended(undefined)).toEqual({ outcome: 'passed' });
});

test('a broken rule is a failure with its violation', () => {
  const violation = { rule: 'r', expected: 'e', observed: 'o' };
  const ending = ended(new SpecViolation(violation));
  expect(ending).toMatchObject({ outcome: 'failed', violation, reason: 'r: expected e, observed o' });
  expect(ending.stack).toMatch(/outcome\.test\.ts/);
});

describe('a call that did not succeed', () => {
  test.each(['UNKNOWN', 'INTERNAL', 'NOT_FOUND', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'CANCELLED'] as const)(
    '%s is a failure of the runtime',
    (code) => {
      expect(ended(call(code))).toMatchObject({
        outcome: 'failed',
        violation: {
          rule: 'RunPodSandbox accepts this request',
          expected: 'success',
          observed: `${code}: details`,
        },
      });
    },
  );

  test('UNAVAILABLE says nothing about rules', () => {
    const ending = ended(call('UNAVAILABLE'));
    expect(ending).toMatchObject({
      outcome: 'error',
      reason: expect.stringMatching(/^the runtime went away: /) as unknown,
    });
    expect(ending.violation).toBeUndefined();
  });

  test('UNAVAILABLE as an answer is one', () => {
    const said = new CriCallError('RuntimeService/X', 'UNAVAILABLE', 'busy', { answered: true });
    expect(ended(said)).toMatchObject({ outcome: 'failed', violation: { observed: 'UNAVAILABLE: busy' } });
  });

  test('UNIMPLEMENTED is unsupported for an RPC that a runtime may lack, and a failure for any other', () => {
    expect(ended(call('UNIMPLEMENTED', 'GetContainerEvents'))).toEqual({
      outcome: 'unsupported',
      reason: 'the runtime does not implement GetContainerEvents',
    });
    expect(ended(call('UNIMPLEMENTED', 'RunPodSandbox')).outcome).toBe('failed');
    expect(ended(call('NOT_FOUND', 'GetContainerEvents')).outcome).toBe('failed');
  });
});

test('a streaming session that breaks is a failure', () => {
  const ending = ended(new StreamError('closed', 'the server hung up'));
  expect(ending).toMatchObject({ outcome: 'failed', violation: { rule: 'the streaming session works' } });
  expect(ending.reason).toMatch(/the server hung up/);
});

describe('an upgrade that is refused', () => {
  const refused = (httpStatus: number, webSocket: boolean): Ending =>
    classify(new StreamError('refused', 'upgrade refused', { httpStatus }), specOf({ id: 'group/two', webSocket }), []);

  test.each([400, 403, 426, 501])('with HTTP %i means that the runtime does not serve WebSocket', (httpStatus) => {
    expect(refused(httpStatus, true)).toEqual({
      outcome: 'unsupported',
      reason: 'upgrade refused',
    });
    expect(refused(httpStatus, false).outcome).toBe('failed');
  });

  test.each([401, 404, 500])('with HTTP %i is a failure, whatever the transport', (httpStatus) => {
    expect(refused(httpStatus, true).outcome).toBe('failed');
  });

  test('is told from a session that broke later', () => {
    const broken = new StreamError('closed', 'the server hung up', { httpStatus: 403 });
    expect(classify(broken, specOf({ id: 'group/two', webSocket: true }), []).outcome).toBe('failed');
  });
});

describe('a deadline', () => {
  test('with a call unanswered is a failure that names it', () => {
    const calls = [cancelled('RuntimeService/RunPodSandbox', 59_960), cancelled('RuntimeService/Status', 1_000)];
    expect(ended(new SpecDeadline('the spec did not end within 60 s', 60), calls)).toMatchObject({
      outcome: 'failed',
      reason:
        'the spec did not end within 60 s: RuntimeService/RunPodSandbox (unanswered for 60.0 s), ' +
        'RuntimeService/Status (unanswered for 1.0 s)',
      violation: { rule: 'the runtime answers' },
    });
  });

  test('without one is an error of our own', () => {
    const answered: CallRecord = { method: 'm', request: {}, response: {}, startMs: 0, durationMs: 1 };
    expect(ended(new SpecDeadline('the spec did not end within 60 s', 60), [answered])).toEqual({
      outcome: 'error',
      reason: 'the spec did not end within 60 s',
    });
  });

  test.each([
    [60, 9_000, 'error'],
    [60, 11_000, 'failed'],
    [2, 900, 'error'],
    [2, 1_100, 'failed'],
  ])('of %i s with a call that was made %i ms before is: %s', (seconds, ms, outcome) => {
    const ending = ended(new SpecDeadline('late', seconds), [cancelled('RuntimeService/Status', ms)]);
    expect(ending).toMatchObject({
      outcome,
      reason: expect.stringMatching(/^late: RuntimeService.Status/) as unknown,
    });
  });

  test('at the end of the run blames nobody', () => {
    const ending = ended(new SpecDeadline('the run was ended'), [cancelled('RuntimeService/RunPodSandbox', 10)]);
    expect(ending).toEqual({ outcome: 'error', reason: 'the run was ended' });
  });
});

test('everything else is an error with its kind and its stack', () => {
  expect(ended(new TypeError('x is undefined'))).toMatchObject({
    outcome: 'error',
    reason: 'TypeError: x is undefined',
    stack: expect.stringMatching(/outcome\.test\.ts/) as unknown,
  });
  expect(ended('a text').reason).toBe('Error: "a text"');
  expect(ended(null).reason).toBe('Error: null');
});

describe('the stack', () => {
  const frames = [
    '    at present (/opt/crivet/src/kit/check.ts:40:9)',
    '    at rpc (file:///opt/crivet/dist/src/client/cri.js:85:7)',
    '    at Pod.status (/opt/crivet/src/kit/pods.ts:120:5)',
    '    at async body (/opt/crivet/suites/images/pull.spec.ts:12:5)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    '    at async x (/opt/crivet/node_modules/vitest/index.js:1:1)',
  ];
  const withStack = (error: Error): Error => Object.assign(error, { stack: `X: y\n${frames.join('\n')}` });

  test('of a failure begins at the line of the spec', () => {
    const stack = ended(withStack(new SpecViolation({ rule: 'r', expected: 'e', observed: 'o' }))).stack;
    expect(stack).toBe(frames[3]);
    expect(ended(withStack(call('INTERNAL'))).stack).toBe(frames[3]);
  });

  test('of an error keeps our own frames, for it may be our mistake', () => {
    expect(ended(withStack(new TypeError('x'))).stack).toBe(frames.slice(0, 4).join('\n'));
  });

  test('of a failure outside of any spec is better than none', () => {
    const error = Object.assign(call('INTERNAL'), { stack: `X: y\n${frames[0] ?? ''}` });
    expect(ended(error).stack).toBe(frames[0]);
  });
});

test('only a failure of more than a recommendation breaks conformance', () => {
  expect(breaksConformance({ outcome: 'failed', level: 'must' })).toBe(true);
  expect(breaksConformance({ outcome: 'failed', level: 'feature:X' })).toBe(true);
  expect(breaksConformance({ outcome: 'failed', level: 'should' })).toBe(false);
  for (const outcome of ['passed', 'error', 'unsupported', 'not-applicable'] as const) {
    expect(breaksConformance({ outcome, level: 'must' })).toBe(false);
  }
});
