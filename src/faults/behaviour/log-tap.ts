import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname, basename, join } from 'node:path';
import { Refusal, type Planting } from '../fault.js';
import { changeAnswer, handling, together, type Answer, type Plant } from './shapes.js';

/* The proxy shares the host with the runtime: it has the runtime log into a hidden file, and copies that. */

/** An entry as the real runtime wrote it; `bytes` is all of it with its line feed. */
export interface LogLine {
  time: string;
  stream: string;
  tag: string;
  content: Buffer;
  bytes: Buffer;
}

/** An entry as it goes into a file. */
export function entry({ time, stream, tag, content }: Omit<LogLine, 'bytes'>): Buffer {
  return Buffer.concat([Buffer.from(`${time} ${stream} ${tag} `), content, Buffer.from('\n')]);
}

/** The file that the client asked for. */
export class LogFile {
  private fd: number | undefined;
  private written: Buffer[] = [];
  private ended = false;

  constructor(
    readonly path: string,
    /** The container's id. */
    readonly owner: string,
  ) {}

  /** Opens it anew at its path, and creates it if it is not there. What cannot be opened leaves the old one open. */
  open(): void {
    if (this.ended) return;
    const fd = openSync(this.path, 'a', 0o640);
    this.drop();
    this.fd = fd;
  }

  /** Until it is opened again nothing is written. */
  drop(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  write(...bytes: Buffer[]): void {
    if (this.fd === undefined) return;
    for (const piece of bytes) writeSync(this.fd, piece);
    this.written.push(...bytes);
  }

  /** What was written since the last question. */
  taken(): Buffer {
    return Buffer.concat(this.written.splice(0));
  }

  /** For good. */
  close(): void {
    this.ended = true;
    this.drop();
  }
}

/** Follows the hidden file of one container. */
export class LogTap {
  private fd: number | undefined;
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly hidden: string,
    readonly file: LogFile,
    private readonly pass: (line: LogLine) => void,
    private readonly shown: () => void,
  ) {}

  /** Passes on what has come since. False once the hidden file is deleted. */
  pump(): boolean {
    const fd = (this.fd ??= this.find());
    if (fd === undefined) return true;
    const { size, nlink } = fstatSync(fd);
    if (size > this.offset) {
      const chunk = Buffer.alloc(size - this.offset);
      this.offset += readSync(fd, chunk, 0, chunk.length, this.offset);
      this.rest = Buffer.concat([this.rest, chunk]);
      for (let end = this.rest.indexOf(10); end >= 0; end = this.rest.indexOf(10)) {
        this.passOn(this.rest.subarray(0, end + 1));
        this.rest = this.rest.subarray(end + 1);
      }
    }
    return nlink > 0;
  }

  close(): void {
    this.file.close();
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private find(): number | undefined {
    try {
      const fd = openSync(this.hidden, 'r');
      this.file.open();
      return fd;
    } catch {
      return undefined; // not started yet, or its directory is gone
    }
  }

  private passOn(bytes: Buffer): void {
    const [header, time, stream, tag] = /^(\S+) (\S+) (\S+) /.exec(bytes.subarray(0, 128).toString('latin1')) ?? [];
    if (header === undefined || time === undefined || stream === undefined || tag === undefined) return;
    this.pass({ time, stream, tag, content: bytes.subarray(header.length, -1), bytes });
    if (!this.file.taken().equals(bytes)) this.shown();
  }
}

export interface Logging {
  /** For each container: what is written in place of a line. */
  lines?: (file: LogFile, planting: Planting) => (line: LogLine) => void;
  /** What ReopenContainerLog does; `reopen` is the right thing. */
  reopen?: (tap: LogTap, reopen: () => Promise<Answer<'ReopenContainerLog'>>, planting: Planting) => Promise<object>;
}

const LOOK_MS = 15;

/** Has containers log as told. */
export function logging({ lines, reopen: reopened }: Logging): Plant {
  return (planting) => {
    const taps = new Map<string, LogTap>();
    const end = (id: string): void => {
      taps.get(id)?.close();
      taps.delete(id);
    };
    let timer: NodeJS.Timeout | undefined;
    const look = (): void => {
      for (const [id, tap] of taps) if (!tap.pump()) end(id);
    };
    const create = handling('CreateContainer', async ({ request, forward }) => {
      const { config, sandbox_config } = request;
      if (config === null || config.log_path === '' || !sandbox_config?.log_directory) return forward();
      const path = join(sandbox_config.log_directory, config.log_path);
      const log_path = join(dirname(config.log_path), `.${basename(config.log_path)}`);
      const answer = await forward({ ...request, config: { ...config, log_path } });
      const file = new LogFile(path, answer.container_id);
      const pass = lines?.(file, planting) ?? (({ bytes }: LogLine) => file.write(bytes));
      const hidden = join(sandbox_config.log_directory, log_path);
      taps.set(answer.container_id, new LogTap(hidden, file, pass, planting.shown));
      timer ??= setInterval(look, LOOK_MS);
      return answer;
    });
    planting.defer(() => {
      clearInterval(timer);
      for (const id of taps.keys()) end(id);
    });
    return together(
      create,
      changeAnswerOfStatus((id) => taps.get(id)?.file.path),
      handling('ReopenContainerLog', ({ request, forward }) => {
        const tap = taps.get(request.container_id);
        if (tap === undefined) return forward();
        const reopen = async (): Promise<Answer<'ReopenContainerLog'>> => {
          const answer = await forward();
          tap.pump(); // what was printed before goes to the old file
          try {
            tap.file.open();
          } catch (error) {
            throw new Refusal('UNKNOWN', String(error));
          }
          return answer;
        };
        return reopened?.(tap, reopen, planting) ?? reopen();
      }),
      handling('RemoveContainer', async ({ request, forward }) => {
        const answer = await forward();
        taps.get(request.container_id)?.pump();
        end(request.container_id);
        return answer;
      }),
    )(planting);
  };
}

/** The client is to see the path that it asked for; that is no difference. */
function changeAnswerOfStatus(pathOf: (id: string) => string | undefined): Plant {
  return (planting) =>
    changeAnswer('ContainerStatus', (answer, { container_id }) => {
      const log_path = pathOf(container_id);
      if (answer.status === null || log_path === undefined) return answer;
      return { ...answer, status: { ...answer.status, log_path } };
    })({ ...planting, shown: () => undefined });
}

/** What is written for each line, from the line alone; undefined leaves it out. */
export function eachLine(change: (line: LogLine) => Omit<LogLine, 'bytes'> | Buffer | undefined): Plant {
  return logging({
    lines: (file) => (line) => {
      const changed = change(line);
      if (changed !== undefined) file.write(Buffer.isBuffer(changed) ? changed : entry(changed));
    },
  });
}
