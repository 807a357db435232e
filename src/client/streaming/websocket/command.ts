import type { Channel } from '../channel.js';
import { StreamError } from '../error.js';
import { writeSize } from '../resize.js';
import { statusAtMessage } from '../status.js';
import type { RemoteCommand, StreamOptions, Wanted } from '../types.js';
import { ERROR, RESIZE, STDERR, STDIN, STDOUT } from './codec.js';
import { WebSocketSession } from './session.js';

/** v5 only where a runtime is ahead of the server library, which serves v4 and v1. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** Runs an exec or attach URL over WebSocket. */
export async function openWebSocketCommand(url: string, want: Wanted, options: StreamOptions): Promise<RemoteCommand> {
  const session = await WebSocketSession.open(url, options.protocols ?? PROTOCOLS, options);
  const { protocol } = session;
  const input = (id: number): Channel => session.channel(id, { readable: true, writable: false });
  const output = (id: number): Channel => session.channel(id, { readable: false, writable: true });
  const stdin = want.stdin ? output(STDIN) : null;
  const stdout = want.stdout ? input(STDOUT) : null;
  const stderr = want.stderr ? input(STDERR) : null;
  const errors = input(ERROR);
  const sizes = want.tty ? output(RESIZE) : null;
  const status = statusAtMessage(errors, protocol);
  status.catch(() => undefined);
  session.start();
  return {
    transport: 'websocket',
    protocol,
    stdin,
    canCloseStdin: session.canCloseChannels,
    stdout,
    stderr,
    status,
    closed: session.closed,
    resize: (width, height) => writeSize(sizes, protocol, width, height),
    drain() {
      stdout?.resume();
      stderr?.resume();
    },
    close() {
      errors.fail(new StreamError('closed', 'the session was closed by this client before a status arrived'));
      session.close();
    },
    destroy: () => session.destroy(),
    ping: () => session.ping(),
    transcript: () => session.transcript.frames(),
  };
}
