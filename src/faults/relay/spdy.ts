import {
  decodeControl,
  encodeControl,
  encodeDataHeader,
  FLAG_FIN,
  HEADER_BYTES,
  RESET_STATUS,
  type ControlFrame,
} from '../../client/streaming/spdy/frame.js';
import { HeaderCompressor, HeaderDecompressor } from '../../client/streaming/spdy/headers.js';
import type { ByteSource } from './byte-source.js';
import type { Direction, Filters, Headers, Part, StreamName } from './filters.js';
import type { Framing, Item } from './framing.js';

interface Role {
  stream: StreamName;
  connection: number;
  port: number;
}

/**
 * SPDY/3.1 as seen from between the two sides. What streams are for is learned from the headers that the client opens
 * them with. Header blocks pass as they are, so that the compression of the whole direction stays whole, unless
 * `open` is set: then all of them are packed anew.
 */
export class SpdyFraming implements Framing {
  private readonly roles = new Map<number, Role>();
  private readonly requests: string[] = [];
  private readonly decompressor = new HeaderDecompressor();
  private readonly compressor = new HeaderCompressor();

  /** @param answer sends bytes to the client, between two frames */
  constructor(
    private readonly open: Filters['open'],
    private readonly answer: (bytes: Buffer) => void,
  ) {}

  async read(direction: Direction, source: ByteSource): Promise<Item | null> {
    if (!(await source.has(HEADER_BYTES))) return null;
    const header = source.peek();
    const [first, flags, length] = [header.readUInt32BE(0), header.readUInt8(4), header.readUIntBE(5, 3)];
    if (!(await source.has(HEADER_BYTES + length))) return null;
    const bytes = source.take(HEADER_BYTES + length);
    const payload = bytes.subarray(HEADER_BYTES);
    if (first < 0x80000000) {
      const role = this.roles.get(first);
      const last = (flags & FLAG_FIN) !== 0;
      return role === undefined ? { bytes } : { bytes, chunk: { ...role, payload, last, reset: false } };
    }
    const frame = decodeControl(first & 0xffff, flags, payload);
    return frame === undefined ? { bytes } : this.control(direction, frame, bytes);
  }

  encode(_direction: Direction, { stream, connection, payload, last }: Part): Buffer {
    if (payload.length === 0 && !last) return payload;
    for (const [id, role] of this.roles) {
      if (role.stream !== stream || role.connection !== connection) continue;
      return Buffer.concat([encodeDataHeader(id, last ? FLAG_FIN : 0, payload.length), payload]);
    }
    return Buffer.alloc(0);
  }

  farewell(): Buffer {
    return encodeControl({ type: 'GOAWAY', lastStream: Math.max(0, ...this.roles.keys()), status: 0 });
  }

  private async control(direction: Direction, frame: ControlFrame, bytes: Buffer): Promise<Item> {
    if (frame.type === 'GOAWAY') return { bytes, end: true };
    // The client's pings are odd, the server's even; answers have the number of their ping.
    if (frame.type === 'PING') return { bytes, ping: (frame.id % 2 === 1) === (direction === 'up') };
    if (frame.type === 'RST_STREAM') {
      const role = this.roles.get(frame.stream);
      if (role === undefined) return { bytes };
      return { bytes, chunk: { ...role, payload: Buffer.alloc(0), last: true, reset: true } };
    }
    if (direction === 'down' || !('block' in frame)) return { bytes };
    const headers = this.decompressor.decompress(frame.block);
    if (frame.type !== 'SYN_STREAM') return { bytes: this.repacked(frame, headers) ?? bytes };
    const opened = (await this.open?.(headers)) ?? headers;
    if (typeof opened !== 'string') {
      this.roles.set(frame.stream, this.roleOf(headers));
      return { bytes: this.repacked(frame, opened) ?? bytes };
    }
    const { REFUSED_STREAM } = RESET_STATUS;
    if (opened === 'refuse') {
      this.answer(encodeControl({ type: 'RST_STREAM', stream: frame.stream, status: REFUSED_STREAM }));
    }
    return { bytes: Buffer.alloc(0) };
  }

  private repacked(frame: Extract<ControlFrame, { block: Buffer }>, headers: Headers): Buffer | undefined {
    if (this.open === undefined) return undefined;
    const block = this.compressor.compress(headers);
    return encodeControl(frame.type === 'SYN_STREAM' ? { ...frame, block } : { ...frame, block });
  }

  private roleOf(headers: Headers): Role {
    const stream = headers.get('streamtype') as StreamName;
    const request = headers.get('requestid');
    if (request !== undefined && !this.requests.includes(request)) this.requests.push(request);
    const connection = request === undefined ? 0 : this.requests.indexOf(request);
    return { stream, connection, port: Number(headers.get('port') ?? 0) };
  }
}
