import { check, type SpecContext } from '../../src/kit/index.js';

/** How far the runtime's clock may be from ours: on one host only rounding, elsewhere anything but another unit. */
const SLACK_MS = { sameHost: 2_000, remote: 86_400_000 };

/**
 * A time that lies between `sinceMs` (our clock, ms) and now, in nanoseconds since the epoch. Catches zero, seconds or
 * milliseconds in the place of nanoseconds, and times of something else.
 */
export function checkRecent(t: SpecContext, observed: bigint, sinceMs: number, rule: string): void {
  const slack = t.env.settings.hostAccess ? SLACK_MS.sameHost : SLACK_MS.remote;
  const nanoseconds = (ms: number): bigint => BigInt(Math.trunc(ms)) * 1_000_000n;
  check.between(observed, nanoseconds(sinceMs - slack), nanoseconds(Date.now() + slack), rule);
}

/** A time, in ns since the epoch, that has to be after another one by the same clock. */
export function checkLater(later: bigint | undefined, earlier: bigint | undefined, rule: string): void {
  check.that((later ?? 0n) > (earlier ?? 0n), rule, { expected: `later than ${String(earlier)}`, observed: later });
}
