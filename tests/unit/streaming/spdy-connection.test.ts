import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BACKLOG_LIMIT } from '../../../src/client/streaming/channel.js';
import { StreamError } from '../../../src/client/streaming/error.js';
import { SpdyConnection } from '../../../src/client/streaming/spdy/connection.js';
import type { SpdyStream } from '../../../src/client/streaming/spdy/stream.js';
import { Transcript } from '../../../src/client/streaming/transcript.js';
import { readAll, rejection, socketPair } from './support.js';

const BOTH = { readable: true, writable: true };
const named = (name: string): Map<string, string> => new Map([['streamtype', name]]);

const refusal = new StreamError('closed', 'not wanted');

const WARM_UP = 16 << 20;
const LAST_WORDS = 140_000;

interface Pair {
  client: SpdyConnection;
  server: SpdyConnection;
  transcript: Transcript;
  sockets: [Socket, Socket];
}

/** Both roles on a real TCP connection; the server does with new streams what `accept` says, else echoes them. */
async function connect(accept: (stream: SpdyStream) => void = echo): Promise<Pair> {
  const sockets = await socketPair();
  const transcript = new Transcript();
  const client = new SpdyConnection(sockets[0], { role: 'client', transcript });
  const server = new SpdyConnection(sockets[1], { role: 'server', transcript: new Transcript(), accept });
  client.start();
  server.start();
  return { client, server, transcript, sockets };
}

function echo(stream: SpdyStream): void {
  stream.reply();
  stream.channel.pipe(stream.channel);
}

async function openStream(connection: SpdyConnection, name = 'data'): Promise<SpdyStream> {
  const stream = connection.openStream(named(name), BOTH);
  await stream.accepted;
  return stream;
}

test('a stream carries bytes both ways and each side ends it for itself', async () => {
  const { client } = await connect();
  const { channel } = await openStream(client);
  channel.write('hello ');
  channel.end('world');
  expect((await readAll(channel)).toString()).toBe('hello world');
});

test('headers arrive with their stream', async () => {
  let seen: unknown;
  const { client } = await connect((stream) => {
    seen = [...stream.headers];
    stream.reply();
  });
  const headers = { streamtype: 'data', port: '80', requestid: '7' };
  await client.openStream(new Map(Object.entries(headers)), BOTH).accepted;
  expect(seen).toEqual(Object.entries(headers));
});

test('any writes on any number of streams arrive whole and apart', async () => {
  const write = fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 60_000, max: 300_000 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(write, { maxLength: 5 }), { minLength: 1, maxLength: 6 }), async (plan) => {
      const { client } = await connect();
      await Promise.all(
        plan.map(async (sizes, index) => {
          const { channel } = await openStream(client, `data ${index}`);
          const sent = sizes.map((size, turn) => Buffer.alloc(size, 16 * index + turn));
          const received = readAll(channel);
          for (const piece of sent) channel.write(piece);
          channel.end();
          expect((await received).equals(Buffer.concat(sent))).toBe(true);
        }),
      );
      client.close();
      await client.closed;
    }),
    { numRuns: 25 },
  );
});

test('64 MiB each way are the same at the other end', async () => {
  const { client } = await connect();
  const { channel } = await openStream(client);
  const block = Buffer.from(Array.from({ length: 1 << 16 }, (_, i) => (i * 7919) >> 5));
  const count = (64 << 20) / block.length;
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  channel.on('data', (piece: Buffer) => received.update(piece));
  function* blocks(): Generator<Buffer> {
    for (let i = 0; i < count; i++) {
      sent.update(block);
      yield block;
    }
  }
  await Promise.all([pipeline(blocks, channel, { end: true }), once(channel, 'end')]);
  expect(received.digest('hex')).toBe(sent.digest('hex'));
});

test('a reader that is slow holds up the sender, in bounded memory, and loses nothing', async () => {
  const total = 24 * BACKLOG_LIMIT;
  let sent = 0;
  const { client } = await connect((stream) => {
    stream.reply();
    const piece = Buffer.alloc(64 * 1024, 'x');
    const next = (): void => {
      while (sent < total) {
        sent += piece.length;
        if (!stream.channel.write(piece)) return void stream.channel.once('drain', next);
      }
      stream.channel.end();
    };
    next();
  });
  const { channel } = await openStream(client);
  await delay(300);
  // The channel's own backlog and what the kernel holds for both sockets.
  expect(sent).toBeLessThan(total / 2);
  let length = 0;
  channel.on('data', (piece: Buffer) => void (length += piece.length));
  await once(channel, 'end');
  expect(length).toBe(total);
});

test('one stream nobody reads blocks the others only beyond its backlog, and not once it is gone', async () => {
  const { client } = await connect((stream) => {
    stream.reply();
    if (stream.headers.get('streamtype') === 'flood') stream.channel.write(Buffer.alloc(4 * BACKLOG_LIMIT));
    else stream.channel.end('through');
  });
  const flood = await openStream(client, 'flood');
  const opening = openStream(client, 'other');
  expect(await Promise.race([opening, delay(200, 'blocked')])).toBe('blocked');
  flood.channel.destroy();
  expect((await readAll((await opening).channel)).toString()).toBe('through');
});

test('a refused stream rejects, the connection lives on', async () => {
  const { client } = await connect((stream) => {
    if (stream.headers.get('streamtype') === 'data') echo(stream);
    else stream.reset('REFUSED_STREAM', refusal);
  });
  const refused = client.openStream(named('nonsense'), BOTH);
  expect((await rejection(refused.accepted)).message).toMatch(/reset stream 1 \(streamtype nonsense\): REFUSED_STREAM/);
  const { channel } = await openStream(client);
  channel.end('alive');
  expect((await readAll(channel)).toString()).toBe('alive');
});

