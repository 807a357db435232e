import type { SpecContext } from '../../src/kit/index.js';

/**
 * Makes a call again and again and gives it up, each time so many ms on its way: which of these moments a runtime
 * handles badly is unknown. How the calls end is not looked at.
 */
export async function giveUp(
  t: SpecContext,
  momentsMs: readonly number[],
  call: (options: { signal: AbortSignal }) => Promise<unknown>,
): Promise<void> {
  for (const afterMs of momentsMs) await call({ signal: t.abortAfter(afterMs) }).catch(() => undefined);
}
