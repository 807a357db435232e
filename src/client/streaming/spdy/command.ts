import type { Channel } from '../channel.js';
import { StreamError } from '../error.js';
import { writeSize } from '../resize.js';
import { statusAtEnd } from '../status.js';
import type { RemoteCommand, StreamOptions, Wanted } from '../types.js';
import { openSpdy, type SpdySession } from './session.js';

/** What the Go client offers, in its order. */
const PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];

/** Runs an exec or attach URL over SPDY. */
export function openSpdyCommand(url: string, want: Wanted, options: StreamOptions): Promise<RemoteCommand> {
  return openSpdy(url, options.protocols ?? PROTOCOLS, options, (session) => start(session, want));
}

/** The server starts the command once it has all the streams it counts on, and drops data that comes before. */
async function start({ connection, protocol, transcript }: SpdySession, want: Wanted): Promise<RemoteCommand> {
  const open = async (type: string, direction: 'in' | 'out'): Promise<Channel> => {
    const directions = { readable: direction === 'in', writable: direction === 'out' };
    const stream = connection.openStream(new Map([['streamtype', type]]), directions);
    await stream.accepted;
    return stream.channel;
  };
  const errors = await open('error', 'in');
  const stdin = want.stdin ? await open('stdin', 'out') : null;
  const stdout = want.stdout ? await open('stdout', 'in') : null;
  const stderr = want.stderr && !want.tty ? await open('stderr', 'in') : null;
  const sizes = want.tty && hasResize(protocol) ? await open('resize', 'out') : null;
  const status = statusAtEnd(errors, protocol);
  status.catch(() => undefined);
  return {
    transport: 'spdy',
    protocol,
    stdin,
    canCloseStdin: true,
    stdout,
    stderr,
    status,
    closed: connection.closed,
    resize: (width, height) => writeSize(sizes, protocol, width, height),
    drain() {
      stdout?.resume();
      stderr?.resume();
    },
    close() {
      errors.fail(new StreamError('closed', 'the session was closed by this client before a status arrived'));
      connection.close();
    },
    destroy: () => connection.destroy(),
    ping: () => connection.ping(),
    transcript: () => transcript.frames(),
  };
}

/** v1 and v2 have no resize stream, and a server would refuse one it does not expect. */
function hasResize(protocol: string): boolean {
  return /^v[3-9]\./.test(protocol);
}
