/** What has been begun and not come to its end, for whoever has to wait for it although nobody else does any more. */
export class UnderWay {
  private readonly promises = new Set<Promise<unknown>>();

  /** Keeps it until it settles; returns the same promise. */
  watch<T>(promise: Promise<T>): Promise<T> {
    this.promises.add(promise);
    const forget = (): void => void this.promises.delete(promise);
    promise.then(forget, forget);
    return promise;
  }

  /** Resolves when nothing is under way, be it well or badly ended; what is begun meanwhile counts, too. */
  async settled(): Promise<void> {
    while (this.promises.size > 0) await Promise.allSettled(this.promises);
  }
}
