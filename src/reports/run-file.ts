import { linkSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RunRecord, RuntimeIdentity, RunState, SpecRecord } from '../kit/record.js';
import { summaryOf } from './entries.js';
import { makeDirectory } from './directory.js';
import { ReportFileError } from './file-error.js';
import { RunCopy } from './run-copy.js';

/** What is known of a run before its first spec starts. */
export type RunHeader = Pick<RunRecord, 'crivet' | 'startedAt' | 'runtime' | 'host' | 'options' | 'selected'>;

/** How a run ended. Times are the caller's: ISO, and milliseconds. */
export interface RunEnd extends Pick<RunRecord, 'stateReason' | 'coverage' | 'harnessCpuMs'> {
  state: Exclude<RunState, 'running'>;
  finishedAt: string;
  durationMs: number;
  setUpMs: number;
}

/**
 * Writes run.json while the run goes on, so that a run that is killed leaves everything it has seen.
 *
 * The file is complete JSON at every moment. A kill can cut even a single write short, so nothing is ever written to
 * the file that the path leads to: there are two copies, the hidden one is brought up to date and then takes the place
 * of the other by a rename. Each record is thereby written twice, however many there are.
 *
 * Writing never throws once the file exists: a run is worth more than its file. What could not be written stays in
 * memory and is tried again with the next record.
 */
export class RunFile {
  private readonly specs: SpecRecord[] = [];
  private end: RunEnd | undefined;
  private failure: ReportFileError | undefined;
  /** The copy at `path`, and the one behind it at `sparePath`. */
  private live: RunCopy | undefined;
  private spare: RunCopy | undefined;
  private readonly sparePath: string;
  /** A second name for the live copy while the spare one takes its place. */
  private readonly swapPath: string;

  private constructor(
    readonly path: string,
    private header: RunHeader,
    private readonly onWriteError: (error: ReportFileError) => void,
  ) {
    this.sparePath = join(dirname(path), `.${basename(path)}.next`);
    this.swapPath = join(dirname(path), `.${basename(path)}.swap`);
  }

  /**
   * Starts the file in state `running`, replacing an older one; makes its directory if needed.
   * @param onWriteError hears of the first failure of a row of failed writes; the run may go on
   * @throws ReportFileError if the file cannot be made: nothing has run yet, so this is the time to say so
   */
  static create(path: string, header: RunHeader, onWriteError: (error: ReportFileError) => void): RunFile {
    const file = new RunFile(path, header, onWriteError);
    try {
      file.publish();
    } catch (error) {
      throw ReportFileError.from('write', path, error);
    }
    return file;
  }

  /** The whole record so far, whether or not the file could be written. */
  get record(): RunRecord {
    const { crivet, startedAt, runtime, host, options, selected } = this.header;
    return {
      schema: 'crivet.run/1',
      crivet,
      startedAt,
      runtime,
      host,
      options,
      selected,
      ...(this.end ?? { state: 'running' }),
      specs: [...this.specs],
      summary: summaryOf({ selected, specs: this.specs }),
    };
  }

  /** Set while the file lacks something that the record holds. */
  get writeError(): ReportFileError | undefined {
    return this.failure;
  }

  /** Says who the runtime is, once it has been reached. */
  identify(runtime: RuntimeIdentity): void {
    this.header = { ...this.header, runtime };
    this.save();
  }

  /** Adds the record of a spec that ended and brings the summary up to date. */
  append(spec: SpecRecord): void {
    this.specs.push(spec);
    this.save();
  }

  /** Ends the file and returns the whole record. `writeError` tells whether the file has all of it. */
  finish(end: RunEnd): RunRecord {
    this.end = end;
    this.save();
    this.live?.close();
    this.live = undefined;
    this.dropSpare();
    return this.record;
  }

  private save(): void {
    try {
      this.publish();
      this.failure = undefined;
    } catch (error) {
      this.dropSpare();
      const first = this.failure === undefined;
      this.failure = ReportFileError.from('write', this.path, error);
      if (first) this.onWriteError(this.failure);
    }
  }

  /** Brings the spare copy up to date and puts it in the place of the live one. */
  private publish(): void {
    const inPlace = this.live?.isAt(this.path);
    if (inPlace === false) {
      throw new ReportFileError('write', this.path, 'another process has replaced it; give each run its own directory');
    }
    if (inPlace === undefined) {
      // Not made yet, or deleted since. Writes to a deleted file succeed and are lost, so both copies start anew.
      this.dropSpare();
      makeDirectory(dirname(this.path));
    }
    if (this.spare === undefined) this.spare = RunCopy.create(this.sparePath, this.record);
    else this.spare.update(this.record);
    if (this.end !== undefined) this.spare.sync();
    this.swap(inPlace === true && this.keepLive());
  }

  /** Gives the live copy a second name. Not every file system can; then the next spare copy is written whole. */
  private keepLive(): boolean {
    try {
      linkSync(this.path, this.swapPath);
      return true;
    } catch {
      return false;
    }
  }

  private swap(keep: boolean): void {
    renameSync(this.sparePath, this.path);
    const old = this.live;
    this.live = this.spare;
    this.spare = undefined;
    if (keep) {
      renameSync(this.swapPath, this.sparePath);
      this.spare = old;
    } else {
      old?.close();
    }
  }

  /** Removes everything but the file itself, also what a run that was killed has left. */
  private dropSpare(): void {
    this.spare?.close();
    this.spare = undefined;
    try {
      rmSync(this.sparePath, { force: true });
      rmSync(this.swapPath, { force: true });
    } catch {
      // Its directory is gone or out of reach, which the write that follows or led here reports.
    }
  }
}
