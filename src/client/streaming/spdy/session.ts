import { beforeDeadline, onAbort } from '../deadline.js';
import { StreamError } from '../error.js';
import { Transcript } from '../transcript.js';
import type { StreamOptions } from '../types.js';
import { SpdyConnection } from './connection.js';
import { upgradeToSpdy } from './upgrade.js';

export interface SpdySession {
  connection: SpdyConnection;
  protocol: string;
  transcript: Transcript;
}

/**
 * Upgrades `url` and lets `setUp` open the first streams, all under the connect timeout. The connection is given up
 * if any of it fails, and later if the caller's signal is aborted.
 */
export async function openSpdy<T>(
  url: string,
  protocols: string[],
  options: StreamOptions,
  setUp: (session: SpdySession) => Promise<T>,
): Promise<T> {
  const { transcript = new Transcript() } = options;
  const attempt = new AbortController();
  let connection: SpdyConnection | undefined;
  const work = async (): Promise<T> => {
    const upgraded = await upgradeToSpdy(url, protocols, options.tls, transcript, attempt.signal);
    connection = new SpdyConnection(upgraded.socket, { role: 'client', transcript });
    connection.start(upgraded.head, upgraded.reads);
    return setUp({ connection, protocol: upgraded.protocol, transcript });
  };
  const waitingFor = (): string => connection?.waitingFor() ?? `no answer to the SPDY upgrade of ${url}`;
  const giveUp = (error: StreamError): void => {
    connection?.fail(error);
    attempt.abort();
  };
  try {
    const result = await beforeDeadline(work(), options, waitingFor, giveUp);
    const forgetAbort = onAbort(options.signal, giveUp);
    void connection?.closed.then(forgetAbort);
    return result;
  } catch (error) {
    connection?.fail(StreamError.from(error, 'protocol', `session at ${url}`));
    throw error;
  }
}
