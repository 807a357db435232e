import { inspect } from 'node:util';
import type { Violation } from './record.js';

/** The runtime broke the rule of a spec: the one error that makes a spec failed rather than errored. */
export class SpecViolation extends Error {
  override readonly name = 'SpecViolation';

  constructor(
    readonly violation: Violation,
    entry?: (...args: never[]) => unknown,
  ) {
    super(`${violation.rule}: expected ${violation.expected}, observed ${violation.observed}`);
    // The stack starts at the spec's own line, not inside the check.
    if (entry !== undefined) Error.captureStackTrace(this, entry);
  }
}

/** A value as it appears in a report: one line where it fits, 64-bit integers readable, long text cut. */
export function show(value: unknown): string {
  if (typeof value === 'string' && value.length <= 2000) return JSON.stringify(value);
  return inspect(value, {
    depth: 8,
    breakLength: 110,
    compact: 3,
    maxArrayLength: 40,
    maxStringLength: 2000,
    sorted: true,
  });
}
