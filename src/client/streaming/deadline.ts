import { setMaxListeners } from 'node:events';
import { StreamError } from './error.js';

const CONNECT_TIMEOUT_MS = 30_000;

export interface Limits {
  connectTimeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Waits for `work`, but no longer than the connect timeout and not beyond an abort: then `giveUp` is called to free
 * what `work` holds, and the same error is thrown. `waitingFor` says at that moment what was missing.
 */
export async function beforeDeadline<T>(
  work: Promise<T>,
  limits: Limits,
  waitingFor: () => string,
  giveUp: (error: StreamError) => void,
): Promise<T> {
  const timeoutMs = limits.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  let timer: NodeJS.Timeout | undefined;
  let forgetAbort = (): void => undefined;
  const cut = new Promise<never>((_resolve, reject) => {
    const stop = (error: StreamError): void => {
      giveUp(error);
      reject(error);
    };
    timer = setTimeout(() => {
      stop(new StreamError('timeout', `${waitingFor()} (waited ${timeoutMs} ms; see the runtime log)`));
    }, timeoutMs);
    forgetAbort = onAbort(limits.signal, stop);
  });
  // Whichever of the two loses must not be reported as unhandled.
  work.catch(() => undefined);
  cut.catch(() => undefined);
  try {
    return await Promise.race([work, cut]);
  } finally {
    clearTimeout(timer);
    forgetAbort();
  }
}

/** Calls `stop` when, or if already, `signal` is aborted; returns how to stop listening. */
export function onAbort(signal: AbortSignal | undefined, stop: (error: StreamError) => void): () => void {
  if (signal === undefined) return () => undefined;
  const abort = (): void => {
    const reason: unknown = signal.reason;
    const why = reason instanceof Error ? reason.message : String(reason);
    stop(new StreamError('closed', `session cut by its caller: ${why}`, { cause: reason }));
  };
  if (signal.aborted) abort();
  else {
    // One signal may well cut many sessions; that is no leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', abort, { once: true });
  }
  return () => signal.removeEventListener('abort', abort);
}
