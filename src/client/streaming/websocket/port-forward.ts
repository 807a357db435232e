import { textOf, type Channel } from '../channel.js';
import { beforeDeadline } from '../deadline.js';
import { deferred, type Deferred } from '../deferred.js';
import { StreamError } from '../error.js';
import type { ForwardedConnection, PortForwardSession, StreamOptions } from '../types.js';
import { WebSocketSession } from './session.js';

const PROTOCOLS = ['v4.channel.k8s.io'];
const PREFIX_BYTES = 2;

/** One requested port: channel 2i carries its data, channel 2i+1 its error text. */
interface ForwardedPort {
  port: number;
  data: Channel;
  errors: Channel;
  taken: boolean;
  ready: Promise<unknown>;
}

/**
 * Opens a port-forward URL over WebSocket. The runtime connects to each of the requested ports, once, and begins every
 * channel with the port as two bytes, little endian, so that a wrong order of ports is noticed.
 */
export async function openWebSocketPortForward(
  url: string,
  ports: number[],
  options: StreamOptions,
): Promise<PortForwardSession> {
  const session = await WebSocketSession.open(url, options.protocols ?? PROTOCOLS, options);
  const prefixes = new Map<number, Prefix>();
  const prefixed = (id: number, port: number, writable: boolean): [Channel, Prefix] => {
    const prefix = new Prefix(id, port);
    prefixes.set(id, prefix);
    return [session.channel(id, { readable: true, writable }), prefix];
  };
  const forwarded = ports.map((port, index): ForwardedPort => {
    const [data, dataPrefix] = prefixed(2 * index, port, true);
    const [errors, errorsPrefix] = prefixed(2 * index + 1, port, false);
    const ready = Promise.all([dataPrefix.complete.promise, errorsPrefix.complete.promise]);
    return { port, data, errors, taken: false, ready };
  });
  session.filter = (id, payload) => prefixes.get(id)?.strip(payload) ?? payload;
  session.start();
  return {
    transport: 'websocket',
    protocol: session.protocol,
    connect: async (port) => connect(take(forwarded, port), session, options),
    closed: session.closed,
    close() {
      for (const { errors } of forwarded)
        errors.fail(new StreamError('closed', 'the session was closed by this client'));
      session.close();
    },
    destroy: () => session.destroy(),
    ping: () => session.ping(),
    transcript: () => session.transcript.frames(),
  };
}

function take(forwarded: ForwardedPort[], port: number): ForwardedPort {
  const free = forwarded.find((candidate) => candidate.port === port && !candidate.taken);
  if (free !== undefined) {
    free.taken = true;
    return free;
  }
  const asked = forwarded.map((each) => each.port).join(', ') || 'none';
  throw new StreamError(
    'closed',
    `no connection to port ${port} left: a WebSocket session has one for each requested port (${asked}); open another`,
  );
}

async function connect(
  { port, data, errors, ready }: ForwardedPort,
  session: WebSocketSession,
  options: StreamOptions,
): Promise<ForwardedConnection> {
  const error = textOf(errors);
  const ended = session.closed.then(({ detail }) => {
    throw new StreamError('closed', `the session ended before port ${port} was connected: ${detail}`);
  });
  const waitingFor = (): string =>
    `port ${port} was not announced on its channels; ${session.transcript.lastReceived()}`;
  await beforeDeadline(Promise.race([ready, ended]), options, waitingFor, (cause) => session.fail(cause));
  return {
    port,
    data,
    error,
    destroy() {
      data.destroy();
      errors.destroy();
    },
  };
}

/** The two bytes before the first payload of a channel, however the peer splits them. */
class Prefix {
  readonly complete: Deferred<undefined> = deferred<undefined>();
  private bytes = Buffer.alloc(0);

  constructor(
    private readonly channel: number,
    private readonly port: number,
  ) {}

  /** What is left of a message without the prefix. Throws a StreamError if the prefix names another port. */
  strip(payload: Buffer): Buffer {
    const missing = PREFIX_BYTES - this.bytes.length;
    if (missing === 0) return payload;
    this.bytes = Buffer.concat([this.bytes, payload.subarray(0, missing)]);
    if (this.bytes.length === PREFIX_BYTES) {
      const named = this.bytes.readUInt16LE();
      if (named !== this.port) {
        const text = `channel ${this.channel} starts with port ${named} instead of ${this.port} (two bytes, little endian)`;
        throw new StreamError('protocol', text);
      }
      this.complete.resolve(undefined);
    }
    return payload.subarray(missing);
  }
}
