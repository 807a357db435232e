/**
 * A call that goes on while the spec does other things. Should the spec end before it awaits the call, the call's
 * failure is nobody's, and must not end the process.
 */
export function inBackground<T>(call: Promise<T>): Promise<T> {
  call.catch(() => undefined);
  return call;
}

/** How long something took, in ms, and what it returned. */
export async function timed<T>(call: Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now();
  const value = await call;
  return { value, ms: performance.now() - started };
}
