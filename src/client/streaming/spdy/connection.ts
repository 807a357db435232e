import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { deferred } from '../deferred.js';
import { StreamError } from '../error.js';
import { readOnAfterWriteError, resetSocket } from '../socket.js';
import type { Transcript } from '../transcript.js';
import type { Closing } from '../types.js';
import type { DirectReads } from './direct-reads.js';
import { describe, show } from './describe.js';
import { FLAG_FIN, FLAG_UNIDIRECTIONAL, RESET_STATUS, type ControlFrame, type ResetReason } from './frame.js';
import { HeaderCompressor, HeaderDecompressor, type StreamHeaders } from './headers.js';
import { flagNames, Output } from './output.js';
import { Pings } from './pings.js';
import { FrameReader, type FrameSink } from './reader.js';
import { SpdyStream, type StreamHost, type StreamShape } from './stream.js';

const MAX_STREAM_ID = 0x7fffffff;
const MAX_OPEN_STREAMS = 1000;
/** How long a peer may take to follow when the connection is closed in order. */
const CLOSE_TIMEOUT_MS = 2000;

export interface ConnectionOptions {
  role: 'client' | 'server';
  transcript: Transcript;
  /** Gets each stream that the peer opens, and replies to it or resets it. Without it they are refused. */
  accept?: (stream: SpdyStream) => void;
}

/**
 * One SPDY/3.1 connection on an upgraded socket, either role, as Kubernetes speaks it: without flow control, so
 * WINDOW_UPDATE and SETTINGS are recorded and change nothing, and none are sent. What is received and not read is
 * bounded by the channels: the socket is not read while one of them is full.
 */
export class SpdyConnection implements StreamHost, FrameSink {
  readonly output: Output;
  private readonly ended = deferred<Closing>();
  private readonly streams = new Map<number, SpdyStream>();
  private readonly full = new Set<SpdyStream>();
  private readonly pings: Pings;
  private readonly compressor = new HeaderCompressor();
  private readonly decompressor = new HeaderDecompressor();
  private readonly reader = new FrameReader(this);
  private nextStream: number;
  private lastPeerStream = 0;
  /** Set by the GOAWAY of the peer. */
  private goingAway: StreamError | undefined;
  private state: 'open' | 'closing' | 'ended' = 'open';
  /** Why it ends, if something other than the peer's orderly end is the reason. */
  private cause: Closing | undefined;
  private socketError: Error | undefined;

  constructor(
    private readonly socket: Duplex,
    private readonly options: ConnectionOptions,
  ) {
    this.nextStream = options.role === 'client' ? 1 : 2;
    this.output = new Output(socket, options.transcript, () => this.adjustReading());
    this.pings = new Pings(options.role, this.output);
    // Frames are small and often answered before the next: they must not wait for acknowledgements.
    if (socket instanceof Socket) socket.setNoDelay(true);
    readOnAfterWriteError(socket, (error) => this.writeFailed(error));
  }

  /** Settles once, never rejects. */
  get closed(): Promise<Closing> {
    return this.ended.promise;
  }

  /** Begins to read; `head` is what came behind the upgrade. Without `reads` the socket is read as any stream. */
  start(head: Buffer = Buffer.alloc(0), reads: DirectReads | null = null): void {
    const { socket } = this;
    socket.on('error', (error) => (this.socketError ??= error));
    socket.on('end', () => this.finish());
    socket.on('close', () => {
      // A reset destroys a paused socket together with what it has read already.
      const rest = socket.read() as Buffer | null;
      if (rest !== null) this.receive(rest);
      this.finish();
    });
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    if (head.length > 0) this.receive(head);
    reads?.passTo((chunk) => this.receive(chunk));
    this.adjustReading();
  }

  /** Opens a stream; wait for its `accepted` before writing to it, or the peer may drop the data. */
  openStream(headers: StreamHeaders, directions: { readable: boolean; writable: boolean }): SpdyStream {
    if (this.state !== 'open') throw this.endedError('no stream can be opened any more');
    if (this.goingAway !== undefined) throw this.goingAway;
    if (this.nextStream > MAX_STREAM_ID) throw new StreamError('closed', 'the connection has no stream ids left');
    const stream = new SpdyStream(this.nextStream, headers, this, { opened: 'here', ...directions });
    this.nextStream += 2;
    this.streams.set(stream.id, stream);
    const block = this.compressor.compress(headers);
    const frame = { type: 'SYN_STREAM', stream: stream.id, associated: 0, priority: 0, flags: 0, block } as const;
    this.output.control(frame, show(headers));
    return stream;
  }

