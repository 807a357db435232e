import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeControl,
  encodeDataHeader,
  MAX_LENGTH,
  type ControlFrame,
} from '../../../src/client/streaming/spdy/frame.js';
import { FrameReader, MAX_CONTROL_BYTES, type FrameSink } from '../../../src/client/streaming/spdy/reader.js';

type Seen = ControlFrame | { data: number; flags: number; payload: string } | { unknown: number; length: number };

/** Notes whole frames, checking that the pieces of DATA frames come in order and without gaps. */
class Collector implements FrameSink {
  readonly seen: Seen[] = [];
  private readonly pieces: Buffer[] = [];

  control(frame: ControlFrame): void {
    this.seen.push('block' in frame ? { ...frame, block: Buffer.from(frame.block) } : frame);
  }

  unknown(type: number, _flags: number, length: number): void {
    this.seen.push({ unknown: type, length });
  }

  data(stream: number, flags: number, piece: Buffer, offset: number, length: number): void {
    expect(offset).toBe(this.pieces.reduce((sum, part) => sum + part.length, 0));
    this.pieces.push(Buffer.from(piece));
    if (offset + piece.length < length) return;
    this.seen.push({ data: stream, flags, payload: Buffer.concat(this.pieces).toString('hex') });
    this.pieces.length = 0;
  }
}

const id = fc.integer({ min: 0, max: 0x7fffffff });
const uint32 = fc.nat(0xffffffff);
const flags = fc.nat(255);
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const setting = fc.record({ flags, id: fc.nat(0xffffff), value: uint32 });
const control: fc.Arbitrary<ControlFrame> = fc.oneof(
  fc.record({
    type: fc.constant('SYN_STREAM' as const),
    stream: id,
    associated: id,
    priority: fc.nat(7),
    flags,
    block: bytes,
  }),
  fc.record({ type: fc.constantFrom('SYN_REPLY' as const, 'HEADERS' as const), stream: id, flags, block: bytes }),
  fc.record({ type: fc.constant('RST_STREAM' as const), stream: id, status: uint32 }),
  fc.record({ type: fc.constant('SETTINGS' as const), flags, settings: fc.array(setting, { maxLength: 5 }) }),
  fc.record({ type: fc.constant('PING' as const), id: uint32 }),
  fc.record({ type: fc.constant('GOAWAY' as const), lastStream: id, status: uint32 }),
  fc.record({ type: fc.constant('WINDOW_UPDATE' as const), stream: id, delta: id }),
);
const data = fc.record({ data: id, flags, payload: bytes.map((payload) => payload.toString('hex')) });
const unknown = fc.record({ unknown: fc.constantFrom(0, 5, 10, 0xffff), length: fc.nat(300) });

function encode(frame: Seen): Buffer {
  if ('data' in frame) {
    const payload = Buffer.from(frame.payload, 'hex');
    return Buffer.concat([encodeDataHeader(frame.data, frame.flags, payload.length), payload]);
  }
  if ('unknown' in frame) return Buffer.concat([header(3, frame.unknown, frame.length), Buffer.alloc(frame.length)]);
  return encodeControl(frame);
}

function header(version: number, type: number, length: number): Buffer {
  const result = Buffer.alloc(8);
  result.writeUInt16BE(0x8000 | version, 0);
  result.writeUInt16BE(type, 2);
  result.writeUInt32BE(length, 4);
  return result;
}

test('any frames, cut into any chunks, come out as they went in', () => {
  const frames = fc.array(fc.oneof(control, data, unknown), { minLength: 1, maxLength: 12 });
  const cuts = fc.infiniteStream(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 })));
  fc.assert(
    fc.property(frames, cuts, (list, sizes) => {
      const wire = Buffer.concat(list.map(encode));
      const collector = new Collector();
      const reader = new FrameReader(collector);
      for (let at = 0; at < wire.length;) {
        const size = sizes.next().value as number;
        reader.push(wire.subarray(at, at + size));
        at += size;
      }
      expect(collector.seen).toEqual(list);
      expect(reader.atBoundary).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('frames have the layout of the specification', () => {
  expect(encodeControl({ type: 'RST_STREAM', stream: 5, status: 5 }).toString('hex')).toBe(
    '80030003' + '00000008' + '00000005' + '00000005',
  );
  const syn = { type: 'SYN_STREAM', stream: 1, associated: 0, priority: 7, flags: 1, block: Buffer.of(0xab) } as const;
  expect(encodeControl(syn).toString('hex')).toBe('80030001' + '0100000b' + '00000001' + '00000000' + 'e000' + 'ab');
  expect(encodeDataHeader(3, 1, 0x010203).toString('hex')).toBe('00000003' + '01010203');
});

test('a DATA frame of 16 MiB is passed on while it comes, and holds up nothing', () => {
  const collector = {
    control: () => undefined,
    unknown: () => undefined,
    bytes: 0,
    data: (_s: number, _f: number, piece: Buffer) => void (collector.bytes += piece.length),
  };
  const reader = new FrameReader(collector);
  reader.push(encodeDataHeader(1, 0, MAX_LENGTH));
  reader.push(Buffer.alloc(1000));
  expect(collector.bytes).toBe(1000);
  expect(reader.atBoundary).toBe(false);
});

test('the reserved bit before stream ids is ignored', () => {
  const collector = new Collector();
  const frame = encodeControl({ type: 'RST_STREAM', stream: 5, status: 1 });
  frame.writeUInt32BE(0x80000005, 8);
  new FrameReader(collector).push(frame);
  expect(collector.seen).toEqual([{ type: 'RST_STREAM', stream: 5, status: 1 }]);
});

test.each([
  ['another version', header(2, 1, 10), /SPDY version 2 instead of 3/],
  ['text', Buffer.from('\xc8TTP/1.1 400 Bad Request', 'latin1'), /SPDY version 18516 instead of 3/],
  [
    'an oversized control frame',
    header(3, 1, MAX_LENGTH),
    new RegExp(`16777215 bytes, more than ${MAX_CONTROL_BYTES}`),
  ],
  ['a short SYN_STREAM', Buffer.concat([header(3, 1, 9), Buffer.alloc(9)]), /SYN_STREAM frame of 9 bytes.*at least 10/],
  ['an empty SYN_REPLY', header(3, 2, 0), /SYN_REPLY frame of 0 bytes; it needs at least 4/],
  ['a long PING', Buffer.concat([header(3, 6, 5), Buffer.alloc(5)]), /PING frame of 5 bytes; it needs 4/],
  [
    'SETTINGS that announce too many',
    Buffer.concat([header(3, 4, 4), Buffer.of(0xff, 0xff, 0xff, 0xff)]),
    /SETTINGS frame of 4 bytes/,
  ],
])('%s is refused by name', (_what, wire, message) => {
  expect(() => new FrameReader(new Collector()).push(wire)).toThrow(message);
});

test('a frame that does not fit its length field cannot be sent', () => {
  const block = Buffer.alloc(MAX_LENGTH);
  expect(() => encodeControl({ type: 'HEADERS', stream: 1, flags: 0, block })).toThrow(RangeError);
});
