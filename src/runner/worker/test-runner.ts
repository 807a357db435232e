import { VitestTestRunner } from 'vitest/runners';
import { stopRun } from './stop.js';

// A terminal's Ctrl-C reaches this process too; the engine decides what it means, after the specs have cleaned up.
process.on('SIGINT', () => undefined);

/** vitest's runner, except that a cancelled run ends the tests that are running instead of abandoning them. */
export default class StoppableTestRunner extends VitestTestRunner {
  override cancel(reason: string): void {
    stopRun(reason);
    super.cancel(reason as Parameters<VitestTestRunner['cancel']>[0]);
  }
}
