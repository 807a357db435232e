import { expect, test } from 'vitest';
import { eventually, type PollSurroundings } from '../../../src/kit/eventually.js';
import type { SpecViolation } from '../../../src/kit/violation.js';

function around(signal: AbortSignal = new AbortController().signal): PollSurroundings & { notes: string[] } {
  const notes: string[] = [];
  return { signal, notes, note: (kind, text) => void notes.push(`${kind} ${text}`) };
}

/** A probe that returns these values in turn, and the last one for ever. */
function sequence<T>(...values: [T, ...T[]]): { probe: () => Promise<T>; looks: () => number } {
  let looks = 0;
  return {
    probe: () => Promise.resolve(values[Math.min((looks += 1), values.length) - 1] ?? values[0]),
    looks: () => looks,
  };
}

test('what holds at once is looked at once', async () => {
  const { probe, looks } = sequence('A');
  const place = around();
  expect(await eventually(place, 'it is A', probe, (value) => value === 'A')).toBe('A');
  expect(looks()).toBe(1);
  expect(place.notes).toEqual([expect.stringMatching(/^poll it is A: "A" \(1 look, 0–0 ms\)$/)]);
});

test('the history groups equal looks and keeps their order', async () => {
  const { probe } = sequence('A', 'A', 'B', 'A', 'C');
  const place = around();
  await eventually(place, 'it is C', probe, (value) => value === 'C');
  expect(place.notes[0]?.replace(/\d+–\d+ ms/g, 't')).toBe(
    'poll it is C: "A" (2 looks, t) → "B" (1 look, t) → "A" (1 look, t) → "C" (1 look, t)',
  );
});

test('a deadline is a violation with the history, at the line of the caller', async () => {
  const place = around();
  const started = performance.now();
  const waiting = eventually(place, 'it is B', sequence('A').probe, (value) => value === 'B', { withinMs: 120 });
  const error = (await waiting.catch((reason: unknown) => reason)) as SpecViolation;
  const took = performance.now() - started;
  expect(error.violation).toMatchObject({ rule: 'it is B', expected: 'within 120 ms' });
  expect(error.violation.observed).toMatch(/^"A" \(\d+ looks, 0–1\d\d ms\)$/);
  expect(took).toBeGreaterThanOrEqual(119);
  expect(took).toBeLessThan(1_000);
  expect(place.notes).toHaveLength(1);
});

test('something slow to change is seen soon after, with few looks before', async () => {
  const started = performance.now();
  let looks = 0;
  await eventually(
    around(),
    'time passes',
    () => {
      looks += 1;
      return Promise.resolve(performance.now() - started);
    },
    (elapsed) => elapsed > 600,
  );
  expect(performance.now() - started).toBeLessThan(1_200);
  expect(looks).toBeLessThan(25);
});

test('only a part of a large value goes into the history', async () => {
  const place = around();
  await eventually(place, 'r', sequence({ state: 'RUNNING', rest: 'x'.repeat(1000) }).probe, () => true, {
    describe: ({ state }: { state: string }) => state,
  });
  expect(place.notes[0]).toMatch(/^poll r: "RUNNING"/);
});

test('a long history keeps its beginning and its end', async () => {
  let value = 0;
  const place = around();
  const probe = (): Promise<number> => Promise.resolve((value += 1));
  await eventually(place, 'r', probe, (seen) => seen === 20);
  const shown = place.notes[0]?.match(/\d+(?= \(1 look)/g)?.map(Number);
  expect(shown).toEqual([1, 2, 3, 4, 13, 14, 15, 16, 17, 18, 19, 20]);
});

test('what the probe throws is thrown at once', async () => {
  const own = new Error('own');
  await expect(
    eventually(
      around(),
      'r',
      () => Promise.reject(own),
      () => true,
    ),
  ).rejects.toBe(own);
});

test('an abort ends the waiting at once', async () => {
  const controller = new AbortController();
  const waiting = eventually(around(controller.signal), 'r', sequence('A').probe, () => false);
  const reason = new Error('the spec is over');
  setTimeout(() => controller.abort(reason), 50);
  const started = performance.now();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: reason });
  expect(performance.now() - started).toBeLessThan(500);
});
