import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunRecord, RunState, SpecRecord } from '../kit/record.js';
import { summaryOf } from './entries.js';
import { ReportFileError } from './file-error.js';

/** What is known of a run before its first spec starts. */
export type RunHeader = Pick<RunRecord, 'crivet' | 'startedAt' | 'runtime' | 'host' | 'options' | 'selected'>;

/** How a run ended. Times are the caller's: ISO, and milliseconds. */
export interface RunEnd extends Pick<RunRecord, 'stateReason' | 'coverage'> {
  state: Exclude<RunState, 'running'>;
  finishedAt: string;
  durationMs: number;
}

/**
 * Writes run.json while the run goes on, so that a run that is killed leaves everything it has seen.
 *
 * The file is complete JSON after every call: head, one line per spec, and a tail with state and summary. A record is
 * added by one write that begins where the old tail begins and ends with the new tail, padded so that it is never
 * shorter; a write that fails half-way is taken back. Writing never throws once the file exists: a run is worth more
 * than its file. Records that could not be written stay in memory and are tried again with the next one.
 */
export class RunFile {
  private readonly specs: SpecRecord[] = [];
  private end: RunEnd | undefined;
  private fd: number | undefined;
  /** Specs that are in the file. */
  private written = 0;
  /** What closes the file now, and the offset it begins at. */
  private tail = Buffer.alloc(0);
  private tailAt = 0;
  private failure: ReportFileError | undefined;

  private constructor(
    readonly path: string,
    private header: RunHeader,
    private readonly onWriteError: (error: ReportFileError) => void,
  ) {}

  /**
   * Starts the file in state `running`, replacing an older one; makes its directory if needed.
   * @param onWriteError hears of the first failure of a row of failed writes; the run may go on
   * @throws ReportFileError if the file cannot be made: nothing has run yet, so this is the time to say so
   */
  static create(path: string, header: RunHeader, onWriteError: (error: ReportFileError) => void): RunFile {
    const file = new RunFile(path, header, onWriteError);
    try {
      file.replace();
    } catch (error) {
      throw ReportFileError.from('write', path, error);
    }
    return file;
  }

  /** The whole record so far, whether or not the file could be written. */
  get record(): RunRecord {
    return {
      schema: 'crivet.run/1',
      ...this.header,
      ...(this.end ?? { state: 'running' }),
      specs: [...this.specs],
      summary: summaryOf({ selected: this.header.selected, specs: this.specs }),
    };
  }

  /** Set while the file lacks something that the record holds. */
  get writeError(): ReportFileError | undefined {
    return this.failure;
  }

  /** Says which runtime is vetted, once that is known. */
  identify(runtime: RunRecord['runtime']): void {
    this.header = { ...this.header, runtime };
    this.save(() => this.replace());
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
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
    return this.record;
  }

  private save(write = () => this.bringUpToDate()): void {
    try {
      write();
      if (this.end !== undefined && this.fd !== undefined) fsyncSync(this.fd);
      this.failure = undefined;
    } catch (error) {
      const first = this.failure === undefined;
      this.failure = ReportFileError.from('write', this.path, error);
      if (first) this.onWriteError(this.failure);
    }
  }

  private bringUpToDate(): void {
    if (this.fd !== undefined && this.isInPlace(this.fd)) this.extend(this.fd);
    else this.replace();
  }

  /** Whether the path still leads to the file we hold: writes to a deleted file succeed and are lost. */
  private isInPlace(fd: number): boolean {
    const there = statSync(this.path, { throwIfNoEntry: false });
    if (there === undefined) return false;
    const ours = fstatSync(fd);
    if (there.ino === ours.ino && there.dev === ours.dev) return true;
    throw new ReportFileError('write', this.path, 'another process has replaced it; give each run its own directory');
  }

  /** Makes the file anew with everything recorded so far; the old one stays whole until the new one is. */
  private replace(): void {
    mkdirSync(dirname(this.path), { recursive: true });
    const head = Buffer.from(renderHead(this.header));
    const body = Buffer.from(renderSpecs(this.specs, true));
    const tail = Buffer.from(renderTail(this.record));
    const draft = `${this.path}.new`;
    const fd = openSync(draft, 'w');
    try {
      writeAll(fd, Buffer.concat([head, body, tail]), 0);
      renameSync(draft, this.path);
    } catch (error) {
      closeSync(fd);
      rmSync(draft, { force: true });
      throw error;
    }
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = fd;
    this.written = this.specs.length;
    this.tail = tail;
    this.tailAt = head.length + body.length;
  }

  /** Writes the records that the file lacks, and the new tail, over the old tail. */
  private extend(fd: number): void {
    const body = Buffer.from(renderSpecs(this.specs.slice(this.written), this.written === 0));
    const tail = Buffer.from(renderTail(this.record));
    const padding = Buffer.alloc(Math.max(0, this.tail.length - body.length - tail.length), '\n');
    try {
      writeAll(fd, Buffer.concat([body, tail, padding]), this.tailAt);
    } catch (error) {
      writeAll(fd, this.tail, this.tailAt);
      ftruncateSync(fd, this.tailAt + this.tail.length);
      throw error;
    }
    this.written = this.specs.length;
    this.tail = Buffer.concat([tail, padding]);
    this.tailAt += body.length;
  }
}

function renderHead(header: RunHeader): string {
  const { crivet, startedAt, runtime, host, options, selected } = header;
  const head = { schema: 'crivet.run/1', crivet, startedAt, runtime, host, options, selected };
  const lines = Object.entries(head).map(([key, value]) => `"${key}":${JSON.stringify(value)},\n`);
  return `{\n${lines.join('')}"specs":[`;
}

/** One line per spec: a file that was cut by force can still be read line by line. */
function renderSpecs(specs: SpecRecord[], first: boolean): string {
  return specs.map((spec, index) => `${first && index === 0 ? '' : ','}\n${JSON.stringify(spec)}`).join('');
}

function renderTail({ state, stateReason, finishedAt, durationMs, coverage, summary }: RunRecord): string {
  const tail = { state, stateReason, finishedAt, durationMs, coverage, summary };
  const lines = Object.entries(tail)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `"${key}":${JSON.stringify(value)}`);
  return `\n],\n${lines.join(',\n')}\n}\n`;
}

/** Writes all of a buffer; the system may take it in parts (and then says why at the next one). */
function writeAll(fd: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
