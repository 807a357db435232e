const controller = new AbortController();

/** Aborted when the run is ended early: the specs under way end, remove what they made and are recorded. */
export const stopSignal: AbortSignal = controller.signal;

export function stopRun(reason: string): void {
  controller.abort(new Error(reason));
}
