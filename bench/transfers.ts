import { once } from 'node:events';
import { request } from 'node:http';
import type { Readable, Writable } from 'node:stream';

/** What every way of streaming.ts carries, in each direction. */
export const BYTES = 64 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024);

export type Direction = 'down' | 'up';

/**
 * The same program at both peers, with large blocks: what it costs is not the subject. The shell stays, and with it
 * the stdout that a runtime may take for the whole session. `exactly` stops without an end of input.
 */
export function command(direction: Direction, exactly = false): string {
  if (direction === 'down') return `busybox dd if=/dev/zero bs=64k count=${BYTES / PIECE.length} 2> /dev/null; exit $?`;
  if (exactly) return `busybox head -c ${BYTES} > /dev/null; exit $?`;
  return 'busybox dd of=/dev/null bs=64k 2> /dev/null; exit $?';
}

/** Writes {@link BYTES} as fast as they are taken; the same piece again and again. */
export async function send(to: Writable): Promise<void> {
  for (let left = BYTES; left > 0; left -= PIECE.length) if (!to.write(PIECE)) await once(to, 'drain');
}

/** Reads to the end, counting. */
export async function take(from: Readable, expected = BYTES): Promise<void> {
  let got = 0;
  from.on('data', (chunk: Buffer) => (got += chunk.length));
  await once(from, 'end');
  if (got !== expected) throw new Error(`${got} bytes arrived instead of ${expected}`);
}

/** One request to the peer, as any node program would make it. */
export async function overHttp(port: number, path: string, direction: Direction): Promise<void> {
  const method = direction === 'down' ? 'GET' : 'POST';
  const call = request({ port, host: '127.0.0.1', path, method, agent: false });
  const answered = once(call, 'response') as Promise<[Readable]>;
  if (direction === 'up') await send(call);
  call.end();
  const [response] = await answered;
  await take(response, direction === 'down' ? BYTES : 0);
}
