import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { openExec, openPortForward, StreamError, type RemoteCommand } from '../../../src/client/streaming/index.js';
import type { SpdyStream } from '../../../src/client/streaming/spdy/stream.js';
import type { Chunk, Fate, Filters } from '../../../src/faults/relay/filters.js';
import {
  execServer,
  exitStatus,
  listenHttp,
  readAll,
  spdyServer,
  streamError,
  SUCCESS,
  WANT,
  type Session,
} from '../streaming/support.js';
import { newRelay, relayedExec, TRANSPORTS } from './relay-support.js';

/** What both ends of a session got, where the command repeats three lines of stdin and adds one to stderr. */
interface Seen {
  stdin: string;
  stdout: string;
  stderr: string;
  exit: number | null | 'no status';
  how: string;
}

const LINES = ['one\n', 'two\n', 'three\n'];

describe.each(TRANSPORTS)('over %s', (transport) => {
  /** Types the lines one by one, each after the one before has come back or a while has passed. */
  async function dialogue(filters: Filters): Promise<Seen> {
    let stdin = '';
    const command = await relayedExec(transport, filters, (session) => {
      session.stdin.on('data', (piece: Buffer) => {
        stdin += piece.toString();
        session.stdout.write(piece);
        if (!stdin.endsWith('three\n')) return;
        session.stderr.write('err\n');
        void session.finish(exitStatus(3));
      });
    });
    const seen = { stdout: '', stderr: '' };
    command.stdout?.on('data', (piece: Buffer) => (seen.stdout += piece.toString()));
    command.stderr?.on('data', (piece: Buffer) => (seen.stderr += piece.toString()));
    for (const line of LINES) {
      command.stdin?.write(line);
      await sleep(30);
    }
    const exit = await Promise.race([
      command.status.then(
        ({ exitCode }) => exitCode,
        () => 'no status' as const,
      ),
      sleep(1000).then(() => 'no status' as const),
    ]);
    command.close();
    return { stdin, ...seen, exit, how: (await command.closed).how };
  }

  const whole = LINES.join('');
  const right: Seen = { stdin: whole, stdout: whole, stderr: 'err\n', exit: 3, how: 'end' };

  /** Filters that apply `fate` to one stream and pass the rest. */
  const on = (stream: Chunk['stream'], fate: (chunk: Chunk) => Fate | Promise<Fate>): Filters => ({
    chunk: (chunk) => (chunk.stream === stream && chunk.payload.length > 0 ? fate(chunk) : 'pass'),
  });

  test('chunks are seen with stream, direction and offset', async () => {
    const chunks: string[] = [];
    const filters: Filters = {
      chunk: ({ direction, stream, offset, payload }) => {
        if (payload.length > 0)
          chunks.push(`${direction} ${stream} ${offset} ${payload.toString().slice(0, 5).trim()}`);
        return 'pass';
      },
    };
    expect(await dialogue(filters)).toEqual(right);
    const lines = [
      ['up stdin 0 one', 'down stdout 0 one'],
      ['up stdin 4 two', 'down stdout 4 two'],
      ['up stdin 8 three', 'down stdout 8 three'],
    ].flat();
    // Streams have an order of their own, which the offsets tell; between them there is none.
    expect(chunks.toSorted()).toEqual([...lines, 'down stderr 0 err', 'down error 0 {"sta'].toSorted());
  });

  test.each<[string, Filters, Partial<Seen>]>([
    ['a shorter payload', on('stdout', () => Buffer.from('x')), { stdout: 'xxx' }],
    ['a longer payload', on('stdout', () => Buffer.alloc(70_000, 'x')), { stdout: 'x'.repeat(210_000) }],
    ['a drop', on('stdout', ({ offset }) => (offset === 4 ? 'drop' : 'pass')), { stdout: 'one\nthree\n' }],
    [
      'other input',
      on('stdin', ({ payload }) => Buffer.from(payload.toString().replace('one', 'ONE'))),
      { stdin: 'ONE\ntwo\nthree\n', stdout: 'ONE\ntwo\nthree\n' },
    ],
    ['a delay', on('stdout', () => sleep(20).then(() => 'pass' as const)), {}],
    [
      'another stream',
      on('stderr', (chunk) => [{ ...chunk, stream: 'stdout' }]),
      { stdout: `${whole}err\n`, stderr: '' },
    ],
    ['several parts', on('stderr', (chunk) => [chunk, chunk]), { stderr: 'err\nerr\n' }],
    ['another status', on('error', () => Buffer.from(SUCCESS)), { exit: 0 }],
    [
      'a cut after the first line',
      on('stdout', ({ offset }) => (offset === 4 ? 'sever' : 'pass')),
      { stdin: 'one\ntwo\n', stdout: 'one\n', stderr: '', exit: 'no status', how: 'reset' },
    ],
  ])('%s', async (_name, filters, difference) => {
    expect(await dialogue(filters)).toEqual({ ...right, ...difference });
  });

  test('input can be kept from the runtime', async () => {
    const filters = on('stdin', ({ offset }) => (offset === 0 ? 'drop' : 'pass'));
    expect(await dialogue(filters)).toMatchObject({ stdin: 'two\nthree\n', stdout: 'two\nthree\n' });
  });

  test('a ping is answered through the relay, or kept from the runtime and then fails with the session', async () => {
    const seen: string[] = [];
    const noting: Filters = { ping: (direction) => (seen.push(direction), 'pass') };
    const answered = await relayedExec(transport, noting, () => undefined);
    await answered.ping();
    expect(seen).toEqual(['up']);
    answered.destroy();
    await answered.closed;
    await expect(answered.ping()).rejects.toThrow(StreamError);
    const deaf = await relayedExec(transport, { ping: () => 'drop' }, () => undefined);
    const ping = deaf.ping();
    expect(await Promise.race([ping.then(() => 'an answer'), sleep(100).then(() => 'silence')])).toBe('silence');
    deaf.destroy();
    await expect(ping).rejects.toThrow(StreamError);
  });

  test('a filter may say something of its own, both ways', async () => {
    const part = { connection: 0, last: false };
    const filters: Filters = {
      chunk: ({ stream, direction, offset }, session) => {
        if (stream === 'stdin' && offset === 0) {
          session.send('down', { ...part, stream: 'stderr', payload: Buffer.from('aside\n') });
          session.send('up', { ...part, stream: 'stdin', payload: Buffer.from('zero\n') });
        }
        expect(session.transport).toBe(transport);
        expect(direction).toBe(stream === 'stdin' ? 'up' : 'down');
        return 'pass';
      },
    };
    const seen = await dialogue(filters);
    expect(seen).toEqual({ ...right, stdin: `zero\n${whole}`, stdout: `zero\n${whole}`, stderr: 'aside\nerr\n' });
  });

  test('a filter may end the session, in order for the client', async () => {
    const filters: Filters = {
      chunk: ({ stream, offset }, session) => {
        if (stream === 'stdout' && offset > 0) session.end();
        return 'pass';
      },
    };
    const { stdout, exit, how } = await dialogue(filters);
    expect({ stdout, how }).toEqual({ stdout: 'one\n', how: 'end' });
    expect(exit).not.toBe(3);
  });

  test('the end of a session can be kept from the client', async () => {
    const command = await relayedExec(transport, { end: () => 'drop' }, ({ finish }) => void finish(SUCCESS));
    command.drain();
    expect(await command.status).toMatchObject({ exitCode: 0 });
    expect(await Promise.race([command.closed, sleep(200)])).toBeUndefined();
    command.destroy();
  });

  test('connections can be refused, and sent elsewhere', async () => {
    const relay = newRelay();
    const say = (word: string): Promise<string> =>
      execServer(transport, WANT, ({ stdout, finish }) => {
        stdout.write(word);
        void finish(SUCCESS);
      });
    const other = await say('other');
    const connects: number[] = [];
    const connect = (before: number): true | number | string => {
      connects.push(before);
      return before === 0 ? 418 : before === 1 ? other : true;
    };
    const url = await relay.serve(await say('own'), { connect, alsoAt: (token) => token === 'guess' });
    const open = (): Promise<RemoteCommand> => openExec(url.replace(/[^/]*$/, 'guess'), WANT, { transport });
    expect(await streamError(open())).toMatchObject({ httpStatus: 418 });
    expect((await readAll((await open()).stdout)).toString()).toBe('other');
    expect((await readAll((await open()).stdout)).toString()).toBe('own');
    expect(connects).toEqual([0, 1, 2]);
  });
});

