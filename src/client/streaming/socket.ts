import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** Ends a TCP connection with RST. What sits below TLS cannot be reset from here, so TLS is just closed. */
export function resetSocket(socket: Duplex): void {
  if (socket instanceof Socket && !(socket instanceof TLSSocket) && !socket.destroyed) socket.resetAndDestroy();
  else socket.destroy();
}

/**
 * Lets reading go on after a failed write, and reports that failure to `failed` instead.
 *
 * A runtime closes the connection when the command ended, whatever stdin still brings. Writing into that gives EPIPE,
 * and Node then destroys the socket with all that was received and not yet read: the end of the output and the exit
 * code. The kernel keeps those bytes readable, so only the write side must die.
 */
export function readOnAfterWriteError(socket: Duplex, failed: (error: Error) => void): void {
  const swallow =
    (done: (error?: Error | null) => void) =>
    (error?: Error | null): void => {
      if (error) failed(error);
      done();
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, swallow(done));
  const writev = socket._writev?.bind(socket);
  if (writev !== undefined) socket._writev = (chunks, done) => writev(chunks, swallow(done));
}
