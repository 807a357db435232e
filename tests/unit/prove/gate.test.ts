import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Gate, inGoodOrder } from '../../../src/prove/gate.js';

test('lets many in side by side, and one alone', async () => {
  const gate = new Gate();
  let inside = 0;
  const seen: { alone: boolean; inside: number }[] = [];
  const visit = (alone: boolean) =>
    gate.pass(alone, async () => {
      inside += 1;
      seen.push({ alone, inside });
      await sleep(5);
      seen.push({ alone, inside });
      inside -= 1;
    });
  await Promise.all([visit(false), visit(false), visit(true), visit(false), visit(true), visit(false)]);
  expect(seen).toHaveLength(12);
  expect(seen.filter(({ alone }) => alone).every((visitor) => visitor.inside === 1)).toBe(true);
  expect(seen.some(({ alone, inside: count }) => !alone && count === 2)).toBe(true);
});

test('who failed inside has left', async () => {
  const gate = new Gate();
  await expect(gate.pass(true, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
  expect(await gate.pass(true, () => Promise.resolve('in'))).toBe('in');
});

test('what takes long goes first, what has to be alone last, and the rest keep their order', () => {
  const specs = [{ id: 'b' }, { id: 'alone', alone: true }, { id: 'slow', slow: true }, { id: 'a' }];
  expect(inGoodOrder(specs).map(({ id }) => id)).toEqual(['slow', 'b', 'a', 'alone']);
});
