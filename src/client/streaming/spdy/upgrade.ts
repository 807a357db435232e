import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { refusedUpgrade, StreamError, unreachable } from '../error.js';
import { readBody } from '../http.js';
import type { Transcript } from '../transcript.js';
import type { StreamOptions } from '../types.js';
import { DirectReads } from './direct-reads.js';

const TOKEN = 'SPDY/3.1';
/** Names the stream protocol: one header for each offer, best first, and one with the choice in the answer. */
const VERSION_HEADER = 'X-Stream-Protocol-Version';

export interface Upgraded {
  socket: Socket;
  /** What the peer sent behind its answer. */
  head: Buffer;
  protocol: string;
  /** How the socket is read; null if as any stream. */
  reads: DirectReads | null;
}

/**
 * Turns a POST to `url` into a SPDY connection, as the Go clients do.
 * Throws a StreamError: `refused` for any other answer than 101, `protocol` for a 101 that is not what was asked for,
 * `connect` if there was no answer. Aborting `signal` ends the attempt.
 */
export function upgradeToSpdy(
  url: string,
  protocols: string[],
  tls: StreamOptions['tls'],
  transcript: Transcript,
  signal: AbortSignal,
): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const { request, reads } = send(url, protocols, tls, signal);
    transcript.note('out', 'upgrade request', `POST ${url} ${TOKEN}, offering ${protocols.join(', ')}`);
    request.on('upgrade', (response, socket: Socket, head) => {
      note(transcript, response);
      const protocol = chosenProtocol(response, protocols);
      if (typeof protocol === 'string') {
        socket.setTimeout(0);
        resolve({ socket, head, protocol, reads });
      } else {
        socket.destroy();
        reject(protocol);
      }
    });
    request.on('response', (response) => {
      const { socket } = response;
      note(transcript, response);
      // Without an Upgrade header Node takes a 101 for an ordinary answer.
      const fault = response.statusCode === 101 ? chosenProtocol(response, protocols) : undefined;
      if (fault instanceof StreamError) reject(fault);
      void readBody(response).then((body) => {
        const accepted = headerValues(response, 'x-accepted-stream-protocol-versions');
        reject(refusedUpgrade(TOKEN, response.statusCode ?? 0, body, accepted));
        // An answered request has let go of its connection, which would stay open for a next one.
        socket.destroy();
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The parser's complaints are about what the peer sent, the rest about reaching it.
      const spoke = error.code?.startsWith('HPE_') === true;
      const what = spoke ? `no HTTP from ${url}` : unreachable(url);
      reject(StreamError.from(error, spoke ? 'protocol' : 'connect', what));
    });
    request.end();
  });
}

interface Sent {
  request: ClientRequest;
  reads: DirectReads | null;
}

function send(url: string, protocols: string[], tls: StreamOptions['tls'], signal: AbortSignal): Sent {
  const headers = { Connection: 'Upgrade', Upgrade: TOKEN, [VERSION_HEADER]: protocols };
  const options = { method: 'POST', signal, headers };
  const trust = tls?.ca === undefined ? {} : { ca: tls.ca };
  try {
    const target = new URL(url);
    if (target.protocol === 'https:') {
      const verified = { ...trust, rejectUnauthorized: tls?.insecure !== true };
      return { request: httpsRequest(target, { ...options, ...verified, agent: false }), reads: null };
    }
    const reads = new DirectReads();
    return { request: httpRequest(target, { ...options, createConnection: reads.connect }), reads };
  } catch (cause) {
    throw StreamError.from(cause, 'connect', `cannot open ${url}`);
  }
}

/** The protocol a 101 agrees to, or what is wrong with it. */
function chosenProtocol(response: IncomingMessage, offered: string[]): string | StreamError {
  const upgrade = response.headers.upgrade ?? '';
  if (upgrade.toLowerCase() !== TOKEN.toLowerCase()) {
    return new StreamError('protocol', `the runtime answered 101 with Upgrade '${upgrade}' instead of ${TOKEN}`);
  }
  const [protocol = ''] = headerValues(response, VERSION_HEADER.toLowerCase());
  if (offered.includes(protocol)) return protocol;
  const asked = offered.join(', ');
  return new StreamError('protocol', `the runtime chose the protocol '${protocol}', which is none of ${asked}`);
}

function headerValues(response: IncomingMessage, name: string): string[] {
  const values = response.headersDistinct[name] ?? [];
  return values.flatMap((value) => value.split(',')).map((value) => value.trim());
}

function note(transcript: Transcript, response: IncomingMessage): void {
  const protocol = headerValues(response, VERSION_HEADER.toLowerCase()).join(', ') || 'none';
  transcript.note('in', 'upgrade response', `HTTP ${response.statusCode ?? 0}, protocol ${protocol}`);
}