  /** A round trip: settles with the echo, rejects if the connection ends before. */
  ping(): Promise<undefined> {
    if (this.state === 'open') return this.pings.send();
    return Promise.reject(this.endedError('no ping can be sent any more'));
  }

  /** What these streams, or all that were opened, wait for; in words. */
  waitingFor(streams: Iterable<SpdyStream> = this.streams.values()): string {
    const waiting = [...streams].filter((stream) => stream.waitsForReply).map((stream) => stream.label);
    return `no SYN_REPLY for ${waiting.join(', ') || 'any stream'}; ${this.options.transcript.lastReceived()}`;
  }

  /** Ends in order: resets the streams, sends GOAWAY, and waits up to 2 s for the peer to end as well. */
  close(): void {
    if (this.state !== 'open') return;
    this.state = 'closing';
    this.cause = { how: 'end', detail: 'closed by this side' };
    const why = new StreamError('closed', 'the session was closed by this client');
    for (const stream of [...this.streams.values()]) stream.reset('CANCEL', why);
    this.output.control({ type: 'GOAWAY', lastStream: this.lastPeerStream, status: 0 }, 'status 0');
    this.socket.end();
    this.socket.resume();
    const timer = setTimeout(() => resetSocket(this.socket), CLOSE_TIMEOUT_MS).unref();
    void this.closed.then(() => clearTimeout(timer));
  }

  /** Resets the TCP connection without a word. */
  destroy(): void {
    this.cause ??= { how: 'reset', detail: 'the connection was reset by this client' };
    this.finish();
  }

  /** Gives up: every stream, open or opening, fails with `error`. */
  fail(error: StreamError): void {
    if (this.state === 'ended') return;
    this.cause = { how: 'error', detail: error.message };
    this.finish(error);
  }

  /** StreamHost */
  reply(stream: SpdyStream): void {
    const block = this.compressor.compress(new Map());
    this.output.control({ type: 'SYN_REPLY', stream: stream.id, flags: 0, block }, '');
  }

  forget(stream: SpdyStream): void {
    this.streams.delete(stream.id);
  }

  pressure(stream: SpdyStream, full: boolean): void {
    if (full) this.full.add(stream);
    else this.full.delete(stream);
    this.adjustReading();
  }

  /** FrameSink */
  data(id: number, flags: number, piece: Buffer, offset: number, length: number): void {
    if (offset === 0) this.options.transcript.frame('in', 'DATA', id, flagNames(flags), length, piece);
    const stream = this.streams.get(id);
    if (stream === undefined) {
      if (offset === 0 && !this.wasOpened(id)) this.refuse(id, 'INVALID_STREAM');
      return;
    }
    // The chunk that it is a window of may be read into again.
    if (piece.length > 0 || stream.waitsForReply) stream.onData(Buffer.from(piece));
    if ((flags & FLAG_FIN) !== 0 && offset + piece.length === length) stream.onEnd();
  }

  unknown(type: number, flags: number, length: number): void {
    this.options.transcript.frame('in', `type ${type}`, undefined, flagNames(flags), length, 'unknown, ignored');
  }

  control(frame: ControlFrame, length: number): void {
    // Every header block must be unpacked, or the ones after it cannot be.
    const headers = 'block' in frame ? this.decompressor.decompress(frame.block) : undefined;
    const flags = 'flags' in frame ? frame.flags : 0;
    const id = 'stream' in frame ? frame.stream : undefined;
    const preview = headers === undefined ? describe(frame) : show(headers);
    this.options.transcript.frame('in', frame.type, id, flagNames(flags), length, preview);
    const stream = id === undefined ? undefined : this.streams.get(id);
    switch (frame.type) {
      case 'SYN_STREAM':
        this.accept(frame.stream, flags, headers ?? new Map());
        break;
      case 'SYN_REPLY':
        if (stream !== undefined) stream.onReply();
        else if (!this.wasOpened(frame.stream)) this.refuse(frame.stream, 'INVALID_STREAM');
        break;
      case 'RST_STREAM':
        stream?.onReset(frame.status);
        break;
      case 'PING':
        this.pings.receive(frame.id);
        this.adjustReading();
        break;
      case 'GOAWAY':
        this.onGoAway(frame.lastStream, frame.status);
        break;
      case 'HEADERS':
      case 'SETTINGS':
      case 'WINDOW_UPDATE':
        break;
    }
    if ((frame.type === 'SYN_REPLY' || frame.type === 'HEADERS') && (flags & FLAG_FIN) !== 0) stream?.onEnd();
  }