describe('what only SPDY has', () => {
  const stdinToEnd = ({ stdin, stdout, finish }: Session): void => {
    stdin.on('data', (piece: Buffer) => stdout.write(piece));
    stdin.on('end', () => void finish(SUCCESS));
  };

  test('the end of a stream can be kept back, or come early', async () => {
    const held = await relayedExec(
      'spdy',
      { chunk: (chunk) => (chunk.stream === 'stdin' ? [{ ...chunk, last: false }] : 'pass') },
      stdinToEnd,
    );
    held.stdin?.end('x');
    expect(await Promise.race([held.status, sleep(200)])).toBeUndefined();
    const early = await relayedExec(
      'spdy',
      { chunk: (chunk) => (chunk.stream === 'stdin' ? [{ ...chunk, last: true }] : 'pass') },
      stdinToEnd,
    );
    early.stdin?.write('x');
    expect((await readAll(early.stdout)).toString()).toBe('x');
  });

  /** Says which port it is for, and echoes; the error stream is reset in the end. */
  async function pod(): Promise<string> {
    const errors = new Map<string, SpdyStream>();
    return spdyServer((stream) => {
      const { headers, channel } = stream;
      stream.reply();
      const id = headers.get('requestid') ?? '';
      if (headers.get('streamtype') === 'error') errors.set(id, stream);
      else {
        channel.write(`port ${headers.get('port') ?? ''}: `);
        channel.pipe(channel).on('finish', () => errors.get(id)?.reset('CANCEL', new StreamError('closed', 'done')));
      }
    });
  }

  async function ask(filters: Filters, ports: number[]): Promise<string[]> {
    const url = await newRelay().serve(await pod(), filters);
    const session = await openPortForward(url, { ports: [] }, { transport: 'spdy', connectTimeoutMs: 500 });
    const answers: string[] = [];
    for (const port of ports) {
      const connection = await session.connect(port).catch((error: unknown) => (error as StreamError).code);
      if (typeof connection !== 'string') connection.data.end('x');
      answers.push(typeof connection === 'string' ? connection : (await readAll(connection.data)).toString());
    }
    return answers;
  }

  test('forwarded connections are told apart by number and port', async () => {
    const seen: string[] = [];
    const chunk = ({ stream, connection, port, reset, payload }: Chunk): Fate => {
      if (payload.length > 0 || reset) seen.push(`${stream} ${connection} ${port}${reset ? ' reset' : ''}`);
      return 'pass';
    };
    expect(await ask({ chunk }, [80, 81])).toEqual(['port 80: x', 'port 81: x']);
    expect(new Set(seen)).toEqual(new Set(['data 0 80', 'error 0 80 reset', 'data 1 81', 'error 1 81 reset']));
  });

  test('streams can be opened with other headers, refused or ignored', async () => {
    const open: Filters['open'] = (headers) => {
      if (headers.get('port') === '81') return 'refuse';
      if (headers.get('port') === '82') return 'ignore';
      return new Map(headers).set('port', '1234567890');
    };
    expect(await ask({ open }, [80, 81, 82, 83])).toEqual([
      'port 1234567890: x',
      'closed',
      'timeout',
      'port 1234567890: x',
    ]);
  });
});

test('forwarded connections are told apart by channel over WebSocket, and prefixes pass', async () => {
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => 'v4.channel.k8s.io' });
  const upstream = await listenHttp((request, socket, head) => {
    server.handleUpgrade(request, socket, head, (ws) => {
      for (const [channel, port] of [80, 80, 81, 81].entries()) ws.send(Buffer.of(channel, port, 0));
      ws.on('message', (message: Buffer) => ws.send(message));
    });
  });
  const chunk: Filters['chunk'] = ({ direction, stream, connection, port, offset }) =>
    direction === 'up' ? 'pass' : Buffer.from(`${stream} ${connection} ${port} ${offset}`);
  const url = await newRelay().serve(upstream, { ports: [80, 81], chunk });
  const session = await openPortForward(url, { ports: [80, 81] }, { transport: 'websocket' });
  const { data } = await session.connect(81);
  data.write('xyz');
  expect(String(await once(data, 'data'))).toBe('data 1 81 0');
  data.write('xyz');
  expect(String(await once(data, 'data'))).toBe('data 1 81 3');
  session.destroy();
});
