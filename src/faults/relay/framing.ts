import type { ByteSource } from './byte-source.js';
import type { Chunk, Direction, Part } from './filters.js';

/** One frame of a session, or some bytes where nobody looks at frames. */
export interface Item {
  /** As received; what goes on unless a filter wants something else. */
  bytes: Buffer;
  /** Set for data that filters may look at. */
  chunk?: Omit<Chunk, 'direction' | 'offset'>;
  /** The sender ends the session. */
  end?: boolean;
  /** The sender asks for an answer, by the transport's own means. */
  ping?: boolean;
}

/** How a transport puts parts of streams into bytes. */
export interface Framing {
  /** The next item; null if the peer ended, also within a frame. */
  read(direction: Direction, source: ByteSource): Promise<Item | null>;
  /** Empty where the session has no such stream. */
  encode(direction: Direction, part: Part): Buffer;
  /** The word with which a server ends a session in order. */
  farewell(): Buffer;
}

/** Bytes as they come. */
export const unframed: Framing = {
  read: async (_direction, source) => ((await source.has(1)) ? { bytes: source.take() } : null),
  encode: () => Buffer.alloc(0),
  farewell: () => Buffer.alloc(0),
};
