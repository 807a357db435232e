import type { Duplex } from 'node:stream';
import { constants, createDeflate, createInflate, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DICTIONARY, DICTIONARY_ID } from '../../../src/client/streaming/spdy/dictionary.js';
import {
  decodePairs,
  encodePairs,
  HeaderCompressor,
  HeaderDecompressor,
  type StreamHeaders,
} from '../../../src/client/streaming/spdy/headers.js';

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const value = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ minLength: 5000, maxLength: 6000 }));
const headers = fc.dictionary(name, value, { maxKeys: 8 }).map((entries) => new Map(Object.entries(entries)));
const blocks = fc.array(headers, { minLength: 1, maxLength: 20 });
const SYNC = { dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH };

/** Runs blocks through one of Node's zlib streams, which keep the state this code keeps by hand. */
async function throughZlib(stream: Duplex, inputs: Buffer[]): Promise<Buffer[]> {
  const outputs: Buffer[] = [];
  for (const input of inputs) {
    const pieces: Buffer[] = [];
    const collect = (piece: Buffer): void => void pieces.push(piece);
    stream.on('data', collect);
    await new Promise((resolve) => stream.write(input, resolve));
    stream.off('data', collect);
    outputs.push(Buffer.concat(pieces));
  }
  stream.destroy();
  return outputs;
}

function decompressor(): (block: Buffer) => StreamHeaders {
  const state = new HeaderDecompressor();
  return (block) => state.decompress(block);
}

test('the dictionary is the one of SPDY/3', () => {
  expect(deflateSync(Buffer.of(1), { dictionary: DICTIONARY }).readUInt32BE(2)).toBe(DICTIONARY_ID);
});

test('what is compressed can be unpacked, block after block', () => {
  fc.assert(
    fc.property(blocks, (list) => {
      const compressor = new HeaderCompressor();
      const unpack = decompressor();
      for (const item of list) expect([...unpack(compressor.compress(item))]).toEqual([...item]);
    }),
    { numRuns: 50 },
  );
});

test('zlib reads what is written here as one stream, and the reverse', async () => {
  await fc.assert(
    fc.asyncProperty(blocks, async (list) => {
      const compressor = new HeaderCompressor();
      const plain = list.map(encodePairs);
      const inflated = await throughZlib(
        createInflate(SYNC),
        list.map((item) => compressor.compress(item)),
      );
      expect(inflated.map((block) => block.toString('hex'))).toEqual(plain.map((block) => block.toString('hex')));
      const unpack = decompressor();
      for (const [index, block] of (await throughZlib(createDeflate(SYNC), plain)).entries()) {
        expect([...unpack(block)]).toEqual([...(list[index] ?? [])]);
      }
    }),
    { numRuns: 20 },
  );
});

test('names travel in lower case', () => {
  expect(decodePairs(encodePairs(new Map([['streamType', 'stdin']]))).get('streamtype')).toBe('stdin');
});

test('stored blocks without a dictionary are understood', () => {
  const plain = encodePairs(new Map([['a', 'b']]));
  const stored = Buffer.alloc(5);
  stored.writeUInt16LE(plain.length, 1);
  stored.writeUInt16LE(~plain.length & 0xffff, 3);
  const block = Buffer.concat([Buffer.of(0x78, 0x01), stored, plain, Buffer.of(0, 0, 0, 0xff, 0xff)]);
  expect(decompressor()(block).get('a')).toBe('b');
});

const word = (number: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};
const text = (string: string): Buffer => Buffer.concat([word(string.length), Buffer.from(string)]);

test.each([
  ['a count without headers', [word(1)], /a length has 4 bytes where 0 are left/],
  ['an endless list', [word(1_000_000)], /announces 1000000 headers, more than 1000/],
  ['a length beyond the block', [word(1), word(0xffffffff)], /name 1 has 4294967295 bytes where 0 are left/],
  ['an upper-case name', [word(1), text('streamType'), text('x')], /streamType, which is not in lower case/],
  ['a name twice', [word(2), text('a'), text('x'), text('a'), text('y')], /has the name a twice/],
  ['an empty name', [word(1), text(''), text('x')], /empty name/],
  ['trailing bytes', [word(0), Buffer.from('junk')], /goes on for 4 bytes/],
])('%s is refused by name', (_what, parts, message) => {
  expect(() => decodePairs(Buffer.concat(parts))).toThrow(message);
});

test.each([
  ['not zlib', Buffer.from('garbage'), /starts with 6761, which is no zlib header/],
  ['nothing', Buffer.alloc(0), /shorter than a zlib header/],
  ['another dictionary', deflateSync('x', { dictionary: Buffer.from('other') }), /dictionary .* not that of SPDY/],
  ['a cut block', new HeaderCompressor().compress(new Map([['a', 'b']])).subarray(0, -2), /sync flush/],
  ['broken deflate', Buffer.from('7801ffffffff0000ffff', 'hex'), /cannot be unpacked/],
])('%s is refused by name', (_what, block, message) => {
  expect(() => decompressor()(block)).toThrow(message);
});

test('a compression bomb stops at 1 MiB', () => {
  const bomb = deflateSync(Buffer.alloc(200 * 1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  const before = process.memoryUsage().arrayBuffers;
  expect(() => decompressor()(bomb)).toThrow(/unpacks to more than 1048576 bytes/);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
});
