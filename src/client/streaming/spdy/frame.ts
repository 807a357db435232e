import { StreamError } from '../error.js';

/** What goes on the wire for both SPDY/3 and SPDY/3.1. */
export const VERSION = 3;
export const HEADER_BYTES = 8;
export const MAX_LENGTH = 0xffffff;

/** DATA, SYN_STREAM, SYN_REPLY, HEADERS: the sender sends no more on this stream. */
export const FLAG_FIN = 0x01;
/** SYN_STREAM: the receiver must not send on this stream. */
export const FLAG_UNIDIRECTIONAL = 0x02;

export const TYPES = {
  SYN_STREAM: 1,
  SYN_REPLY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  HEADERS: 8,
  WINDOW_UPDATE: 9,
} as const;

/** Why a stream was reset; the number is the status on the wire. */
export const RESET_STATUS = {
  PROTOCOL_ERROR: 1,
  INVALID_STREAM: 2,
  REFUSED_STREAM: 3,
  UNSUPPORTED_VERSION: 4,
  CANCEL: 5,
  INTERNAL_ERROR: 6,
  FLOW_CONTROL_ERROR: 7,
  STREAM_IN_USE: 8,
  STREAM_ALREADY_CLOSED: 9,
  FRAME_TOO_LARGE: 11,
} as const;
export type ResetReason = keyof typeof RESET_STATUS;

interface Setting {
  flags: number;
  id: number;
  value: number;
}

/** Every frame but DATA, whose payload is passed on as it comes (see reader.ts). `block` is still compressed. */
export type ControlFrame =
  | { type: 'SYN_STREAM'; stream: number; associated: number; priority: number; flags: number; block: Buffer }
  | { type: 'SYN_REPLY' | 'HEADERS'; stream: number; flags: number; block: Buffer }
  | { type: 'RST_STREAM'; stream: number; status: number }
  | { type: 'SETTINGS'; flags: number; settings: Setting[] }
  | { type: 'PING'; id: number }
  | { type: 'GOAWAY'; lastStream: number; status: number }
  | { type: 'WINDOW_UPDATE'; stream: number; delta: number };

/** Header of a DATA frame; the payload follows. */
export function encodeDataHeader(stream: number, flags: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  bytes.writeUInt32BE(stream, 0);
  bytes.writeUInt32BE(flags * 0x1000000 + length, 4);
  return bytes;
}

/** A whole control frame. Throws a RangeError for a payload beyond the 24 bits of the length. */
export function encodeControl(frame: ControlFrame): Buffer {
  switch (frame.type) {
    case 'SYN_STREAM':
      return control(frame.type, frame.flags, [
        words(frame.stream, frame.associated),
        Buffer.of(frame.priority << 5, 0),
        frame.block,
      ]);
    case 'SYN_REPLY':
    case 'HEADERS':
      return control(frame.type, frame.flags, [words(frame.stream), frame.block]);
    case 'RST_STREAM':
      return control(frame.type, 0, [words(frame.stream, frame.status)]);
    case 'SETTINGS':
      return control(frame.type, frame.flags, [
        words(frame.settings.length),
        ...frame.settings.map(({ flags, id, value }) => words(flags * 0x1000000 + id, value)),
      ]);
    case 'PING':
      return control(frame.type, 0, [words(frame.id)]);
    case 'GOAWAY':
      return control(frame.type, 0, [words(frame.lastStream, frame.status)]);
    case 'WINDOW_UPDATE':
      return control(frame.type, 0, [words(frame.stream, frame.delta)]);
  }
}

function control(type: keyof typeof TYPES, flags: number, parts: Buffer[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > MAX_LENGTH) throw new RangeError(`a ${type} frame of ${length} bytes does not fit a SPDY frame`);
  header.writeUInt16BE(0x8000 | VERSION, 0);
  header.writeUInt16BE(TYPES[type], 2);
  header.writeUInt32BE(flags * 0x1000000 + length, 4);
  return Buffer.concat([header, ...parts]);
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}

const ID_MASK = 0x7fffffff;

/**
 * Reads the payload of a control frame; undefined for a type that SPDY/3 does not know, which receivers ignore.
 * Throws a StreamError `protocol` naming a payload of the wrong size.
 */
export function decodeControl(type: number, flags: number, payload: Buffer): ControlFrame | undefined {
  const need = (name: string, bytes: number, exact: boolean): void => {
    if (exact ? payload.length === bytes : payload.length >= bytes) return;
    const size = exact ? `${bytes}` : `at least ${bytes}`;
    throw new StreamError('protocol', `SPDY ${name} frame of ${payload.length} bytes; it needs ${size}`);
  };
  const id = (offset: number): number => payload.readUInt32BE(offset) & ID_MASK;
  switch (type) {
    case TYPES.SYN_STREAM:
      need('SYN_STREAM', 10, false);
      return {
        type: 'SYN_STREAM',
        stream: id(0),
        associated: id(4),
        priority: payload.readUInt8(8) >> 5,
        flags,
        block: payload.subarray(10),
      };
    case TYPES.SYN_REPLY:
    case TYPES.HEADERS: {
      const name = type === TYPES.HEADERS ? 'HEADERS' : 'SYN_REPLY';
      need(name, 4, false);
      return { type: name, stream: id(0), flags, block: payload.subarray(4) };
    }
    case TYPES.RST_STREAM:
      need('RST_STREAM', 8, true);
      return { type: 'RST_STREAM', stream: id(0), status: payload.readUInt32BE(4) };
    case TYPES.SETTINGS:
      need('SETTINGS', 4, false);
      need('SETTINGS', 4 + 8 * payload.readUInt32BE(0), true);
      return { type: 'SETTINGS', flags, settings: decodeSettings(payload) };
    case TYPES.PING:
      need('PING', 4, true);
      return { type: 'PING', id: payload.readUInt32BE(0) };
    case TYPES.GOAWAY:
      need('GOAWAY', 8, true);
      return { type: 'GOAWAY', lastStream: id(0), status: payload.readUInt32BE(4) };
    case TYPES.WINDOW_UPDATE:
      need('WINDOW_UPDATE', 8, true);
      return { type: 'WINDOW_UPDATE', stream: id(0), delta: id(4) };
    default:
      return undefined;
  }
}

function decodeSettings(payload: Buffer): Setting[] {
  const settings: Setting[] = [];
  for (let offset = 4; offset < payload.length; offset += 8) {
    const word = payload.readUInt32BE(offset);
    settings.push({ flags: word >>> 24, id: word & 0xffffff, value: payload.readUInt32BE(offset + 4) });
  }
  return settings;
}

/** The name of a reset status, for messages. */
export function resetName(status: number): string {
  const known = Object.entries(RESET_STATUS).find(([, number]) => number === status);
  return known?.[0] ?? `status ${status}`;
}
