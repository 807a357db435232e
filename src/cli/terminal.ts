import type { SpecRecord } from '../kit/record.js';
import { createProgress, type Progress } from './progress.js';

/** What the user sees during a run: lines on stderr, and the live progress while specs run. */
export class Terminal {
  private progress: Progress | undefined;

  /** A line of its own; the live display makes room for it. */
  readonly say = (text: string): void => {
    if (this.progress === undefined) console.error(text);
    else this.progress.note(text);
  };

  readonly started = (id: string): void => this.progress?.started(id);
  readonly finished = (spec: SpecRecord): void => this.progress?.finished(spec);

  /** Shows the live progress of so many specs. */
  begin(total: number): void {
    const stream = process.stderr;
    this.progress = createProgress({
      stream,
      isTTY: stream.isTTY,
      total,
      now: () => performance.now(),
      color: colored(stream),
    });
  }

  /** Gives the stream back. */
  end(): void {
    this.progress?.close();
    this.progress = undefined;
  }
}

/** Colour is for terminals, and only for those who did not ask for none (https://no-color.org). */
export function colored(stream: { isTTY: boolean }): boolean {
  return stream.isTTY && process.env['NO_COLOR'] === undefined;
}