test('a side that accepts no streams refuses them', async () => {
  const { client, server } = await connect();
  expect((await rejection(server.openStream(named('push'), BOTH).accepted)).message).toMatch(/REFUSED_STREAM/);
  const { channel } = await openStream(client);
  channel.end();
  await readAll(channel);
});

test('a reset after data reads as the end, and fails who goes on writing', async () => {
  const { client } = await connect((stream) => {
    stream.reply();
    stream.channel.write('all there is', () => stream.reset('CANCEL', refusal));
  });
  const { channel } = await openStream(client);
  expect((await readAll(channel)).toString()).toBe('all there is');
  await new Promise((resolve) => channel.once('close', resolve));
  expect(channel.errored?.message).toMatch(/reset stream 1 .*CANCEL/);
});

test('destroying a channel resets its stream at the peer', async () => {
  let far: SpdyStream | undefined;
  const { client } = await connect((stream) => {
    far = stream;
    stream.reply();
  });
  const { channel } = await openStream(client);
  channel.write('x');
  channel.destroy();
  if (far === undefined) throw new Error('no stream was accepted');
  expect((await readAll(far.channel)).toString()).toBe('x');
});

test('pings go both ways, each side with its own ids', async () => {
  const { client, server, transcript } = await connect();
  await Promise.all([client.ping(), client.ping(), server.ping()]);
  const pings = transcript.frames().filter(({ kind }) => kind === 'PING');
  expect(pings.map(({ direction, preview }) => `${direction} ${preview}`).sort()).toEqual([
    'in id 1',
    'in id 2',
    'in id 3',
    'out echo of id 2',
    'out id 1',
    'out id 3',
  ]);
});

test('close resets streams, says GOAWAY and ends both sides in order', async () => {
  const { client, server, transcript } = await connect((stream) => {
    stream.reply();
    stream.channel.write('half');
  });
  const { channel } = await openStream(client);
  await once(channel, 'readable');
  client.close();
  expect(await client.closed).toEqual({ how: 'end', detail: 'closed by this side' });
  expect(await server.closed).toEqual({ how: 'end', detail: 'the peer sent GOAWAY and ended' });
  expect((await readAll(channel)).toString()).toBe('half');
  const kinds = transcript.frames().map(({ direction, kind }) => `${direction} ${kind}`);
  expect(kinds.slice(-3)).toEqual(['out RST_STREAM', 'out GOAWAY', 'out close']);
  expect(() => client.openStream(named('late'), BOTH)).toThrow(/no stream can be opened any more/);
});

test('a peer that does not follow a close is cut off', async () => {
  const [near, far] = await socketPair({ allowHalfOpen: true });
  far.resume();
  const client = new SpdyConnection(near, { role: 'client', transcript: new Transcript() });
  client.start();
  const startedAt = performance.now();
  client.close();
  expect(await client.closed).toMatchObject({ how: 'end' });
  expect(performance.now() - startedAt).toBeGreaterThan(1900);
});

test('destroy resets the connection: the peer sees neither GOAWAY nor an orderly end', async () => {
  const { client, server } = await connect();
  const { channel } = await openStream(client);
  client.destroy();
  expect(await client.closed).toMatchObject({ how: 'reset' });
  expect((await rejection(readAll(channel))).message).toMatch(/reset by this client/);
  const closing = await server.closed;
  expect(closing.how).toBe('reset');
  expect(closing.detail).toMatch(/ECONNRESET.*stream 1/);
});

test('a connection that breaks fails its streams, after what had arrived, and its pings', async () => {
  const { client, sockets } = await connect((stream) => {
    stream.reply();
    stream.channel.write('some');
  });
  const { channel } = await openStream(client);
  await once(channel, 'readable');
  sockets[1].removeAllListeners('data');
  const ping = client.ping();
  sockets[1].resetAndDestroy();
  expect((await rejection(ping)).message).toMatch(/ECONNRESET/);
  const got: string[] = [];
  channel.on('data', (piece: Buffer) => got.push(piece.toString()));
  expect((await rejection(once(channel, 'end'))).message).toMatch(/ECONNRESET/);
  expect(got).toEqual(['some']);
});

test('after a write that failed, what the peer had sent is still read', async () => {
  let far: SpdyStream | undefined;
  const { client, sockets } = await connect((stream) => {
    stream.reply();
    far = stream;
  });
  const { channel } = await openStream(client);
  const [near, peer] = sockets;
  // After some traffic the kernel grants a receive window that holds more than Node reads ahead.
  let length = 0;
  channel.on('data', (piece: Buffer) => void (length += piece.length));
  far?.channel.write(Buffer.alloc(WARM_UP));
  while (length < WARM_UP) await delay(5);
  near.pause();
  peer.pause();
  channel.write(Buffer.alloc(1 << 20));
  await delay(20);
  // Like a runtime whose command ended: it sends what it has and closes over unread input, so the kernel resets.
  await new Promise((resolve) => far?.channel.write(Buffer.alloc(LAST_WORDS), resolve));
  peer.destroy();
  await delay(20);
  channel.write(Buffer.alloc(1 << 20));
  await delay(20);
  near.resume();
  await client.closed;
  await delay(20);
  expect(length).toBe(WARM_UP + LAST_WORDS);
});
