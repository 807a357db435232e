/**
 * The peer of streaming.ts, in a process of its own as a runtime is. `/memory` sends bytes that are at hand, or drops
 * those that come; `/command` does so by a command, as an exec does. HTTP/1.1 by node:http and nothing above it; an
 * upgrade to SPDY makes it the server of an exec without a command, for what the protocol itself costs.
 */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpdyConnection } from '../src/client/streaming/spdy/connection.js';
import type { SpdyStream } from '../src/client/streaming/spdy/stream.js';
import { Transcript } from '../src/client/streaming/transcript.js';
import { command, send } from './transfers.js';

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const direction = request.method === 'GET' ? 'down' : 'up';
  if (request.url === '/command') {
    const child = spawn('/bin/sh', ['-c', command(direction)], { stdio: ['pipe', 'pipe', 'inherit'] });
    request.pipe(child.stdin);
    child.stdout.pipe(response);
  } else if (direction === 'down') {
    await send(response);
    response.end();
  } else {
    request.resume().on('end', () => response.end());
  }
}

const server = createServer((request, response) => void answer(request, response));
server.on('upgrade', (_request, socket, head) => {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  socket.write([...lines, 'X-Stream-Protocol-Version: v4.channel.k8s.io', '\r\n'].join('\r\n'));
  let errors: SpdyStream | undefined;
  const finish = (): void => {
    errors?.channel.end('{"status":"Success"}', () => connection.close());
  };
  const accept = (stream: SpdyStream): void => {
    stream.reply();
    const type = stream.headers.get('streamtype');
    if (type === 'error') errors = stream;
    if (type === 'stdin') stream.channel.resume().on('end', finish);
    if (type === 'stdout') void send(stream.channel).then(() => stream.channel.end(finish));
  };
  const connection = new SpdyConnection(socket, { role: 'server', transcript: new Transcript(), accept });
  connection.start(head);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
