import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { openExec, openPortForward, StreamError } from '../../../src/client/streaming/index.js';
import type { Filters } from '../../../src/faults/relay/filters.js';
import {
  execServer,
  exitStatus,
  listenHttp,
  rawServer,
  readAll,
  spdyServer,
  streamError,
  SUCCESS,
  WANT,
} from '../streaming/support.js';
import { LOOKS, newRelay, relayedExec, TRANSPORTS } from './relay-support.js';

const WAYS: [string, Filters][] = [
  ['as bytes', {}],
  ['frame by frame', LOOKS],
  ['frame by frame with new header blocks', { open: (headers) => headers }],
];

describe.each(TRANSPORTS)('over %s', (transport) => {
  test.each(WAYS)('a session passes %s', async (_way, filters) => {
    const command = await relayedExec(transport, filters, ({ stdin, stdout, stderr, finish }) => {
      stdin.once('data', (line: Buffer) => {
        stdout.write(`got ${line.toString()}`);
        stderr.write('err');
        void finish(exitStatus(7));
      });
    });
    command.stdin?.write('a line');
    const [out, err] = await Promise.all([readAll(command.stdout), readAll(command.stderr)]);
    expect([out.toString(), err.toString()]).toEqual(['got a line', 'err']);
    expect(await command.status).toMatchObject({ exitCode: 7 });
    expect(await command.closed).toMatchObject({ how: 'end' });
    expect(command.protocol).toBe('v4.channel.k8s.io');
  });

  test.each(WAYS)('bulk passes both ways %s, whoever is slow', async (_way, filters) => {
    const size = 8 << 20;
    const command = await relayedExec(transport, filters, ({ stdin, stdout, finish }) => {
      let left = size;
      stdin.on('data', (piece: Buffer) => {
        left -= piece.length;
        if (!stdout.write(piece)) stdin.pause();
        if (left === 0) void finish(SUCCESS);
      });
      stdout.on('drain', () => stdin.resume());
    });
    const input = randomBytes(size);
    if (command.stdin === null) throw new Error('no stdin');
    const [, output] = await Promise.all([pipeline([input], command.stdin), readAll(command.stdout)]);
    const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    expect(sum(output)).toBe(sum(input));
    expect(await command.status).toMatchObject({ exitCode: 0 });
  });

  test.each(WAYS)('a peer that does not read holds up the other end %s', async (_way, filters) => {
    let written = 0;
    let stopped = false;
    const command = await relayedExec(transport, filters, ({ stdout }) => {
      const piece = Buffer.alloc(64 << 10);
      const write = (): void => {
        written += piece.length;
        if (written < 1 << 28 && stdout.write(piece)) setImmediate(write);
        else if (written < 1 << 28) stdout.once('drain', write);
      };
      if (!stopped) write();
    });
    command.stdout?.pause();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    stopped = true;
    expect(written).toBeLessThan(64 << 20);
    command.destroy();
  });

  test.each(WAYS)('what the runtime refuses is refused %s, in its words', async (_way, filters) => {
    const upstream = await listenHttp((_request, socket) => {
      const head = 'HTTP/1.1 403 Forbidden\r\nX-Accepted-Stream-Protocol-Versions: v9\r\nContent-Length: 9\r\n\r\n';
      socket.end(`${head}not today`);
    });
    const error = await streamError(openExec(await newRelay().serve(upstream, filters), WANT, { transport }));
    expect(error).toMatchObject({ code: 'refused', httpStatus: 403, body: 'not today' });
    if (transport === 'spdy') expect(error.message).toContain('v9');
  });

  test.each(WAYS)('a client that vanishes has vanished for the runtime %s', async (_way, filters) => {
    let gone: Promise<unknown> | undefined;
    const command = await relayedExec(transport, filters, ({ stdout, socket }) => {
      gone = new Promise((resolve) => socket.once('error', resolve));
      stdout.write('here');
    });
    if (command.stdout === null) throw new Error('no stdout');
    await once(command.stdout, 'data');
    command.destroy();
    expect(await gone).toMatchObject({ code: 'ECONNRESET' });
  });

  test.each(WAYS)('a runtime that breaks off has broken off for the client %s', async (_way, filters) => {
    const command = await relayedExec(transport, filters, ({ stdout, socket }) => {
      stdout.write('half');
      setTimeout(() => socket.destroy(), 50);
    });
    const pieces: Buffer[] = [];
    command.stdout?.on('data', (piece: Buffer) => pieces.push(piece));
    expect(await command.closed).toMatchObject({ how: 'reset' });
    expect(Buffer.concat(pieces).toString()).toBe('half');
    await expect(command.status).rejects.toBeInstanceOf(StreamError);
  });
});

