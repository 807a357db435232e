import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Scope } from '../../../src/kit/scope.js';

test('removes in reverse order, one after the other', async () => {
  const scope = new Scope();
  const log: string[] = [];
  for (const name of ['pod', 'container', 'file']) {
    scope.own(name, async () => {
      log.push(`${name} begins`);
      await sleep(2);
      log.push(`${name} ends`);
    });
  }
  expect(await scope.close()).toEqual([]);
  expect(log).toEqual(['file begins', 'file ends', 'container begins', 'container ends', 'pod begins', 'pod ends']);
});

test('a removal that fails is a leak and does not stop the others', async () => {
  const scope = new Scope();
  const removed: string[] = [];
  scope.own('a', () => Promise.resolve(void removed.push('a')));
  scope.own('b', () => Promise.reject(new Error('busy')));
  scope.own('c', () => {
    throw new Error('at once');
  });
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a removal throws is not ours
  scope.own('d', () => Promise.reject('a text'));
  expect(await scope.close()).toEqual(['d: a text', 'c: at once', 'b: busy']);
  expect(removed).toEqual(['a']);
});

test('what was given up is not removed', async () => {
  const scope = new Scope();
  const removed: string[] = [];
  const forget = scope.own('a', () => Promise.resolve(void removed.push('a')));
  scope.own('b', () => Promise.resolve(void removed.push('b')));
  forget();
  forget();
  await scope.close();
  expect(removed).toEqual(['b']);
});

test('what a removal registers is removed as well', async () => {
  const scope = new Scope();
  const removed: string[] = [];
  scope.own('outer', () => {
    scope.own('inner', () => Promise.resolve(void removed.push('inner')));
    return Promise.resolve();
  });
  expect(await scope.close()).toEqual([]);
  expect(removed).toEqual(['inner']);
});

test('closing twice removes once, and both wait for the end', async () => {
  const scope = new Scope();
  let removals = 0;
  scope.own('a', async () => {
    await sleep(50);
    removals += 1;
    throw new Error('busy');
  });
  const first = scope.close();
  const second = scope.close();
  expect(await second).toEqual(['a: busy']);
  expect(await first).toEqual(['a: busy']);
  expect(removals).toBe(1);
});

test('what comes after the end is removed at once, whether or not that works', async () => {
  const scope = new Scope();
  await scope.close();
  const removed: string[] = [];
  scope.own('late', () => Promise.resolve(void removed.push('late')));
  scope.own('stuck', () => Promise.reject(new Error('busy')))();
  await sleep(1);
  expect(removed).toEqual(['late']);
});
