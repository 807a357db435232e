import { setMaxListeners } from 'node:events';

const controller = new AbortController();
setMaxListeners(0, controller.signal); // every spec under way listens

/** Aborted when the run is ended early: the specs under way end, remove what they made and are recorded. */
export const stopSignal: AbortSignal = controller.signal;

export function stopRun(reason: string): void {
  controller.abort(new Error(reason));
}
