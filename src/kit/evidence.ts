import { currentSink, recordingTo, type CallSink, type ObservedCall } from '../client/recorder.js';
import type { CallRecord, Note } from './record.js';

/** Collects calls and notes of one spec, with times from its start, and knows which belong to the removal. */
export class Evidence {
  readonly calls: CallRecord[] = [];
  readonly notes: Note[] = [];
  private answered: number | undefined;
  private readonly startedAt = performance.now();
  private readonly bodySink: CallSink = (call) => void this.calls.push(this.timed(call));
  private readonly removalSink: CallSink = (call) => void this.calls.push({ ...this.timed(call), cleanup: true });

  /** Runs the body of the spec. */
  ofBody<T>(body: () => T): T {
    return recordingTo(this.bodySink, body);
  }

  /** Runs the removal of what the spec made. */
  ofRemoval<T>(removal: () => T): T {
    return recordingTo(this.removalSink, removal);
  }

  /** The body is about to be ended: calls that end from here on do so because of it. */
  ending(): void {
    this.answered ??= this.calls.length;
  }

  /** Calls that were under way when the body was ended. */
  get endedByUs(): CallRecord[] {
    return this.answered === undefined ? [] : this.calls.slice(this.answered);
  }

  /** Whether the code that asks runs for the removal; a body that outlived its deadline does not. */
  readonly removing = (): boolean => currentSink() === this.removalSink;

  readonly note = (kind: Note['kind'], text: string): void => {
    this.notes.push({ atMs: performance.now() - this.startedAt, kind, text });
  };

  private timed({ startedAt, ...call }: ObservedCall): CallRecord {
    return { ...call, startMs: startedAt - this.startedAt };
  }
}
