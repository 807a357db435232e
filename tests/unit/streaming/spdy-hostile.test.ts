import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openExec, type StreamError } from '../../../src/client/streaming/index.js';
import { encodeControl, encodeDataHeader, MAX_LENGTH } from '../../../src/client/streaming/spdy/frame.js';
import { HeaderCompressor } from '../../../src/client/streaming/spdy/headers.js';
import { ANSWER, rawServer, streamError, WANT } from './support.js';

/** Time enough for much to arrive on a machine that is busy, too. */
const LONG_MS = 2000;
const SPDY = { transport: 'spdy', connectTimeoutMs: 400 } as const;
const bomb = deflateSync(Buffer.alloc(100 << 20), { finishFlush: constants.Z_SYNC_FLUSH });
const reply = (stream: number, block: Buffer): Buffer => encodeControl({ type: 'SYN_REPLY', stream, flags: 0, block });
const empty = (): Buffer => new HeaderCompressor().compress(new Map());

/** Opens an exec against a peer that answers the upgrade, and then the first stream with these bytes, or goes on as it likes. */
async function attack(
  after: Buffer | ((socket: Socket) => void),
  answer = ANSWER,
  connectTimeoutMs: number = SPDY.connectTimeoutMs,
): Promise<StreamError> {
  const url = await rawServer((socket) => {
    socket.once('data', () => {
      socket.write(answer);
      if (typeof after === 'function') after(socket);
      else socket.once('data', () => socket.write(after));
    });
  });
  return streamError(openExec(url, WANT, { ...SPDY, connectTimeoutMs }));
}

/** Writes as fast as the peer reads. */
function flood(socket: Socket, frame: Buffer): void {
  const batch = Buffer.concat(Array<Buffer>(Math.max(1, Math.floor(65536 / frame.length))).fill(frame));
  const next = (): void => {
    while (!socket.destroyed && socket.write(batch));
  };
  socket.on('drain', next);
  next();
}

test.each([
  ['text instead of frames', Buffer.from('\xffatever you want', 'latin1'), /SPDY version \d+ instead of 3/],
  ['an oversized header block', Buffer.from('8003000200ffffff', 'hex'), /type 2 with 16777215 bytes/],
  ['a compression bomb', reply(1, bomb), /unpacks to more than 1048576 bytes/],
  ['a header block of garbage', reply(1, Buffer.from('garbage')), /no zlib header/],
  ['a refusal', encodeControl({ type: 'RST_STREAM', stream: 1, status: 3 }), /reset stream 1 .*error.*REFUSED_STREAM/],
  ['GOAWAY', encodeControl({ type: 'GOAWAY', lastStream: 0, status: 2 }), /takes no streams .GOAWAY status 2/],
  ['DATA before SYN_REPLY', Buffer.concat([encodeDataHeader(1, 0, 1), Buffer.of(1)]), /DATA before the SYN_REPLY/],
  [
    'a stream id of ours',
    encodeControl({ type: 'SYN_STREAM', stream: 3, associated: 0, priority: 0, flags: 0, block: empty() }),
    /SYN_STREAM with id 3/,
  ],
])('%s ends the attempt with an error that names it', async (_what, bytes, message) => {
  const error = await attack(bytes);
  expect(error.message).toMatch(message);
  expect(error.code).toMatch(/protocol|closed/);
});

test('silence ends at the deadline, naming the stream and the last frame', async () => {
  const error = await attack(encodeControl({ type: 'SETTINGS', flags: 0, settings: [{ flags: 0, id: 4, value: 9 }] }));
  expect(error.code).toBe('timeout');
  expect(error.message).toBe(
    'no SYN_REPLY for stream 1 (streamtype error); last received: SETTINGS 4=9 (waited 400 ms; see the runtime log)',
  );
});

test('a peer that vanishes says so', async () => {
  expect((await attack((socket) => void socket.end())).message).toMatch(/session ended: .*stream 1/);
  expect((await attack((socket) => void setTimeout(() => socket.resetAndDestroy(), 20))).message).toMatch(/ECONNRESET/);
});

test.each([
  ['unknown frames', Buffer.concat([Buffer.from('8003006300000010', 'hex'), Buffer.alloc(16)]), /type 99/],
  [
    'one endless unknown frame',
    Buffer.concat([Buffer.from('8003006300ffffff', 'hex'), Buffer.alloc(MAX_LENGTH)]),
    /type 99/,
  ],
  ['pings', encodeControl({ type: 'PING', id: 2 }), /PING/],
  ['DATA of a stream never opened', Buffer.concat([encodeDataHeader(9, 0, 8), Buffer.alloc(8)]), /DATA/],
  ['DATA of stream 0', encodeDataHeader(0, 0, 0), /DATA/],
  ['WINDOW_UPDATE', encodeControl({ type: 'WINDOW_UPDATE', stream: 1, delta: 1 }), /WINDOW_UPDATE/],
])('a flood of %s ends at the deadline in bounded memory', async (_what, frame, message) => {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const error = await attack((socket) => flood(socket, frame), ANSWER, LONG_MS);
  expect(error.code).toBe('timeout');
  expect(error.message).toMatch(message);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
});

test('endless HEADERS add nothing but time', async () => {
  const error = await attack(
    (socket) => {
      const compressor = new HeaderCompressor();
      const block = (value: number): Buffer => compressor.compress(new Map([['x', String(value)]]));
      for (let i = 0; i < 500; i++)
        socket.write(encodeControl({ type: 'HEADERS', stream: 1, flags: 0, block: block(i) }));
    },
    ANSWER,
    LONG_MS,
  );
  expect(error.message).toMatch(/last received: HEADERS x: 499/);
});

test.each([
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'protocol', /Parse Error/],
  ['101 without an Upgrade header', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'protocol', /Upgrade ''/],
  ['another upgrade', ANSWER.replace('SPDY/3.1', 'h2c'), 'protocol', /Upgrade 'h2c' instead of SPDY\/3.1/],
  ['a protocol not offered', ANSWER.replace('v4.', 'v9.'), 'protocol', /chose the protocol 'v9.channel.k8s.io'/],
  ['no protocol', ANSWER.replace(/X-Stream.*\r\n/, ''), 'protocol', /chose the protocol ''/],
  ['endless headers', `HTTP/1.1 101 S\r\n${'X-A: b\r\n'.repeat(10_000)}`, 'protocol', /Header overflow/],
  ['a refusal', 'HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nouch', 'refused', /HTTP 500, "ouch"/],
] as const)('an upgrade answered with %s is an error that names it', async (_what, answer, code, message) => {
  const error = await attack(Buffer.alloc(0), answer);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

test('the body of a refusal is cut at 64 KiB', async () => {
  const error = await attack((socket) => flood(socket, Buffer.alloc(1000, 'x')), 'HTTP/1.1 403 Forbidden\r\n\r\n');
  expect(error).toMatchObject({ code: 'refused', httpStatus: 403 });
  expect(error.body).toHaveLength(65536);
});

test('an upgrade that is never answered ends at the deadline', async () => {
  const url = await rawServer((socket) => void socket.resume());
  const error = await streamError(openExec(url, WANT, { ...SPDY, connectTimeoutMs: 100 }));
  expect(error.code).toBe('timeout');
  expect(error.message).toMatch(/no answer to the SPDY upgrade of .*waited 100 ms/);
  await delay(10);
});
