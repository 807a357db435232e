import { AsyncLocalStorage } from 'node:async_hooks';

/** One call as the client saw it. Requests and responses are evidence (see evidence.ts): plain, cut, redacted. */
export interface ObservedCall {
  method: string;
  request: unknown;
  response?: unknown;
  error?: { code: string; details: string };
  /** From `performance.now()`, in ms. */
  startedAt: number;
  durationMs: number;
  unknownFields?: string[];
}

/** Receives every call made inside {@link recordingTo}. */
export type CallSink = (call: ObservedCall) => void;

const storage = new AsyncLocalStorage<CallSink>();

/** Runs `body`; every CRI call it makes, at any depth and however concurrent its neighbours, goes to `sink`. */
export function recordingTo<T>(sink: CallSink, body: () => T): T {
  return storage.run(sink, body);
}

/** The sink of the running spec, if any: taken when a call starts, so that a late end still finds its spec. */
export function currentSink(): CallSink | undefined {
  return storage.getStore();
}
