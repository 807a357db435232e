import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { BACKLOG_LIMIT } from '../../../src/client/streaming/channel.js';
import { openExec, type RemoteCommand } from '../../../src/client/streaming/index.js';
import { exitStatus, listenHttp, readAll, streamError, SUCCESS, WANT } from './support.js';

/** Exec against a server that does what `serve` says. */
async function open(
  serve: (ws: WebSocket, socket: Duplex) => void,
  protocol: string | false = 'v4.channel.k8s.io',
  protocols?: string[],
): Promise<RemoteCommand> {
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
  const url = await listenHttp((request, socket, head) => {
    server.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => undefined);
      serve(ws, socket);
    });
  });
  return openExec(url, WANT, { transport: 'websocket', ...(protocols && { protocols }) });
}

test.each([
  ['a text message', (ws: WebSocket) => ws.send('hello'), /text message on a binary protocol/],
  ['a message without a channel', (ws: WebSocket) => ws.send(Buffer.alloc(0)), /without a channel number/],
  ['an oversized message', (ws: WebSocket) => ws.send(Buffer.alloc((32 << 20) + 2)), /Max payload size exceeded/],
  [
    'broken framing',
    (_ws: WebSocket, socket: Duplex) => socket.write(Buffer.of(0xff, 0xff)),
    /Invalid WebSocket frame/,
  ],
])('%s ends the session with an error that names it', async (_what, serve, message) => {
  const command = await open(serve);
  expect((await streamError(command.status)).message).toMatch(message);
  expect((await streamError(command.status)).code).toBe('protocol');
  expect((await command.closed).how).toBe('error');
});

test('a close code that means trouble is an error', async () => {
  const command = await open((ws) => ws.close(1011, 'out of luck'));
  expect(await command.closed).toEqual({ how: 'error', detail: 'close code 1011 out of luck' });
  expect((await streamError(readAll(command.stdout))).message).toMatch(/1011 out of luck/);
});

test('an end without a status is not a success', async () => {
  const command = await open((ws) => ws.close(1000));
  expect(await command.status).toMatchObject({ status: 'error', exitCode: null, raw: '' });
});

test('a TCP end without a close frame is a reset', async () => {
  const command = await open((_ws, socket) => void socket.end());
  expect(await command.closed).toEqual({ how: 'reset', detail: 'the connection ended without a close frame' });
  expect((await streamError(command.status)).code).toBe('closed');
});

test('messages of channels that do not exist are skipped', async () => {
  const command = await open((ws) => {
    for (const channel of [9, 200, 255]) ws.send(Buffer.of(channel, 1));
    ws.send(Buffer.concat([Buffer.of(3), Buffer.from(exitStatus(2))]));
  });
  expect(await command.status).toMatchObject({ exitCode: 2 });
});

test('the status arrives with its message, while the session stays open', async () => {
  const command = await open((ws) => ws.send(Buffer.concat([Buffer.of(3), Buffer.from(SUCCESS)])));
  expect(await command.status).toMatchObject({ status: 'success', raw: SUCCESS });
  expect(await Promise.race([command.closed, Promise.resolve('open')])).toBe('open');
});

test('a flood that nobody reads stops at the backlog', async () => {
  let server: WebSocket | undefined;
  await open((ws) => {
    server = ws;
    for (let i = 0; i < 1000; i++) ws.send(Buffer.alloc(64 * 1024, 1));
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(server?.bufferedAmount).toBeGreaterThan(20 * BACKLOG_LIMIT);
});

test('base64 protocols carry a digit and base64 text', async () => {
  const command = await open(
    (ws) => {
      ws.on('message', (message: Buffer, isBinary) => {
        ws.send(`1${Buffer.from(`${String(isBinary)} ${message.toString()}`).toString('base64')}`);
        ws.send(`3${Buffer.from(SUCCESS).toString('base64')}`, () => ws.close(1000));
      });
    },
    'v4.base64.channel.k8s.io',
    ['v4.base64.channel.k8s.io'],
  );
  command.stdin?.write('hi');
  expect((await readAll(command.stdout)).toString()).toBe('false 0aGk=');
  expect(await command.status).toMatchObject({ status: 'success' });
});

test('text that is no base64 is named', async () => {
  const command = await open((ws) => ws.send('1%%%'), 'base64.channel.k8s.io', ['base64.channel.k8s.io']);
  expect((await streamError(command.status)).message).toMatch(/something else than base64: "%%%"/);
});

test('v5 half-closes stdin and hears the end of one channel', async () => {
  const command = await open((ws) => {
    ws.on('message', (message: Buffer) => {
      if (message.equals(Buffer.of(255, 0))) ws.send(Buffer.of(255, 1));
      else ws.send(Buffer.concat([Buffer.of(1), message.subarray(1)]));
    });
  }, 'v5.channel.k8s.io');
  expect(command.canCloseStdin).toBe(true);
  command.stdin?.end('all');
  expect((await readAll(command.stdout)).toString()).toBe('all');
});

test('a v5 close signal of the wrong size is named', async () => {
  const command = await open((ws) => ws.send(Buffer.of(255, 1, 2)), 'v5.channel.k8s.io');
  expect((await streamError(command.status)).message).toMatch(/names one channel in one byte, this one has 2/);
});

test('a server that chooses no protocol, or one not offered, is refused', async () => {
  expect(await streamError(open(() => undefined, false))).toMatchObject({ code: 'protocol' });
  expect((await streamError(open(() => undefined, 'v9.channel.k8s.io'))).message).toMatch(/invalid subprotocol/);
});

test('a flood of pings is answered while the answers are read, and else given up', async () => {
  const polite = await open((ws) => {
    for (let i = 0; i < 500; i++) ws.ping();
    ws.send(Buffer.concat([Buffer.of(3), Buffer.from(SUCCESS)]));
  });
  expect(await polite.status).toMatchObject({ status: 'success' });
  const rude = await open((ws, socket) => {
    socket.pause();
    const next = (): void => {
      for (let i = 0; i < 1000 && !socket.destroyed; i++) ws.ping(Buffer.alloc(125));
      if (!socket.destroyed) setTimeout(next, 1);
    };
    next();
  });
  expect((await rude.closed).detail).toMatch(/pings without reading the answers/);
});
