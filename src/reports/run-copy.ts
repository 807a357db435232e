import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import type { RunRecord, SpecRecord } from '../kit/record.js';

/** One copy of a run record on disk: head, one line per spec, tail. Knows what it holds, and adds what it lacks. */
export class RunCopy {
  private constructor(
    private readonly fd: number,
    /** Specs that the copy holds whole. */
    private written: number,
    /** Where the tail begins: after the last whole spec. */
    private tailAt: number,
  ) {}

  /** Writes a new file with the whole record; leaves none behind if that fails. */
  static create(path: string, run: RunRecord): RunCopy {
    const fd = openSync(path, 'w');
    try {
      const head = Buffer.from(renderHead(run));
      writeAll(fd, head, 0);
      const copy = new RunCopy(fd, 0, head.length);
      copy.update(run);
      return copy;
    } catch (error) {
      closeSync(fd);
      rmSync(path, { force: true });
      throw error;
    }
  }

  /** Adds the specs that the copy lacks, and puts the new tail after them. Not atomic: do it where nobody looks. */
  update(run: RunRecord): void {
    const body = Buffer.from(renderSpecs(run.specs.slice(this.written), this.written === 0));
    const tail = Buffer.from(renderTail(run));
    writeAll(this.fd, Buffer.concat([body, tail]), this.tailAt);
    ftruncateSync(this.fd, this.tailAt + body.length + tail.length);
    this.written = run.specs.length;
    this.tailAt += body.length;
  }

  /** Whether `path` leads to this copy; undefined if it leads nowhere. */
  isAt(path: string): boolean | undefined {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there === undefined) return undefined;
    const own = fstatSync(this.fd);
    return there.ino === own.ino && there.dev === own.dev;
  }

  /** Has the system put the copy on the disk itself. */
  sync(): void {
    fsyncSync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function renderHead({ schema, crivet, startedAt, host, options, selected }: RunRecord): string {
  const lines = Object.entries({ schema, crivet, startedAt, host, options, selected });
  return `{\n${lines.map(([key, value]) => `"${key}":${JSON.stringify(value)},\n`).join('')}"specs":[`;
}

/** One line per spec, so that line-based tools can find their way in a large record. */
function renderSpecs(specs: SpecRecord[], first: boolean): string {
  return specs.map((spec, index) => `${first && index === 0 ? '' : ','}\n${JSON.stringify(spec)}`).join('');
}

/** Everything that changes while the run goes on. */
function renderTail(run: RunRecord): string {
  const { runtime, state, stateReason, finishedAt, durationMs, setUpMs, harnessCpuMs, coverage, summary } = run;
  const lines = Object.entries({ runtime, state, stateReason, finishedAt, durationMs, setUpMs, harnessCpuMs, coverage, summary })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `"${key}":${JSON.stringify(value)}`);
  return `\n],\n${lines.join(',\n')}\n}\n`;
}

/** Writes all of a buffer; the system may take it in parts (and then says why at the next one). */
function writeAll(fd: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
