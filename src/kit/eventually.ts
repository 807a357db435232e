import { setTimeout as sleep } from 'node:timers/promises';
import type { Note } from './record.js';
import { show, SpecViolation } from './violation.js';

export interface EventuallyOptions {
  /** Deadline in ms from the first look. */
  withinMs?: number;
  /** What of the value goes into the history; the whole value where it is small. */
  describe?: (value: never) => unknown;
}

export interface PollSurroundings {
  signal: AbortSignal;
  note: (kind: Note['kind'], text: string) => void;
}

const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 200;

/**
 * Looks until `accept` likes what `probe` returns: the first looks follow each other within milliseconds, later ones
 * back off to a fifth of a second. What was seen and when becomes a note of the spec.
 * @param rule what the runtime must do, in words
 * @throws {SpecViolation} with the history if the deadline passes; whatever `probe` throws, at once
 */
export async function eventually<T>(
  around: PollSurroundings,
  rule: string,
  probe: () => Promise<T>,
  accept: (value: T) => boolean,
  options: EventuallyOptions = {},
): Promise<T> {
  const withinMs = options.withinMs ?? 10_000;
  const describe = (options.describe as ((value: T) => unknown) | undefined) ?? ((value: T): unknown => value);
  const startedAt = performance.now();
  const history = new History();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const value = await probe();
    const elapsed = performance.now() - startedAt;
    history.saw(show(describe(value)), elapsed);
    if (accept(value)) {
      around.note('poll', `${rule}: ${history.toString()}`);
      return value;
    }
    if (elapsed >= withinMs) {
      around.note('poll', `${rule}: ${history.toString()}`);
      const expected = `within ${withinMs} ms`;
      throw new SpecViolation({ rule, expected, observed: history.toString() }, eventually);
    }
    await sleep(Math.min(pause, Math.max(1, withinMs - elapsed)), undefined, { signal: around.signal });
  }
}

/** Runs of equal observations, with their times. */
class History {
  private readonly runs: { value: string; looks: number; firstMs: number; lastMs: number }[] = [];

  saw(value: string, elapsedMs: number): void {
    const last = this.runs.at(-1);
    if (last?.value === value) {
      last.looks += 1;
      last.lastMs = elapsedMs;
    } else {
      this.runs.push({ value, looks: 1, firstMs: elapsedMs, lastMs: elapsedMs });
    }
  }

  toString(): string {
    const shown = this.runs.length > 12 ? [...this.runs.slice(0, 4), ...this.runs.slice(-8)] : this.runs;
    const text = shown.map(
      ({ value, looks, firstMs, lastMs }) =>
        `${value} (${looks} ${looks === 1 ? 'look' : 'looks'}, ${firstMs.toFixed(0)}–${lastMs.toFixed(0)} ms)`,
    );
    return text.join(' → ');
  }
}
