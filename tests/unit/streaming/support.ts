import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { PassThrough, type Duplex, type Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { StreamError, type Transport, type Wanted } from '../../../src/client/streaming/index.js';
import { SpdyConnection } from '../../../src/client/streaming/spdy/connection.js';
import type { SpdyStream } from '../../../src/client/streaming/spdy/stream.js';
import { Transcript } from '../../../src/client/streaming/transcript.js';
import type { SelfSigned } from '../../support/certificate.js';

export const WANT: Wanted = { stdin: true, stdout: true, stderr: true, tty: false };
export const SUCCESS = '{"metadata":{},"status":"Success"}';

export function exitStatus(code: number): string {
  const details = { causes: [{ reason: 'ExitCode', message: String(code) }] };
  return JSON.stringify({ status: 'Failure', message: `exit ${code}`, reason: 'NonZeroExitCode', details });
}

/** Everything a readable brings. Unlike `for await` this leaves the other direction of a Duplex alone. */
export async function readAll(stream: Readable | null): Promise<Buffer> {
  if (stream === null) throw new Error('there is no such stream');
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await finished(stream, { writable: false });
  return Buffer.concat(pieces);
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const result: unknown = await promise.catch((error: unknown) => error);
  if (!(result instanceof Error)) throw new Error('it did not fail');
  return result;
}

/** The StreamError a promise rejects with. */
export async function streamError(promise: Promise<unknown>): Promise<StreamError> {
  const error = await rejection(promise);
  if (!(error instanceof StreamError)) throw error;
  return error;
}

/** Both ends of a TCP connection. */
export async function socketPair(options: { allowHalfOpen?: boolean } = {}): Promise<[Socket, Socket]> {
  const server = createTcpServer(options).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  for (const socket of [near, far]) socket.on('error', () => undefined);
  onTestFinished(() => {
    near.destroy();
    far.destroy();
  });
  return [near, far];
}

/** A server that does whatever `handle` does with each TCP connection; returns its URL. */
export async function rawServer(handle: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    handle(socket);
  });
  return listen(server, sockets);
}

/** The client's end of a SPDY connection whose peer is driven byte by byte. */
export const ANSWER = [
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  'Upgrade: SPDY/3.1',
  'X-Stream-Protocol-Version: v4.channel.k8s.io',
  '\r\n',
].join('\r\n');

/** A SPDY server: negotiates like the server library and passes on each stream of the client. */
export function spdyServer(
  accept: (stream: SpdyStream, connection: SpdyConnection, socket: Duplex) => void,
  serves: string[] = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'channel.k8s.io', 'portforward.k8s.io'],
  tls?: SelfSigned,
): Promise<string> {
  return listenHttp((request, socket, head) => {
    const offered = request.headersDistinct['x-stream-protocol-version'] ?? [];
    const chosen = offered.find((name) => serves.includes(name));
    if (chosen === undefined) {
      const accepted = serves.map((name) => `X-Accepted-Stream-Protocol-Versions: ${name}\r\n`).join('');
      socket.end(`HTTP/1.1 403 Forbidden\r\n${accepted}Content-Length: 4\r\n\r\nnone`);
      return;
    }
    socket.write(ANSWER.replace('v4.channel.k8s.io', chosen));
    const connection: SpdyConnection = new SpdyConnection(socket, {
      role: 'server',
      transcript: new Transcript(),
      accept: (stream) => accept(stream, connection, socket),
    });
    connection.start(head);
  }, tls);
}

/** What a fake command sees of its session, whatever the transport. */
export interface Session {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  sizes: Readable;
  /** Ends the session the way a runtime does, with this text on the error stream. */
  finish: (status: string) => Promise<void>;
  socket: Duplex;
}

/** A server whose exec URL runs `command`, over either transport. */
export function execServer(
  transport: Transport,
  want: Wanted,
  command: (session: Session) => void,
  tls?: SelfSigned,
): Promise<string> {
  return transport === 'spdy' ? spdyExec(want, command, tls) : webSocketExec(command, tls);
}

function spdyExec(want: Wanted, command: (session: Session) => void, tls?: SelfSigned): Promise<string> {
  const streams = new Map<string, SpdyStream>();
  const count = 1 + [want.stdin, want.stdout, want.stderr, want.tty].filter(Boolean).length;
  return spdyServer(
    (stream, connection, socket) => {
      streams.set(stream.headers.get('streamtype') ?? '', stream);
      stream.reply();
      if (streams.size < count) return;
      const io = (name: string): Duplex => streams.get(name)?.channel ?? new PassThrough();
      const finish = async (status: string): Promise<void> => {
        for (const name of ['stdout', 'stderr']) await new Promise<void>((done) => io(name).end(() => done()));
        await new Promise<void>((done) => io('error').end(status, () => done()));
        connection.close();
      };
      command({ stdin: io('stdin'), stdout: io('stdout'), stderr: io('stderr'), sizes: io('resize'), finish, socket });
    },
    undefined,
    tls,
  );
}

/** As the server library does over WebSocket with v4: one byte of channel number, JSON status on channel 3. */
async function webSocketExec(command: (session: Session) => void, tls?: SelfSigned): Promise<string> {
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => 'v4.channel.k8s.io' });
  return listenHttp((request, socket, head) => {
    server.handleUpgrade(request, socket, head, (ws) => {
      const inputs = [0, 1, 2, 3, 4].map(() => new PassThrough());
      ws.on('message', (data: Buffer) => inputs[data[0] ?? 0]?.write(data.subarray(1)));
      ws.on('error', () => undefined);
      const output = (channel: number): Writable => {
        const stream = new PassThrough();
        stream.on('data', (data: Buffer) => {
          stream.pause();
          ws.send(Buffer.concat([Buffer.of(channel), data]), () => stream.resume());
        });
        return stream;
      };
      const [stdout, stderr, errors] = [output(1), output(2), output(3)] as const;
      const finish = async (status: string): Promise<void> => {
        for (const stream of [stdout, stderr]) await new Promise<void>((done) => stream.once('end', done).end());
        await new Promise<void>((done) => errors.once('end', done).end(status));
        ws.close(1000);
      };
      const [stdin, sizes] = [inputs[0] as PassThrough, inputs[4] as PassThrough];
      command({ stdin, stdout, stderr, sizes, finish, socket });
    });
  }, tls);
}

/** An HTTP server that answers 404 to anything but an upgrade; over TLS with a certificate. */
export async function listenHttp(
  handle: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  tls?: SelfSigned,
): Promise<string> {
  const sockets: Socket[] = [];
  const notFound: RequestListener = (_request, response) => response.writeHead(404).end('404 page not found');
  const server = tls === undefined ? createServer(notFound) : createSecureServer(tls, notFound);
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.on('upgrade', (request, socket: Duplex, head) => {
    socket.on('error', () => undefined);
    handle(request, socket, head);
  });
  const url = await listen(server, sockets);
  return tls === undefined ? url : url.replace('http:', 'https:');
}

async function listen(server: Server | ReturnType<typeof createTcpServer>, sockets: Socket[]): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/token`;
}
