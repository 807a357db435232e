import { Channel, type ChannelPort } from '../channel.js';
import { deferred } from '../deferred.js';
import { StreamError } from '../error.js';
import { FLAG_FIN, RESET_STATUS, resetName, type ResetReason } from './frame.js';
import type { StreamHeaders } from './headers.js';
import type { Output } from './output.js';

/** Large enough to be cheap, small enough that streams which share a connection take turns. */
const MAX_DATA_BYTES = 64 * 1024;

/** What a stream needs from its connection. */
export interface StreamHost {
  readonly output: Output;
  reply(stream: SpdyStream): void;
  /** No more frames of this stream matter. */
  forget(stream: SpdyStream): void;
  pressure(stream: SpdyStream, full: boolean): void;
}

/** Who opened the stream, and which directions its channel has here. */
export interface StreamShape {
  opened: 'here' | 'by peer';
  readable: boolean;
  writable: boolean;
}

/** One SPDY stream: its protocol state; its bytes are read and written through `channel`. */
export class SpdyStream implements ChannelPort {
  readonly channel: Channel;
  private readonly answer = deferred<undefined>();
  private replied: boolean;
  private inputEnded = false;
  private outputEnded = false;

  constructor(
    readonly id: number,
    readonly headers: StreamHeaders,
    private readonly host: StreamHost,
    readonly shape: StreamShape,
  ) {
    this.replied = shape.opened === 'by peer';
    this.channel = new Channel(this, shape);
  }

  /** Of a stream opened here: settles with the peer's SYN_REPLY, rejects if there will be none. */
  get accepted(): Promise<undefined> {
    return this.answer.promise;
  }

  get waitsForReply(): boolean {
    return !this.replied;
  }

  /** Whether the peer has not yet ended what is to be read here. */
  get waitsForEnd(): boolean {
    return this.shape.readable && !this.inputEnded;
  }

  /** How messages name it: `stream 3 (streamtype stdin)`. */
  get label(): string {
    const named = [...this.headers].map(([name, value]) => `${name} ${value}`).join(', ');
    return `stream ${this.id}${named === '' ? '' : ` (${named.slice(0, 100)})`}`;
  }

  /** Answers a stream that the peer opened; before anything is written to it. */
  reply(): void {
    this.host.reply(this);
  }

  /** Ends both directions here and tells the peer. The channel ends as if the peer had reset it. */
  reset(reason: ResetReason, why: StreamError): void {
    this.sendReset(reason);
    this.answer.reject(why);
    this.channel.reset(why);
  }

  /** What the connection received for this stream. */
  onReply(): void {
    if (this.replied) {
      this.reset('STREAM_IN_USE', new StreamError('protocol', `a second SYN_REPLY for ${this.label}`));
      return;
    }
    this.replied = true;
    this.answer.resolve(undefined);
  }

  onData(piece: Buffer): void {
    if (!this.replied) {
      this.reset('PROTOCOL_ERROR', new StreamError('protocol', `DATA before the SYN_REPLY for ${this.label}`));
    } else if (this.inputEnded) {
      this.reset('STREAM_ALREADY_CLOSED', new StreamError('protocol', `DATA after the end of ${this.label}`));
    } else {
      this.channel.deliver(piece);
    }
  }

  onEnd(): void {
    this.inputEnded = true;
    this.channel.endInput();
    if (this.outputEnded) this.host.forget(this);
  }

  /** A reset after data is how servers end streams they did not finish: plain end of input. */
  onReset(status: number): void {
    this.host.forget(this);
    this.inputEnded = true;
    this.outputEnded = true;
    const error = new StreamError('closed', `the peer reset ${this.label}: ${resetName(status)}`);
    this.answer.reject(error);
    this.channel.reset(error);
  }

  /** The connection ended. */
  onLost(error: StreamError): void {
    this.host.forget(this);
    this.outputEnded = true;
    this.answer.reject(error);
    if (this.inputEnded) this.channel.reset(error);
    else this.channel.fail(error);
    this.inputEnded = true;
  }

  /** ChannelPort: what the user of the channel does. */
  send(chunk: Buffer, sent: () => void): void {
    let offset = 0;
    const next = (): void => {
      while (offset < chunk.length) {
        if (this.outputEnded) return;
        const piece = chunk.subarray(offset, offset + MAX_DATA_BYTES);
        offset += piece.length;
        if (this.host.output.data(this.id, 0, piece)) continue;
        this.host.output.whenWritable(next);
        return;
      }
      sent();
    };
    next();
  }

  end(): void {
    if (this.outputEnded) return;
    this.outputEnded = true;
    this.host.output.data(this.id, FLAG_FIN, Buffer.alloc(0));
    if (this.inputEnded) this.host.forget(this);
  }

  released(): void {
    // A stream that is only written to has nothing left to cancel: a reset would be a second end, which other clients
    // do not send.
    if (this.inputEnded || (this.outputEnded && !this.shape.readable)) this.host.forget(this);
    else this.sendReset('CANCEL');
  }

  pressure(full: boolean): void {
    this.host.pressure(this, full);
  }

  private sendReset(reason: ResetReason): void {
    this.host.forget(this);
    if (this.inputEnded && this.outputEnded) return;
    this.inputEnded = true;
    this.outputEnded = true;
    this.host.output.control({ type: 'RST_STREAM', stream: this.id, status: RESET_STATUS[reason] }, reason);
  }
}
