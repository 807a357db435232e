import { codecOf, type ChannelCodec } from '../../client/streaming/websocket/codec.js';
import type { ByteSource } from './byte-source.js';
import type { Direction, Part, StreamName } from './filters.js';
import type { Framing, Item } from './framing.js';

const COMMAND: readonly StreamName[] = ['stdin', 'stdout', 'stderr', 'error', 'resize'];
const [TEXT, BINARY, CLOSE, PING] = [1, 2, 8, 9] as const;
const FIN = 0x80;
const MASKED = 0x80;
/** Of port forwarding: the server begins each channel with the port. */
const PREFIX_BYTES = 2;

interface Frame {
  fin: boolean;
  opcode: number;
  payload: Buffer;
  bytes: Buffer;
}

/** WebSocket as seen from between the two sides, each message one chunk. */
export class WebSocketFraming implements Framing {
  private readonly codec: ChannelCodec;
  private readonly announced = new Set<number>();

  /**
   * @param protocol that the server chose
   * @param ports of a port forwarding; undefined for exec and attach
   */
  constructor(
    protocol: string,
    private readonly ports: readonly number[] | undefined,
  ) {
    this.codec = codecOf(protocol);
  }

  async read(direction: Direction, source: ByteSource): Promise<Item | null> {
    const frames: Frame[] = [];
    // Control frames may come between the fragments of a message.
    do {
      const frame = await readFrame(source);
      if (frame === null) return null;
      if (frame.opcode >= CLOSE && frames.length === 0)
        return { bytes: frame.bytes, end: frame.opcode === CLOSE, ping: frame.opcode === PING };
      frames.push(frame);
    } while (!frames.some(({ fin, opcode }) => fin && opcode < CLOSE));
    const data = frames.filter(({ opcode }) => opcode < CLOSE);
    const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
    return this.message(
      direction,
      data[0]?.opcode === BINARY,
      Buffer.concat(data.map(({ payload }) => payload)),
      bytes,
    );
  }

  encode(direction: Direction, { stream, connection, payload }: Part): Buffer {
    const channel =
      this.ports === undefined ? COMMAND.indexOf(stream) : 2 * connection + ['data', 'error'].indexOf(stream);
    // There is no word for the end of a stream alone.
    if (channel < 0 || payload.length === 0) return Buffer.alloc(0);
    return frameOf(this.codec.binary ? BINARY : TEXT, this.codec.encode(channel, payload), direction);
  }

  farewell(): Buffer {
    return frameOf(CLOSE, Buffer.of(0x03, 0xe8), 'down');
  }

  private message(direction: Direction, isBinary: boolean, message: Buffer, bytes: Buffer): Item {
    if (message.length === 0) return { bytes };
    const { channel, payload } = this.codec.decode(message, isBinary);
    // The server says an empty word at first, to show that it is there.
    if (payload.length === 0) return { bytes };
    const data = { payload, last: false, reset: false };
    if (this.ports === undefined) {
      const stream = COMMAND[channel];
      return stream === undefined ? { bytes } : { bytes, chunk: { ...data, stream, connection: 0, port: 0 } };
    }
    if (direction === 'down' && payload.length === PREFIX_BYTES && !this.announced.has(channel)) {
      this.announced.add(channel);
      return { bytes };
    }
    const connection = Math.floor(channel / 2);
    const stream = channel % 2 === 0 ? 'data' : 'error';
    return { bytes, chunk: { ...data, stream, connection, port: this.ports[connection] ?? 0 } };
  }
}

async function readFrame(source: ByteSource): Promise<Frame | null> {
  if (!(await source.has(2))) return null;
  const [first = 0, second = 0] = source.peek();
  const short = second & 0x7f;
  const masked = (second & MASKED) !== 0;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const headerBytes = 2 + lengthBytes + (masked ? 4 : 0);
  if (!(await source.has(headerBytes))) return null;
  const header = source.peek();
  const length = lengthBytes === 0 ? short : lengthBytes === 2 ? header.readUInt16BE(2) : header.readUIntBE(4, 6);
  if (!(await source.has(headerBytes + length))) return null;
  const bytes = source.take(headerBytes + length);
  const payload = bytes.subarray(headerBytes);
  return {
    fin: (first & FIN) !== 0,
    opcode: first & 0x0f,
    payload: masked ? unmasked(payload, bytes.subarray(headerBytes - 4, headerBytes)) : payload,
    bytes,
  };
}

function unmasked(payload: Buffer, key: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(payload.length);
  for (let i = 0; i < payload.length; i++) plain[i] = (payload[i] ?? 0) ^ (key[i & 3] ?? 0);
  return plain;
}

/** One whole message. A client has to mask; with a key of zeros that changes nothing. */
function frameOf(opcode: number, payload: Buffer, direction: Direction): Buffer {
  const mask = direction === 'up' ? MASKED : 0;
  const { length } = payload;
  const header = Buffer.alloc(10);
  header[0] = FIN | opcode;
  let headerBytes = 2;
  if (length < 126) {
    header[1] = mask | length;
  } else if (length < 0x10000) {
    header[1] = mask | 126;
    headerBytes += header.writeUInt16BE(length, 2) - 2;
  } else {
    header[1] = mask | 127;
    headerBytes += header.writeUIntBE(length, 4, 6) - 2;
  }
  return Buffer.concat([header.subarray(0, headerBytes), Buffer.alloc(mask === 0 ? 0 : 4), payload]);
}
