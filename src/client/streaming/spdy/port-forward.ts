import { textOf, type Channel } from '../channel.js';
import { beforeDeadline } from '../deadline.js';
import { StreamError } from '../error.js';
import type { ForwardedConnection, PortForwardSession, StreamOptions } from '../types.js';
import { openSpdy, type SpdySession } from './session.js';
import type { SpdyStream } from './stream.js';

const PROTOCOLS = ['portforward.k8s.io'];

/** Opens a port-forward URL over SPDY; it carries any number of connections. */
export function openSpdyPortForward(url: string, options: StreamOptions): Promise<PortForwardSession> {
  return openSpdy(url, options.protocols ?? PROTOCOLS, options, (session) => {
    const { connection, protocol, transcript } = session;
    const errorChannels = new Set<Channel>();
    let requests = 0;
    return Promise.resolve({
      transport: 'spdy',
      protocol,
      async connect(port) {
        const forwarded = await connect(session, port, requests++, options);
        errorChannels.add(forwarded.errors);
        forwarded.errors.once('close', () => errorChannels.delete(forwarded.errors));
        return forwarded.connection;
      },
      closed: connection.closed,
      close() {
        const why = new StreamError('closed', 'the session was closed by this client');
        for (const errors of [...errorChannels]) errors.fail(why);
        connection.close();
      },
      destroy: () => connection.destroy(),
      ping: () => connection.ping(),
      transcript: () => transcript.frames(),
    });
  });
}

/**
 * Opens the two streams of a connection, which the server pairs by their request id: the error stream first, ended at
 * once on this side, then the data stream.
 */
async function connect(
  { connection }: SpdySession,
  port: number,
  requestId: number,
  options: StreamOptions,
): Promise<{ connection: ForwardedConnection; errors: Channel }> {
  const opened: SpdyStream[] = [];
  const open = async (type: string): Promise<Channel> => {
    const headers = { streamtype: type, port: String(port), requestid: String(requestId) };
    const stream = connection.openStream(new Map(Object.entries(headers)), { readable: true, writable: true });
    opened.push(stream);
    await stream.accepted;
    return stream.channel;
  };
  const work = async (): Promise<{ connection: ForwardedConnection; errors: Channel }> => {
    const errors = await open('error');
    errors.end();
    const error = textOf(errors);
    const data = await open('data');
    const destroy = (): void => {
      data.destroy();
      errors.destroy(new StreamError('closed', `the connection to port ${port} was dropped by this client`));
    };
    return { errors, connection: { port, data, error, destroy } };
  };
  const waitingFor = (): string => `port ${port} was not forwarded: ${connection.waitingFor(opened)}`;
  const giveUp = (why: StreamError): void => {
    for (const stream of opened) stream.reset('CANCEL', why);
  };
  return beforeDeadline(work(), options, waitingFor, giveUp);
}
