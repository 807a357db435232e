import { Duplex } from 'node:stream';
import { StreamError } from './error.js';

/** Bytes a channel keeps for a reader that is slow or absent before it holds up its connection. */
export const BACKLOG_LIMIT = 1024 * 1024;
/** What a queued piece costs beside its bytes, so that a flood of tiny pieces is bounded too. */
const PIECE_COST = 512;

/** What a channel needs from the connection that carries it. */
export interface ChannelPort {
  /** Sends `chunk`; `sent` asks for the next one. Not called on failure: then `reset` or `fail` follows. */
  send(chunk: Buffer, sent: () => void): void;
  /** The user ended writing. */
  end(): void;
  /** The channel was destroyed, after its end or before. */
  released(): void;
  /** The backlog passed its limit (`true`) or shrank again (`false`). */
  pressure(full: boolean): void;
}

/**
 * One stream of a session as Node streams know it, the same over every transport. The connection feeds it with
 * `deliver`, `endInput`, `reset` and `fail`; it is half-open, and a direction can be left out.
 */
export class Channel extends Duplex {
  private queue: Buffer[] = [];
  private cost = 0;
  private full = false;
  private wanted = false;
  private inputEnded: boolean;
  private outputEnded: boolean;
  /** Why the channel takes no more writes. */
  private broken: StreamError | undefined;
  /** The writes failed and no end of input will follow. */
  private failed = false;
  /** The callback of the write that is under way. */
  private writing: ((error?: Error) => void) | undefined;

  constructor(
    private readonly port: ChannelPort,
    directions: { readable: boolean; writable: boolean },
  ) {
    super({ ...directions, allowHalfOpen: true });
    this.inputEnded = !directions.readable;
    this.outputEnded = !directions.writable;
    // Nobody has to listen for errors: those who read or write get them, for others they change nothing.
    this.on('error', () => undefined);
    this.on('end', () => setImmediate(() => this.settle()));
  }

  /** Takes in what the peer sent; dropped once the input has ended. */
  deliver(chunk: Buffer): void {
    if (this.inputEnded || this.failed || this.destroyed || chunk.length === 0) return;
    // A small piece must not keep alive the large read buffer that it is a window of.
    const piece = chunk.length * 4 < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk;
    if (this.wanted && this.queue.length === 0) {
      // Reading may start again from within push, which must not be forgotten.
      this.wanted = false;
      if (this.push(piece)) this.wanted = true;
      return;
    }
    this.queue.push(piece);
    this.cost += piece.length + PIECE_COST;
    if (!this.full && this.cost > BACKLOG_LIMIT) this.setFull(true);
  }

  /** The peer sends no more. */
  endInput(): void {
    if (this.inputEnded || this.failed) return;
    this.inputEnded = true;
    if (this.queue.length === 0) this.push(null);
  }

  /** The peer takes no more, but may still send. Who goes on writing gets the error once the input is read. */
  endOutput(error: StreamError): void {
    this.broken ??= error;
    this.settle();
  }

  /** The peer neither sends nor takes any more: an ordinary end for the reader, an error for who goes on writing. */
  reset(error: StreamError): void {
    this.endInput();
    this.endOutput(error);
  }

  /** The connection is gone: the reader gets what had arrived and then the error. */
  fail(error: StreamError): void {
    if (this.inputEnded) {
      this.reset(error);
      return;
    }
    this.failed = true;
    this.endOutput(error);
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    if (this.failed) setImmediate(() => this.settle());
    return chunk;
  }

  override _read(): void {
    this.wanted = true;
    let taken = 0;
    for (const piece of this.queue) {
      if (!this.wanted) break;
      taken++;
      this.cost -= piece.length + PIECE_COST;
      this.wanted = this.push(piece);
    }
    if (taken === 0) return;
    this.queue = this.queue.slice(taken);
    if (this.queue.length === 0 && this.inputEnded) this.push(null);
    if (this.full && this.cost < BACKLOG_LIMIT / 2) this.setFull(false);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.writing = done;
    if (this.broken === undefined) this.port.send(chunk, () => this.endWrite());
    else this.settle();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.outputEnded = true;
    if (this.broken === undefined) this.port.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.queue = [];
    this.cost = 0;
    if (this.full) this.setFull(false);
    this.port.released();
    // Node itself only answers the writes that wait behind this one.
    if (this.writing !== undefined) this.endWrite(error ?? new StreamError('closed', 'the stream was destroyed'));
    done(error);
  }

  private endWrite(error?: Error): void {
    const done = this.writing;
    this.writing = undefined;
    done?.(error);
  }

  /**
   * Destroys a channel that can do no more, but only when nothing that had arrived is left to read: failing a write
   * destroys both directions.
   */
  private settle(): void {
    const { broken } = this;
    if (broken === undefined || this.destroyed) return;
    const unread = this.failed ? this.queue.length + this.readableLength > 0 : this.readable && !this.readableEnded;
    if (unread) return;
    if (this.writing !== undefined) this.endWrite(broken);
    else if (this.failed || !this.outputEnded) this.destroy(broken);
  }

  private setFull(full: boolean): void {
    this.full = full;
    this.port.pressure(full);
  }
}

/** Text that a peer sends about a session is short; what goes beyond is dropped. */
const TEXT_LIMIT = 64 * 1024;

/** The whole of a channel as text, at most 64 KiB of it. Rejects as the channel fails. */
export function textOf(channel: Channel): Promise<string> {
  const text = new Promise<string>((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    channel.on('data', (piece: Buffer) => {
      if (length < TEXT_LIMIT) pieces.push(piece);
      length += piece.length;
    });
    channel.once('end', () => resolve(Buffer.concat(pieces).toString('utf8', 0, TEXT_LIMIT)));
    channel.once('error', reject);
    channel.once('close', () => reject(channel.errored ?? new Error('the channel was closed')));
  });
  text.catch(() => undefined);
  return text;
}
