/** A data frame of a streaming session, whichever transport carries it. */
export interface Chunk {
  /** `up`: from the client to the runtime. */
  direction: 'up' | 'down';
  /** What the stream is for. For port forwarding `data` and `error`. */
  stream: 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize' | 'data';
  /** Port-forwarded connection by its number, from 0; 0 for exec and attach. */
  connection: number;
  /** Bytes of this stream and direction that passed before this chunk. */
  offset: number;
  payload: Buffer;
  /** The sender's half of the stream ends with this chunk, which may be empty. SPDY only. */
  last: boolean;
}

/** What becomes of a chunk: itself, another payload, nothing, or the end of the connection. */
export type Fate = Buffer | 'pass' | 'drop' | 'sever';

export interface Filters {
  /** Looks at each chunk in order; waiting delays everything behind it in that direction. */
  chunk?: (chunk: Chunk) => Fate | Promise<Fate>;
  /** Called for each connection to the URL before anything is passed on; false refuses it with the HTTP status. */
  connect?: (sessionsBefore: number) => true | number;
}
