import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export const MIB = 1024 * 1024;

const PIECE = Buffer.alloc(64 * 1024);

/** What two ends compare: a lost, doubled or changed byte shows in one or both. */
export interface Digest {
  bytes: number;
  sha256: string;
}

export function digest(bytes: Buffer): Digest {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** `size` bytes without a pattern, in pieces, never the same twice; no more than one piece in memory. */
function* noise(size: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', randomBytes(16), randomBytes(16));
  for (let left = size; left > 0; left -= PIECE.length) {
    yield cipher.update(PIECE.subarray(0, Math.min(left, PIECE.length)));
  }
}

/** Writes `size` bytes without a pattern, as fast as the peer takes them, and leaves the stream open. */
export async function sendNoise(to: Writable, size: number, signal: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  for (const piece of noise(size)) {
    hash.update(piece);
    if (!to.write(piece)) await once(to, 'drain', { signal });
  }
  return { bytes: size, sha256: hash.digest('hex') };
}

interface Reading {
  /** Stop after so many bytes, leaving the stream open; else read to the end. */
  upTo?: number;
  /** A reader that rests so many ms after each MiB. */
  restMs?: number;
}

/** Reads a stream, keeping a digest only. `progress` counts along, for the report of one that stops. */
export async function receive(
  from: Readable,
  { upTo = Infinity, restMs = 0 }: Reading = {},
  progress: { bytes: number } = { bytes: 0 },
): Promise<Digest> {
  const hash = createHash('sha256');
  let restAt = MIB;
  for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    progress.bytes += chunk.length;
    if (progress.bytes >= upTo) break;
    if (restMs > 0 && progress.bytes >= restAt) {
      restAt += MIB;
      await sleep(restMs);
    }
  }
  return { bytes: progress.bytes, sha256: hash.digest('hex') };
}
