import { setMaxListeners } from 'node:events';

/** The user's wish to end a run early: the first signal asks, the second insists. */
export interface Interruption {
  /** Aborted by the first of {@link SIGNALS}. */
  signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/** Ctrl-C, termination, and a terminal that was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Listens for signals that end a run.
 * @param insist called at the second signal: takes down what is up, without waiting for the specs
 */
export function interruptible(say: (text: string) => void, insist: () => Promise<unknown>): Interruption {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // in a proof every spec under way listens
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      void insist().finally(() => process.exit(3));
      return;
    }
    say(`${name}: ending the run; specs under way are removing what they made (again to insist)`);
    controller.abort(new Error(`the run was ended by ${name}`));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
