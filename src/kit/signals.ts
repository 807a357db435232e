/*
 * Own means instead of AbortSignal.any and AbortSignal.timeout: in Node 20 a signal made by these may be collected as
 * garbage, listeners and all, before it fires.
 */

/** Aborted as soon as one of the signals is, for the same reason. */
export function firstOf(...signals: AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) controller.abort(aborted.reason);
  for (const signal of signals) {
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true, signal: controller.signal });
  }
  return controller.signal;
}

/** Aborted after so many milliseconds, or with `signal` before that. */
export function abortedAfter(ms: number, signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`${ms} ms have passed`)), ms);
  controller.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return firstOf(controller.signal, signal);
}
