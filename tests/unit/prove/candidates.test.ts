import { expect, test } from 'vitest';
import type { Fault } from '../../../src/faults/fault.js';
import type { Spec } from '../../../src/kit/define.js';
import { Candidates } from '../../../src/prove/candidates.js';
import type { CleanRecord } from '../../../src/prove/record.js';

const FAULT: Fault = { id: 'response/Version.version', title: '', plant: () => ({}) };

/** Specs of these names, each with how long its clean run took, and what it touched besides. */
function candidates(
  known: readonly string[],
  specs: Record<string, { durationMs?: number; touched?: string[]; steady?: boolean }>,
  others: readonly [fault: string, killers: readonly string[]][] = [],
): Candidates {
  const defined = Object.keys(specs).map((id) => ({ id, title: id, body: () => Promise.resolve() }) as unknown as Spec);
  const clean = Object.entries(specs).map(([id, { steady = true, durationMs, touched = [FAULT.id] }]): CleanRecord => ({
    ...{ id, outcomes: [], reasons: [], steady, touched, hash: '' },
    ...(durationMs === undefined ? {} : { durationMs }),
  }));
  return new Candidates(defined, clean, new Map([[FAULT.id, known], ...others]));
}

const ids = (specs: Spec[]): string[] => specs.map(({ id }) => id);

test('only steady specs that touch what the fault changes, or are known to kill it', () => {
  const all = candidates(['known'], {
    touches: {},
    other: { touched: [] },
    unsteady: { steady: false },
    known: { touched: [] },
  });
  expect(ids(all.of(FAULT))).toEqual(['known', 'touches']);
});

test('a benign variation concerns those who make the calls that it changes, or who meet what it says it changes', () => {
  const all = candidates([], {
    lists: { touched: ['ListImages'] },
    refused: { touched: ['PullImage', 'refusal/UNKNOWN'] },
    other: { touched: ['Version'] },
  });
  const listed: Fault = { ...FAULT, id: 'benign/list', plant: () => ({ ListImages: ({ forward }) => forward() }) };
  expect(ids(all.of(listed))).toEqual(['lists']);
  expect(ids(all.of({ ...listed, marks: ['refusal/UNKNOWN'] }))).toEqual(['refused']);
});

test('of those that are known, the quickest first, and one that is still to kill something before them', () => {
  const all = candidates(['slow', 'quick', 'unmeasured'], {
    few: { durationMs: 1 },
    unmeasured: {},
    slow: { durationMs: 6000 },
    quick: { durationMs: 30 },
  });
  expect(ids(all.of(FAULT))).toEqual(['quick', 'slow', 'unmeasured', 'few']);
  expect(ids(all.of(FAULT, new Set(['slow', 'few'])))).toEqual(['slow', 'quick', 'unmeasured', 'few']);
});

test('of those that are still to kill something, the one first that has fewest other faults to kill', () => {
  const all = candidates(['many', 'once'], { many: { durationMs: 1 }, once: { durationMs: 9000 } }, [
    ['other', ['many']],
  ]);
  expect(ids(all.of(FAULT, new Set(['many', 'once'])))).toEqual(['once', 'many']);
  expect(all.knows(FAULT, new Set(['once']))).toBe(true);
  expect(all.knows(FAULT, new Set(['few']))).toBe(false);
});
