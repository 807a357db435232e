import type { Duplex } from 'node:stream';
import type { Transcript } from '../transcript.js';
import { encodeControl, encodeDataHeader, FLAG_FIN, type ControlFrame } from './frame.js';

/** Bytes of control frames, mostly answers, that may wait for a peer that does not read; then it is not read either. */
const UNSENT_LIMIT = 1024 * 1024;

/** Writes the frames of a connection, in the order of the calls. */
export class Output {
  private waiting: (() => void)[] = [];
  private unsentControl = 0;
  private dead = false;

  /** `unclogged` is called when `clogged` has become false. */
  constructor(
    private readonly socket: Duplex,
    private readonly transcript: Transcript,
    private readonly unclogged: () => void,
  ) {
    socket.on('drain', () => this.flush());
  }

  /** Whether the peer asks for more answers than it reads. Data does not count: a peer may well send before it reads. */
  get clogged(): boolean {
    return this.unsentControl > UNSENT_LIMIT;
  }

  control(frame: ControlFrame, preview: string): void {
    if (this.dead) return;
    const bytes = encodeControl(frame);
    const flags = 'flags' in frame ? flagNames(frame.flags) : undefined;
    this.transcript.frame(
      'out',
      frame.type,
      'stream' in frame ? frame.stream : undefined,
      flags,
      bytes.length - 8,
      preview,
    );
    this.unsentControl += bytes.length;
    this.socket.write(bytes, () => {
      const { clogged } = this;
      this.unsentControl -= bytes.length;
      if (clogged && !this.clogged) this.unclogged();
    });
  }

  /** A DATA frame. False if the caller should wait with the next one, see {@link whenWritable}. */
  data(stream: number, flags: number, payload: Buffer): boolean {
    if (this.dead) return false;
    this.transcript.frame('out', 'DATA', stream, flagNames(flags), payload.length, payload);
    this.socket.cork();
    let writable = this.socket.write(encodeDataHeader(stream, flags, payload.length));
    if (payload.length > 0) writable = this.socket.write(payload);
    this.socket.uncork();
    return writable;
  }

  /** Calls `next` once the socket takes data again; never, if it dies before. */
  whenWritable(next: () => void): void {
    if (!this.dead) this.waiting.push(next);
  }

  /** After a failed write: nothing is written any more. */
  kill(): void {
    this.dead = true;
    this.waiting = [];
  }

  private flush(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const next of waiting) next();
  }
}

/** Flags as the transcript shows them; only FIN matters to streaming sessions. */
export function flagNames(flags: number): string {
  if (flags === 0) return '';
  return flags === FLAG_FIN ? 'FIN' : `0x${flags.toString(16)}`;
}
