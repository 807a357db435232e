import { StreamError } from '../error.js';
import { decodeControl, HEADER_BYTES, TYPES, VERSION, type ControlFrame } from './frame.js';

/** Headers of streaming sessions take some dozens of bytes; nothing needs control frames of 16 MiB. */
export const MAX_CONTROL_BYTES = 256 * 1024;

const KNOWN_TYPES = new Set<number>(Object.values(TYPES));

/** Where a FrameReader puts what it reads. */
export interface FrameSink {
  control(frame: ControlFrame, length: number): void;
  /** A control frame of a type SPDY/3 does not have, its payload skipped. */
  unknown(type: number, flags: number, length: number): void;
  /**
   * A piece of a DATA frame, a window of the chunk it came in, passed on before the rest is there.
   * @param offset of the piece in the payload; 0 exactly once for every frame, also for an empty one
   * @param length of the whole payload
   */
  data(stream: number, flags: number, piece: Buffer, offset: number, length: number): void;
}

/** The frame under way. `stream` is that of a DATA frame, `type` that of a control frame. */
interface Frame {
  stream: number;
  type: number;
  flags: number;
  length: number;
  offset: number;
  kind: 'data' | 'control' | 'unknown';
}

/** Cuts a byte stream into SPDY frames, however it is chunked, holding at most one control frame. */
export class FrameReader {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private frame: Frame | undefined;
  /** Of the control frame under way. */
  private payload = Buffer.alloc(0);

  constructor(private readonly sink: FrameSink) {}

  /** Whether the bytes so far end between two frames. */
  get atBoundary(): boolean {
    return this.frame === undefined && this.headerBytes === 0;
  }

  /** Takes the next bytes. Throws a StreamError `protocol`, after which the connection cannot be read any further. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const { frame } = this;
      if (frame === undefined) {
        at += this.readHeader(chunk, at);
        continue;
      }
      const piece = chunk.subarray(at, at + frame.length - frame.offset);
      at += piece.length;
      this.consume(frame, piece);
    }
  }

  private readHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.header, this.headerBytes, at, at + HEADER_BYTES - this.headerBytes);
    this.headerBytes += taken;
    if (this.headerBytes < HEADER_BYTES) return taken;
    this.headerBytes = 0;
    const frame = this.parseHeader();
    this.frame = frame;
    // Without a payload no further bytes may come to trigger it.
    if (frame.length === 0) this.consume(frame, Buffer.alloc(0));
    return taken;
  }

  private parseHeader(): Frame {
    const first = this.header.readUInt32BE(0);
    const second = this.header.readUInt32BE(4);
    const frame = { flags: second >>> 24, length: second & 0xffffff, offset: 0 };
    if (first < 0x80000000) return { ...frame, kind: 'data', stream: first, type: 0 };
    const version = (first >>> 16) & 0x7fff;
    const type = first & 0xffff;
    if (version !== VERSION) {
      const bytes = this.header.toString('hex');
      throw new StreamError('protocol', `SPDY version ${version} instead of ${VERSION} in the frame header ${bytes}`);
    }
    const known = KNOWN_TYPES.has(type);
    if (known && frame.length > MAX_CONTROL_BYTES) {
      const text = `SPDY control frame of type ${type} with ${frame.length} bytes, more than ${MAX_CONTROL_BYTES}`;
      throw new StreamError('protocol', text);
    }
    if (known) this.payload = Buffer.alloc(frame.length);
    return { ...frame, kind: known ? 'control' : 'unknown', stream: 0, type };
  }

  private consume(frame: Frame, piece: Buffer): void {
    const { offset } = frame;
    frame.offset += piece.length;
    const complete = frame.offset === frame.length;
    if (complete) this.frame = undefined;
    if (frame.kind === 'data') {
      this.sink.data(frame.stream, frame.flags, piece, offset, frame.length);
    } else if (frame.kind === 'unknown') {
      if (complete) this.sink.unknown(frame.type, frame.flags, frame.length);
    } else {
      piece.copy(this.payload, offset);
      if (!complete) return;
      const control = decodeControl(frame.type, frame.flags, this.payload);
      if (control !== undefined) this.sink.control(control, frame.length);
    }
  }
}
