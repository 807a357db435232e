import type { IncomingMessage } from 'node:http';

const BODY_LIMIT = 64 * 1024;

/** At most 64 KiB of a body, as text; what breaks off early is taken as it is. */
export async function readBody(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of response) {
      pieces.push(piece as Buffer);
      length += (piece as Buffer).length;
      if (length >= BODY_LIMIT) break;
    }
  } catch {
    // The status line is the answer; its explanation may be cut.
  }
  return Buffer.concat(pieces).toString('utf8', 0, BODY_LIMIT);
}
