import type { Duplex, Readable, Writable } from 'node:stream';
import type { Transcript } from './transcript.js';

/** How the session travels: the kubelet and crictl speak SPDY/3.1 to the runtime, WebSocket is the other choice. */
export type Transport = 'websocket' | 'spdy';

export interface StreamOptions {
  transport: Transport;
  /** Aborting cuts the session, or the attempt to open it, with a StreamError `closed`. */
  signal?: AbortSignal;
  /** From the first byte sent until the session is usable, its streams accepted, in ms. Default 30000. */
  connectTimeoutMs?: number;
  tls?: { ca?: string | Buffer; insecure?: boolean };
  /** Protocol names offered to the runtime, best first, instead of the usual ones. */
  protocols?: string[];
  /** Records the frames of the session from its first on; the caller's own, so that a session that fails to open leaves its traces. */
  transcript?: Transcript;
}

/** Which standard streams a session was asked for over gRPC; must be the same as in the request. */
export interface Wanted {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** What the runtime said on the error stream about the end of the command. */
export interface RemoteStatus {
  status: 'success' | 'exit-code' | 'error';
  /** 0 on success, 1 to 255 as reported, null if the runtime reported no code. */
  exitCode: number | null;
  /** The runtime's text, or what is wrong with its status; empty on success. */
  message: string;
  /** The error stream as received. */
  raw: string;
}

/** How a connection ended. */
export interface Closing {
  /**
   * `end`: in order, by either side. `reset`: cut, by either side (TCP reset, or ended with streams still open).
   * `error`: given up because of a protocol fault, a timeout or an abort.
   */
  how: 'end' | 'reset' | 'error';
  detail: string;
}

/** One frame or message of a session, or one half of the HTTP upgrade before it. */
export interface FrameRecord {
  /** Milliseconds from the start of the session. */
  atMs: number;
  direction: 'in' | 'out';
  /** `upgrade request`, `SYN_STREAM`, `DATA`, `message`, …; `left out` stands for frames dropped from the middle. */
  kind: string;
  /** SPDY stream id or WebSocket channel number, where the frame belongs to one. */
  stream?: number;
  flags?: string;
  /** Payload bytes as on the wire; for `left out` the number of frames. */
  length: number;
  /** The start of the payload, escaped to printable ASCII. */
  preview: string;
}

/** What every session has, whatever it carries. */
export interface Session {
  readonly transport: Transport;
  /** The protocol that the runtime chose. */
  readonly protocol: string;
  /** Settles once, never rejects. */
  readonly closed: Promise<Closing>;
  /**
   * Ends the session in order (SPDY: streams reset, GOAWAY; WebSocket: close frame 1000), like a client that detaches.
   * Streams end; what has arrived stays readable. A peer that does not follow within 2 s is cut off.
   */
  close(): void;
  /** Vanishes: resets the TCP connection (over TLS: closes it) without a word to the peer. */
  destroy(): void;
  /** A round trip by the transport's own ping: settles with the answer, rejects if the session ends before. */
  ping(): Promise<undefined>;
  /** The first and last frames of the session, in order; bounded. */
  transcript(): FrameRecord[];
}

/**
 * A running exec or attach.
 *
 * Streams share one connection without flow control per stream. Each buffers about 1 MiB that nobody reads (over
 * WebSocket up to one message more); a stream
 * beyond that holds up the connection, and with it the others, the status and the news of the peer's end. So read all
 * that was asked for, or call `drain`.
 *
 * A stream of a connection that broke first yields what had arrived, then fails with a StreamError. Errors that nobody
 * listens for are harmless: neither streams nor promises of a session crash the process.
 */
export interface RemoteCommand extends Session {
  /** `end()` half-closes stdin at the peer if `canCloseStdin`, else it only ends writing here. */
  readonly stdin: Writable | null;
  /** WebSocket before v5 has no way to say that stdin ended. */
  readonly canCloseStdin: boolean;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Tells the terminal's new size in characters; rejects without a tty, before v3 and on a closed session. */
  resize(width: number, height: number): Promise<void>;
  /** What the runtime reported; rejects with a StreamError if the session ended before it did. */
  readonly status: Promise<RemoteStatus>;
  /** Discards what stdout and stderr bring and nobody reads, so that the status can arrive. */
  drain(): void;
}

/** One forwarded TCP connection. */
export interface ForwardedConnection {
  /** The port in the pod. */
  readonly port: number;
  /**
   * Half-open: `end()` passes on as the end of input (not over WebSocket before v5), reading goes on. As with every
   * Duplex of Node, `for await` destroys both directions when it is through; to go on writing listen for `data` and `end`.
   */
  readonly data: Duplex;
  /** The runtime's text about this connection once it ended, '' if there was none; rejects if the session broke. */
  readonly error: Promise<string>;
  /** Drops this connection; over WebSocket the peer only learns of it when the session ends. */
  destroy(): void;
}

/** A port-forward session. SPDY carries any number of connections, WebSocket one for each requested port. */
export interface PortForwardSession extends Session {
  connect(port: number): Promise<ForwardedConnection>;
}
