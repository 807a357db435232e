import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { openExec, type RemoteCommand, type StreamOptions } from '../../../src/client/streaming/index.js';
import { selfSigned, type SelfSigned } from '../../support/certificate.js';
import { execServer, exitStatus, readAll, streamError, WANT, type Session } from './support.js';

const certificate = selfSigned();

describe.each(['websocket', 'spdy'] as const)('over %s and TLS', (transport) => {
  async function open(
    tls: StreamOptions['tls'],
    command: (session: Session) => void = echo,
    server: SelfSigned = certificate,
  ): Promise<RemoteCommand> {
    return openExec(await execServer(transport, WANT, command, server), WANT, { transport, ...(tls && { tls }) });
  }

  function echo({ stdin, stdout, finish }: Session): void {
    let length = 0;
    stdin.on('data', (piece: Buffer) => {
      length += piece.length;
      stdout.write(piece);
      if (length === 1 << 20) void finish(exitStatus(7));
    });
  }

  test.each([
    ['a server that the CA vouches for', { ca: certificate.cert }, certificate],
    ['any server, where that is wanted', { insecure: true }, certificate],
    ['a server under another name, where that is wanted', { insecure: true }, selfSigned('192.0.2.1')],
  ])('%s serves a whole session', async (_what, tls, server) => {
    const command = await open(tls, echo, server);
    const input = Buffer.alloc(1 << 20, 'some text ');
    const output = readAll(command.stdout);
    command.stdin?.write(input);
    expect((await output).equals(input)).toBe(true);
    expect(await command.status).toMatchObject({ exitCode: 7 });
    expect(await command.closed).toMatchObject({ how: 'end' });
  });

  test.each([
    ['the CAs of the system', undefined, certificate, /self-signed certificate/],
    ['another CA', { ca: selfSigned().cert }, certificate, /self-signed|unable to verify|signature/],
    [
      'a CA, for a server under another name',
      { ca: selfSigned('192.0.2.1').cert },
      certificate,
      /self-signed|verify|signature/,
    ],
  ])('%s does not do for it, and the error says so', async (_what, tls, server, message) => {
    const error = await streamError(open(tls, echo, server));
    expect(error.code).toBe('connect');
    expect(error.message).toMatch(message);
  });

  test('a certificate for another address is refused by name', async () => {
    const other = selfSigned('192.0.2.1');
    expect((await streamError(open({ ca: other.cert }, echo, other))).message).toMatch(/IP: 127\.0\.0\.1 is not in/);
  });

  test('a client that vanishes is gone for the server', async () => {
    let far: Session | undefined;
    const command = await open({ insecure: true }, (session) => (far = session));
    const gone = new Promise((resolve) => far?.socket.once('close', resolve));
    command.destroy();
    await gone;
    expect(await command.closed).toMatchObject({ how: 'reset' });
  });

  test('plain HTTP at a TLS server is told from a missing server', async () => {
    const url = await execServer(transport, WANT, echo, certificate);
    const error = await streamError(openExec(url.replace('https:', 'http:'), WANT, { transport }));
    expect(error.code).toMatch(/connect|protocol/);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  });
});
