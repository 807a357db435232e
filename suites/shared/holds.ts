import { setTimeout as sleep } from 'node:timers/promises';
import { check, type SpecContext } from '../../src/kit/index.js';

const PAUSE_MS = 250;

/**
 * Looks again and again for a while, and wants the same each time: for states that must not change by themselves.
 * @param forMs how long to keep looking
 */
export async function holds<T>(
  t: SpecContext,
  rule: string,
  probe: () => Promise<T>,
  expected: T,
  forMs: number,
): Promise<void> {
  const end = performance.now() + forMs;
  do {
    await sleep(PAUSE_MS, undefined, { signal: t.signal });
    check.equal(await probe(), expected, rule);
  } while (performance.now() < end);
}