test.each(WAYS)('over SPDY the end of stdin passes %s while output goes on', async (_way, filters) => {
  const command = await relayedExec('spdy', filters, ({ stdin, stdout, finish }) => {
    stdin.resume().on('end', () => {
      stdout.write('end seen');
      void finish(SUCCESS);
    });
  });
  command.stdin?.end('x');
  expect((await readAll(command.stdout)).toString()).toBe('end seen');
});

test.each(WAYS)('each half of the TCP connection ends by itself %s', async (_way, filters) => {
  const url = await rawServer((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nfirst ');
      socket.once('end', () => socket.end('last'));
    });
  });
  const { hostname, port, pathname } = new URL(await newRelay().serve(url, filters));
  const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  client.end(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
  expect((await readAll(client)).toString()).toMatch(/first last$/);
});

test('the request arrives as the client made it, but for its address', async () => {
  let seen: IncomingMessage | undefined;
  const upstream = await listenHttp((request, socket) => {
    seen = request;
    socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
  });
  const url = await newRelay().serve(`${upstream}?query=1`, {});
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': ['a', 'b'] };
  const sent = httpRequest(url, { method: 'POST', headers: { ...headers, authorization: 'Bearer x' } }).end();
  await once(sent, 'response');
  expect(seen).toMatchObject({ method: 'POST', url: '/exec/token?query=1' });
  expect(seen?.headers).toMatchObject({ host: new URL(upstream).host, authorization: 'Bearer x', upgrade: 'SPDY/3.1' });
  expect(seen?.headersDistinct['x-stream-protocol-version']).toEqual(['a', 'b']);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/exec\/[\w-]{8}$/);
});

test('unknown tokens open nothing, and each URL leads to its own session', async () => {
  const relay = newRelay();
  const say = (word: string): Promise<string> =>
    execServer('spdy', WANT, ({ stdout, finish }) => {
      stdout.write(word);
      void finish(SUCCESS);
    });
  const urls = [await relay.serve(await say('one'), {}), await relay.serve(await say('two'), LOOKS)];
  const options = { transport: 'spdy' } as const;
  for (const [i, word] of ['one', 'two'].entries()) {
    const command = await openExec(urls[i] ?? '', WANT, options);
    expect((await readAll(command.stdout)).toString()).toBe(word);
  }
  const guessed = (urls[0] ?? '').replace(/[^/]*$/, 'guessed');
  expect(await streamError(openExec(guessed, WANT, options))).toMatchObject({ httpStatus: 404 });
});

test('a runtime that nobody can reach is told as a bad gateway', async () => {
  const url = await newRelay().serve('http://127.0.0.1:1/exec/token', {});
  expect(await streamError(openExec(url, WANT, { transport: 'spdy' }))).toMatchObject({ httpStatus: 502 });
});

test('close cuts what is open, in both directions', async () => {
  const relay = newRelay();
  let gone: Promise<unknown> | undefined;
  const upstream = await execServer('spdy', WANT, ({ socket }) => {
    gone = once(socket, 'close');
  });
  const command = await openExec(await relay.serve(upstream, LOOKS), WANT, { transport: 'spdy' });
  await relay.close();
  expect((await command.closed).how).toBe('reset');
  await gone;
});

test.each(WAYS)('forwarded connections keep apart %s, over SPDY', async (_way, filters) => {
  const upstream = await spdyServer((stream) => {
    stream.reply();
    if (stream.headers.get('streamtype') === 'data') stream.channel.pipe(stream.channel);
    else stream.channel.end(stream.headers.get('port') === '1' ? 'nobody' : '');
  });
  const url = await newRelay().serve(upstream, filters);
  const session = await openPortForward(url, { ports: [] }, { transport: 'spdy' });
  const talks = ['a', 'b', 'c'].map(async (word) => {
    const { data } = await session.connect(80);
    data.end(word);
    return (await readAll(data)).toString();
  });
  expect(await Promise.all(talks)).toEqual(['a', 'b', 'c']);
  expect(await (await session.connect(1)).error).toBe('nobody');
  session.close();
  expect(await session.closed).toMatchObject({ how: 'end' });
});
