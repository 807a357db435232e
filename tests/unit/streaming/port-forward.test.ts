import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { openPortForward, type PortForwardSession } from '../../../src/client/streaming/index.js';
import { listenHttp, readAll, spdyServer, streamError } from './support.js';

describe('over SPDY', () => {
  /** A pod whose ports echo, but for 1, which nobody listens on, and 2, which is never answered. */
  async function open(connectTimeoutMs?: number): Promise<PortForwardSession> {
    const halves = new Map<string, Duplex>();
    const url = await spdyServer((stream) => {
      const { headers, channel } = stream;
      const id = headers.get('requestid') ?? '';
      const port = headers.get('port');
      if (port === '2') return;
      stream.reply();
      if (headers.get('streamtype') === 'error') {
        halves.set(id, channel);
        return;
      }
      const errors = halves.get(id);
      if (errors === undefined) throw new Error('the data stream came before its error stream');
      if (port === '1') {
        errors.end('connection refused');
        channel.end();
        return;
      }
      channel.pipe(channel).on('finish', () => errors.end());
    });
    return openPortForward(url, { ports: [] }, { transport: 'spdy', ...(connectTimeoutMs && { connectTimeoutMs }) });
  }

  test('one session carries many connections at the same time', async () => {
    const session = await open();
    expect(session.protocol).toBe('portforward.k8s.io');
    const texts = Array.from({ length: 20 }, (_, i) => `connection ${i}`);
    const answers = texts.map(async (text, i) => {
      const { port, data, error } = await session.connect(8000 + i);
      data.end(text);
      const received = readAll(data);
      return [port, (await received).toString(), await error];
    });
    expect(await Promise.all(answers)).toEqual(texts.map((text, i) => [8000 + i, text, '']));
    session.close();
    expect(await session.closed).toMatchObject({ how: 'end' });
  });

  test('the error stream is half-closed at once, and the pair shares a request id', async () => {
    const session = await open();
    await session.connect(80);
    const out = session.transcript().filter(({ direction }) => direction === 'out');
    expect(out.slice(1).map(({ kind, stream, flags, preview }) => [kind, stream, flags, preview])).toEqual([
      ['SYN_STREAM', 1, undefined, 'streamtype: error, port: 80, requestid: 0'],
      ['DATA', 1, 'FIN', ''],
      ['SYN_STREAM', 3, undefined, 'streamtype: data, port: 80, requestid: 0'],
    ]);
  });

  test('a closed port is told on the error stream of its connection alone', async () => {
    const session = await open();
    const [closed, good] = await Promise.all([session.connect(1), session.connect(80)]);
    expect(await closed.error).toBe('connection refused');
    good.data.end('x');
    expect((await readAll(good.data)).toString()).toBe('x');
  });

  test('a connection that is not answered ends at the deadline and leaves the session usable', async () => {
    const session = await open(1000);
    const error = await streamError(session.connect(2));
    expect(error.code).toBe('timeout');
    expect(error.message).toMatch(/port 2 was not forwarded: no SYN_REPLY for stream 1 .streamtype error, port 2/);
    const { data } = await session.connect(80);
    data.end('x');
    expect((await readAll(data)).toString()).toBe('x');
  });

  test('dropping one connection leaves the others', async () => {
    const session = await open();
    const [dropped, kept] = await Promise.all([session.connect(80), session.connect(80)]);
    dropped.destroy();
    expect((await streamError(dropped.error)).message).toMatch(/port 80 was dropped by this client/);
    kept.data.end('x');
    expect((await readAll(kept.data)).toString()).toBe('x');
  });

  test('what waits is told when the session ends', async () => {
    const session = await open();
    const { error } = await session.connect(80);
    session.destroy();
    expect((await streamError(error)).code).toBe('closed');
    expect((await streamError(session.connect(80))).code).toBe('closed');
  });
});

describe('over WebSocket', () => {
  const prefix = (channel: number, port: number): Buffer => Buffer.of(channel, port & 255, port >> 8);

  /** A runtime that announces `announced`, then lets `serve` go on. */
  async function open(
    ports: number[],
    serve: (ws: WebSocket) => void = () => undefined,
    announced = ports,
    connectTimeoutMs = 10_000,
  ): Promise<PortForwardSession> {
    const server = new WebSocketServer({ noServer: true, handleProtocols: () => 'v4.channel.k8s.io' });
    const url = await listenHttp((request, socket, head) => {
      server.handleUpgrade(request, socket, head, (ws) => {
        announced.forEach((port, i) => [2 * i, 2 * i + 1].forEach((channel) => ws.send(prefix(channel, port))));
        serve(ws);
      });
    });
    return openPortForward(url, { ports }, { transport: 'websocket', connectTimeoutMs });
  }

  test('each port has its channels and no prefix in its data', async () => {
    const session = await open([80, 8080], (ws) => ws.on('message', (message: Buffer) => ws.send(message)));
    const [first, second] = await Promise.all([session.connect(80), session.connect(8080)]);
    first.data.write('one');
    second.data.write('two');
    expect(String((await once(first.data, 'data'))[0])).toBe('one');
    expect(String((await once(second.data, 'data'))[0])).toBe('two');
    session.close();
    expect(await session.closed).toMatchObject({ how: 'end' });
  });

  test('a prefix that comes byte by byte, with data behind it, is cut off exactly', async () => {
    const session = await open(
      [300],
      (ws) => {
        ws.send(Buffer.of(0, 300 & 255));
        ws.send(Buffer.concat([Buffer.of(0, 300 >> 8), Buffer.from('data')]));
        ws.send(prefix(1, 300));
        setTimeout(() => ws.close(1000), 50);
      },
      [],
    );
    const { data, error } = await session.connect(300);
    expect((await readAll(data)).toString()).toBe('data');
    expect(await error).toBe('');
  });

  test('text on the error channel belongs to its port', async () => {
    const session = await open([80, 81], (ws) => {
      ws.send(Buffer.concat([Buffer.of(3), Buffer.from('connection refused')]));
      setTimeout(() => ws.close(1000), 50);
    });
    const [good, closed] = await Promise.all([session.connect(80), session.connect(81)]);
    expect([await good.error, await closed.error]).toEqual(['', 'connection refused']);
  });

  test('ports announced in another order are a fault', async () => {
    const session = await open([80, 81], undefined, [81, 80]);
    expect((await session.closed).detail).toMatch(/channel 0 starts with port 81 instead of 80/);
    expect((await streamError(session.connect(80))).message).toMatch(/before port 80 was connected/);
  });

  test('a port without an announcement ends at the deadline', async () => {
    const session = await open([80], undefined, [], 1000);
    expect((await streamError(session.connect(80))).message).toMatch(/port 80 was not announced.*waited 1000 ms/);
  });

  test('a port carries one connection', async () => {
    const session = await open([80]);
    await session.connect(80);
    expect((await streamError(session.connect(80))).message).toMatch(/no connection to port 80 left.*open another/);
  });
});
