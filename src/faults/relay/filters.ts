export type Direction = 'up' | 'down';
/** What a stream is for: those of exec and attach, and for port forwarding `data` and `error`. */
export type StreamName = 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize' | 'data';

/** What goes onto a stream. */
export interface Part {
  stream: StreamName;
  /** Forwarded connection by its number, from 0; 0 for exec and attach. */
  connection: number;
  payload: Buffer;
  /** The sender's half of the stream ends with this. SPDY only; over WebSocket it means nothing. */
  last: boolean;
}

/** A data frame of a streaming session, whichever transport carries it. */
export interface Chunk extends Part {
  /** `up`: from the client to the runtime. */
  direction: Direction;
  /** Bytes of this stream and direction that passed before this chunk. */
  offset: number;
  /** The port that the connection is for; 0 for exec and attach. */
  port: number;
  /** The sender resets the stream: `last`, without payload, and both halves end. SPDY only. */
  reset: boolean;
}

/**
 * What becomes of a chunk: itself, another payload, nothing, other parts in its place, or the end of the connection
 * without a word.
 */
export type Fate = Buffer | 'pass' | 'drop' | 'sever' | Part[];

/** One connection of a client, for what a filter does of its own accord. */
export interface Session {
  readonly transport: 'spdy' | 'websocket';
  /** Sends between two frames; nothing happens where the session has no such stream. */
  send(direction: Direction, part: Part): void;
  /** Ends the session towards both sides, in order towards the client. */
  end(): void;
  /** For how many ms the receiver held up what was sent last. */
  heldUp(direction: Direction): number;
}

/** The headers that a client opens a SPDY stream with, names in lower case. */
export type Headers = ReadonlyMap<string, string>;

export type Opened = Headers | 'refuse' | 'ignore';

/** What a relay does with the sessions at one URL. Without any of these it passes bytes. */
export interface Filters {
  /** Of a PortForward: the ports of the request, which is all that tells what the channels of a WebSocket are for. */
  ports?: readonly number[];
  /** Looks at each chunk in order; waiting delays everything behind it in that direction. */
  chunk?: (chunk: Chunk, session: Session) => Fate | Promise<Fate>;
  /** A side ends the session, by its last frame or its connection. `drop` keeps that from the other side. */
  end?: (direction: Direction, session: Session) => 'pass' | 'drop' | Promise<'pass' | 'drop'>;
  /** A side sends a ping, which the other one is to answer. `drop` keeps it from the other side. */
  ping?: (direction: Direction, session: Session) => 'pass' | 'drop';
  /** The client opens a SPDY stream: with other headers, not at all (it is refused), or nobody learns of it. */
  open?: (headers: Headers) => Opened | Promise<Opened>;
  /**
   * Called for each connection to the URL before anything is passed on: true lets it through, a number refuses it with
   * that HTTP status, a string sends it to another URL of the runtime.
   */
  connect?: (connectionsBefore: number) => true | number | string | Promise<true | number | string>;
  /** Rewrites the head of the HTTP request before it goes to the runtime, or of the answer. */
  head?: (direction: Direction, head: string) => string;
  /** Whether a URL with this in place of the token opens a session, too. */
  alsoAt?: (token: string) => boolean;
}
