/** Exit codes of every command. */
export const EXIT = { conformant: 0, violations: 1, usage: 2, couldNotRun: 3 } as const;

/** The command line or a file it names is wrong: nothing was started. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
