import { VitestTestRunner } from 'vitest/runners';
import { ignore, SIGNALS } from './signals.js';
import { stopRun } from './stop.js';

// A terminal's Ctrl-C, and what `timeout` and service managers send, reaches this process too; the engine decides what
// it means, after the specs have cleaned up.
for (const name of SIGNALS) process.on(name, ignore);

// Without the engine nobody hears what the specs find, and nobody would end them. vitest has replaced process.exit.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** vitest's runner, except that a cancelled run ends the tests that are running instead of abandoning them. */
export default class StoppableTestRunner extends VitestTestRunner {
  override cancel(reason: string): void {
    stopRun(reason);
    super.cancel(reason as Parameters<VitestTestRunner['cancel']>[0]);
  }
}