  private accept(id: number, flags: number, headers: StreamHeaders): void {
    if (id % 2 === this.nextStream % 2 || id <= this.lastPeerStream) {
      const text = `SYN_STREAM with id ${id} after ${this.lastPeerStream}: ids of a side have one parity and grow`;
      throw new StreamError('protocol', text);
    }
    this.lastPeerStream = id;
    const { accept } = this.options;
    if (this.state !== 'open') return;
    if (accept === undefined || this.streams.size >= MAX_OPEN_STREAMS) {
      this.refuse(id, 'REFUSED_STREAM');
      return;
    }
    const shape: StreamShape = { opened: 'by peer', readable: true, writable: (flags & FLAG_UNIDIRECTIONAL) === 0 };
    const stream = new SpdyStream(id, headers, this, shape);
    this.streams.set(id, stream);
    accept(stream);
    if ((flags & FLAG_FIN) !== 0) stream.onEnd();
  }

  private onGoAway(lastStream: number, status: number): void {
    const text = `the peer goes away and takes no streams (GOAWAY status ${status}, last stream ${lastStream})`;
    const error = new StreamError('closed', text);
    this.goingAway = error;
    for (const stream of [...this.streams.values()]) {
      if (stream.waitsForReply && stream.id > lastStream) stream.onLost(error);
    }
  }

  private refuse(stream: number, reason: ResetReason): void {
    this.output.control({ type: 'RST_STREAM', stream, status: RESET_STATUS[reason] }, reason);
    this.adjustReading();
  }

  /** Whether frames of this unknown stream are merely late. */
  private wasOpened(id: number): boolean {
    return id % 2 === this.nextStream % 2 ? id < this.nextStream : id > 0 && id <= this.lastPeerStream;
  }

  private receive(chunk: Buffer): void {
    if (this.state === 'ended') return;
    try {
      this.reader.push(chunk);
    } catch (error) {
      this.fail(StreamError.from(error, 'protocol', 'the SPDY connection'));
    }
  }

  /** Pauses while a channel is full, or while the peer does not read the answers it asks for. */
  private adjustReading(): void {
    if (this.state === 'open' && (this.full.size > 0 || this.output.clogged)) this.socket.pause();
    else this.socket.resume();
  }

  private writeFailed(cause: Error): void {
    this.socketError ??= cause;
    this.output.kill();
    const error = StreamError.from(cause, 'closed', 'the peer takes no more data');
    for (const stream of [...this.streams.values()]) stream.channel.endOutput(error);
  }

  private finish(failure?: StreamError): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    const closing = this.closing();
    const error = failure ?? new StreamError('closed', `the session ended: ${closing.detail}`);
    this.output.kill();
    for (const stream of [...this.streams.values()]) stream.onLost(error);
    this.pings.fail(error);
    if (this.cause === undefined || this.cause.how === 'end') this.socket.destroy();
    else resetSocket(this.socket);
    this.options.transcript.note(this.cause === undefined ? 'in' : 'out', 'close', closing.detail);
    this.ended.resolve(closing);
  }

  private closing(): Closing {
    if (this.cause !== undefined) return this.cause;
    if (!this.reader.atBoundary) return { how: 'reset', detail: `the connection ended within a frame${this.why()}` };
    if (this.goingAway !== undefined) return { how: 'end', detail: `the peer sent GOAWAY and ended${this.why()}` };
    const open = [...this.streams.values()].filter(
      (stream) => stream.channel.readable && !stream.channel.readableEnded,
    );
    if (open.length === 0 && this.socketError === undefined) return { how: 'end', detail: 'the peer ended' };
    const labels = open.map((stream) => stream.label).join(', ') || 'none';
    return { how: 'reset', detail: `the connection ended without GOAWAY${this.why()}; streams still open: ${labels}` };
  }

  private why(): string {
    return this.socketError === undefined ? '' : ` (${this.socketError.message})`;
  }

  private endedError(what: string): StreamError {
    return new StreamError('closed', `${what}: ${this.cause?.detail ?? 'the session ended'}`);
  }
}
