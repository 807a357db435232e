import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BACKLOG_LIMIT } from '../../../src/client/streaming/channel.js';
import { openAttach, openExec, type RemoteCommand, type Wanted } from '../../../src/client/streaming/index.js';
import { execServer, exitStatus, rawServer, readAll, streamError, SUCCESS, WANT, type Session } from './support.js';

const TTY: Wanted = { stdin: true, stdout: true, stderr: false, tty: true };

describe.each(['websocket', 'spdy'] as const)('over %s', (transport) => {
  async function run(command: (session: Session) => void, want = WANT): Promise<RemoteCommand> {
    return openExec(await execServer(transport, want, command), want, { transport });
  }

  test('streams stay apart and the exit code arrives', async () => {
    const command = await run(({ stdout, stderr, finish }) => {
      stdout.write('out');
      stderr.write('err');
      void finish(exitStatus(7));
    });
    const [out, err] = await Promise.all([readAll(command.stdout), readAll(command.stderr)]);
    expect([out.toString(), err.toString()]).toEqual(['out', 'err']);
    expect(await command.status).toMatchObject({ status: 'exit-code', exitCode: 7 });
    expect(await command.closed).toMatchObject({ how: 'end' });
    expect(command).toMatchObject({ transport, protocol: 'v4.channel.k8s.io', canCloseStdin: transport === 'spdy' });
  });

  test('only what was asked for is there', async () => {
    const want = { stdin: false, stdout: true, stderr: false, tty: false };
    const command = await run(({ finish }) => void finish(SUCCESS), want);
    expect(command.stdin).toBeNull();
    expect(command.stderr).toBeNull();
    expect((await readAll(command.stdout)).toString()).toBe('');
    expect(await command.status).toMatchObject({ status: 'success', exitCode: 0 });
  });

  test('16 MiB go through stdin and come back', async () => {
    const size = 16 << 20;
    const command = await run(({ stdin, stdout, finish }) => {
      let length = 0;
      stdin.on('data', (piece: Buffer) => {
        length += piece.length;
        if (!stdout.write(piece)) stdin.pause();
        if (length === size) void finish(SUCCESS);
      });
      stdout.on('drain', () => stdin.resume());
    });
    const { stdin } = command;
    if (stdin === null) throw new Error('no stdin');
    const input = Buffer.alloc(size);
    for (let i = 0; i < size; i += 4) input.writeUInt32LE((i * 2654435761) >>> 0, i);
    const [, output] = await Promise.all([pipeline([input], stdin), readAll(command.stdout)]);
    const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    expect(sum(output)).toBe(sum(input));
    expect(command.transcript().length).toBeLessThanOrEqual(241);
  });

  test('the sizes of a terminal arrive one after the other as JSON', async () => {
    let sizes = '';
    const command = await run(({ sizes: stream, finish }) => {
      stream.on('data', (piece: Buffer) => {
        sizes += piece.toString();
        if (sizes.split('\n').length === 3) void finish(SUCCESS);
      });
    }, TTY);
    await command.resize(100, 40);
    await command.resize(123, 45);
    await command.status;
    expect(sizes).toBe('{"Width":100,"Height":40}\n{"Width":123,"Height":45}\n');
  });

  test('resizing without a tty, or after the end, is refused', async () => {
    const plain = await run(({ finish }) => void finish(SUCCESS));
    expect((await streamError(plain.resize(1, 1))).message).toMatch(/no resize stream: ask for a tty/);
    const ended = await run(({ finish }) => void finish(SUCCESS), TTY);
    ended.drain();
    await ended.closed;
    await delay(5);
    expect((await streamError(ended.resize(1, 1))).code).toBe('closed');
  });

  test('output that nobody reads holds back the status until it is drained', async () => {
    const command = await run(({ stdout, finish }) => {
      for (let i = 0; i < 256; i++) stdout.write(Buffer.alloc(BACKLOG_LIMIT / 16));
      void finish(exitStatus(4));
    });
    expect(await Promise.race([command.status, delay(200, 'blocked')])).toBe('blocked');
    command.drain();
    expect(await command.status).toMatchObject({ exitCode: 4 });
  });

  test('a little output that nobody reads does not, and can still be read after the end', async () => {
    const command = await run(({ stdout, finish }) => {
      stdout.write(Buffer.alloc(BACKLOG_LIMIT / 2));
      void finish(SUCCESS);
    });
    expect(await command.status).toMatchObject({ status: 'success' });
    await command.closed;
    expect(await readAll(command.stdout)).toHaveLength(BACKLOG_LIMIT / 2);
  });

  test('closing early ends the streams in order, the status is missing', async () => {
    let far: Session | undefined;
    const command = await run((session) => {
      far = session;
      session.stdout.write('started');
    });
    if (command.stdout === null) throw new Error('no stdout');
    await once(command.stdout, 'readable');
    command.close();
    expect((await readAll(command.stdout)).toString()).toBe('started');
    expect((await streamError(command.status)).message).toMatch(/closed by this client before a status arrived/);
    expect(await command.closed).toMatchObject({ how: 'end' });
    expect(far?.socket.destroyed).toBe(true);
  });

  test('destroy vanishes with a reset', async () => {
    let far: Session | undefined;
    const command = await run((session) => (far = session));
    const seen = new Promise<unknown>((resolve) => far?.socket.once('error', resolve));
    command.destroy();
    expect(await seen).toMatchObject({ code: 'ECONNRESET' });
    expect(await command.closed).toMatchObject({ how: 'reset' });
    expect((await streamError(command.status)).code).toBe('closed');
    expect((await streamError(readAll(command.stdout))).message).toMatch(/reset by this client/);
  });

  test('a peer that resets the connection fails everything that waits', async () => {
    const command = await run(({ socket }) => {
      setTimeout(() => (socket as unknown as { resetAndDestroy(): void }).resetAndDestroy(), 20);
    });
    expect((await streamError(command.status)).message).toMatch(/ECONNRESET/);
    expect((await streamError(readAll(command.stdout))).code).toBe('closed');
    expect(await command.closed).toMatchObject({ how: 'reset' });
  });

  test('an abort cuts a running session, and an attempt', async () => {
    const url = await execServer(transport, WANT, () => undefined);
    const abort = new AbortController();
    const command = await openExec(url, WANT, { transport, signal: abort.signal });
    const reading = streamError(readAll(command.stdout));
    abort.abort(new Error('spec over'));
    expect((await reading).message).toBe('session cut by its caller: spec over');
    expect(await command.closed).toEqual({ how: 'error', detail: 'session cut by its caller: spec over' });
    expect((await streamError(openExec(url, WANT, { transport, signal: abort.signal }))).code).toBe('closed');
  });

  test('errors that nobody listens for stay quiet', async () => {
    const command = await run(({ socket }) => void setTimeout(() => socket.destroy(), 10));
    command.stdin?.write(Buffer.alloc(1 << 20));
    expect((await command.closed).how).toBe('reset');
    await delay(20);
  });

  test('a used URL says what to do', async () => {
    const url = await rawServer((socket) => void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone'));
    const error = await streamError(openAttach(url, WANT, { transport }));
    expect(error).toMatchObject({ code: 'refused', httpStatus: 404, body: 'gone' });
    expect(error.message).toMatch(/works once and expires after a minute; ask the runtime for a new one/);
  });

  test('a refused upgrade leaves no connection behind', async () => {
    let far: Socket | undefined;
    const url = await rawServer((socket) => {
      far = socket.resume();
      socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone');
    });
    await streamError(openExec(url, WANT, { transport }));
    await delay(50);
    expect(far?.destroyed).toBe(true);
  });

  test.each([
    ['http://127.0.0.1:1/exec/x', /ECONNREFUSED/],
    ['nonsense', /cannot open nonsense/],
    ['ftp://127.0.0.1/exec', /cannot open|Protocol "ftp:" not supported/],
  ])('%s cannot be reached', async (url, message) => {
    const error = await streamError(openExec(url, WANT, { transport }));
    expect(error.code).toBe('connect');
    expect(error.message).toMatch(message);
  });

  test('a silent server ends at the deadline', async () => {
    const url = await rawServer((socket) => void socket.resume());
    const error = await streamError(openExec(url, WANT, { transport, connectTimeoutMs: 50 }));
    expect(error.code).toBe('timeout');
    expect(error.message).toMatch(/no answer to the .* upgrade .*waited 50 ms/);
  });

  test('the transcript tells the session from its upgrade on', async () => {
    const command = await run(({ stdout, finish }) => {
      stdout.write('hi\n');
      void finish(SUCCESS);
    });
    await readAll(command.stdout);
    await command.closed;
    const frames = command.transcript();
    expect(frames[0]).toMatchObject({ direction: 'out', kind: 'upgrade request' });
    expect(frames[1]).toMatchObject({ direction: 'in', kind: 'upgrade response' });
    expect(frames.find(({ preview }) => preview === 'hi\\n')).toMatchObject({ direction: 'in', length: 3 });
    expect(frames.at(-1)?.kind).toBe('close');
  });
});

test('over SPDY the end of stdin is told once', async () => {
  const url = await execServer('spdy', WANT, ({ stdin, finish }) => {
    stdin.resume().on('end', () => void finish(SUCCESS));
  });
  const command = await openExec(url, WANT, { transport: 'spdy' });
  command.drain();
  command.stdin?.end('x');
  await command.status;
  const sent = command.transcript().filter(({ direction, stream }) => direction === 'out' && stream === 3);
  expect(sent.map(({ kind, flags = '' }) => [kind, flags])).toEqual([
    ['SYN_STREAM', ''],
    ['DATA', ''],
    ['DATA', 'FIN'],
  ]);
});
