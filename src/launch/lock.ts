import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LaunchError } from './types.js';

// In the abstract namespace the kernel drops the name with the process, so that a lock cannot outlive its holder.
const NAME = '\0crivet/launch';

function tryListen(): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(NAME, () => resolve(server));
  });
}

/**
 * Runs `body` while no other crivet process of this host launches or takes down: they share /run/crivet, the choice
 * of subnets and the record of what the host looked like before the first launch.
 * @throws {LaunchError} if another process holds the lock for longer than `withinMs`
 */
export async function withLock<T>(body: () => Promise<T>, withinMs = 20_000): Promise<T> {
  const until = performance.now() + withinMs;
  let server = await tryListen();
  while (server === undefined) {
    if (performance.now() > until) {
      const who = 'another crivet process has been launching or taking down for too long (grep crivet /proc/net/unix)';
      throw new LaunchError(`${who}: end it, then run 'crivet cleanup'`);
    }
    await sleep(20);
    server = await tryListen();
  }
  try {
    return await body();
  } finally {
    server.close();
  }
}
