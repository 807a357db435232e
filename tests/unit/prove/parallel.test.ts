import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inParallelWhileIdle } from '../../../src/prove/parallel.js';

/** Works through so many items that wait, and says how many were under way at most, and in which order they began. */
async function watched(count: number, idle: () => number): Promise<{ most: number; begun: number[] }> {
  const items = Array.from({ length: count }, (_, index) => index);
  const begun: number[] = [];
  let inside = 0;
  let most = 0;
  const wait = async (item: number): Promise<void> => {
    begun.push(item);
    inside += 1;
    most = Math.max(most, inside);
    await sleep(700);
    inside -= 1;
  };
  await inParallelWhileIdle(items, { least: 2, most: 4 }, wait, idle);
  return { most, begun };
}

test('while the processors are busy no more items are under way than asked for, each once, in order', async () => {
  expect(await watched(5, () => 0)).toEqual({ most: 2, begun: [0, 1, 2, 3, 4] });
});

test('while they are idle more are, within the limit', async () => {
  expect(await watched(16, () => 1)).toMatchObject({ most: 4, begun: { length: 16 } });
});

test('once they are busy again those over the least number go', async () => {
  let looks = 0;
  const idle = (): number => ((looks += 1) <= 2 ? 1 : 0);
  const { most, begun } = await watched(14, idle);
  expect(begun).toHaveLength(14);
  expect(most).toBeGreaterThan(2);
  expect(looks).toBeGreaterThan(5);
});

test('an item that fails ends it, and nothing to do is done at once', async () => {
  const fail = (): Promise<void> => Promise.reject(new Error('in an item'));
  await expect(inParallelWhileIdle([1], { least: 1, most: 2 }, fail)).rejects.toThrow('in an item');
  await inParallelWhileIdle([], { least: 1, most: 2 }, fail);
});
