/** The user's wish to end a run early: the first signal asks, the second insists. */
export interface Interruption {
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/**
 * Listens for Ctrl-C and termination.
 * @param insist called at the second signal: takes down what is up, without waiting for the specs
 */
export function interruptible(say: (text: string) => void, insist: () => Promise<unknown>): Interruption {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      void insist().finally(() => process.exit(3));
      return;
    }
    say(`${name}: ending the run; specs under way are removing what they made (again to insist)`);
    controller.abort(new Error(`the run was ended by ${name}`));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
