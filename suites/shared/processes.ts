import { randomInt } from 'node:crypto';
import type { Container, ContainerHost, SpecContext } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';

/** A `sleep` of several days that can be told from every other process by its argument. */
export function markedSleep(): { command: string[]; marker: string } {
  const marker = String(randomInt(100_000_000, 999_999_999));
  return { command: ['/bin/sleep', marker], marker };
}

/** Process ids, as the container sees them, of processes that have the marker on their command line. */
export async function processesWith(container: Container, marker: string): Promise<string[]> {
  // The bracket keeps the search itself from being found.
  const pattern = `[${marker.slice(0, 1)}]${marker.slice(1)}`;
  const found = await container.exec(['/bin/sh', '-c', `grep -ls '${pattern}' /proc/[0-9]*/cmdline`]);
  return found.stdout.split('\n').flatMap((path) => /^\/proc\/(\d+)\//.exec(path)?.[1] ?? []);
}

/**
 * A container whose first process is `sleep`, and no more the OCI runtime: that makes itself its program a moment after
 * StartContainer has returned, and has some of what it is to have only then.
 */
export async function startSleeping(
  t: SpecContext,
  pod: ContainerHost,
  config: ContainerInput = {},
): Promise<Container> {
  const container = await pod.start({ ...config, command: ['/bin/sleep', '1000'] });
  await t.eventually(
    'the program of the container runs',
    () => container.output(['/bin/cat', '/proc/1/comm']),
    (name) => name === 'sleep',
  );
  return container;
}
