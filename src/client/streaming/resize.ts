import type { Channel } from './channel.js';
import { StreamError } from './error.js';

/**
 * Sends a terminal size, in characters, as the JSON object that resize streams carry.
 * @param sizes null where the session has no resize stream
 */
export async function writeSize(sizes: Channel | null, protocol: string, width: number, height: number): Promise<void> {
  if (sizes === null) {
    throw new StreamError('protocol', `no resize stream: ask for a tty over v3.channel.k8s.io or later (${protocol})`);
  }
  await new Promise<void>((resolve, reject) => {
    sizes.write(`${JSON.stringify({ Width: width, Height: height })}\n`, (error) => {
      if (error) reject(StreamError.from(sizes.errored ?? error, 'closed', 'the size could not be sent'));
      else resolve();
    });
  });
}
