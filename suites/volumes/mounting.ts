import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { SpecContext } from '../../src/kit/index.js';

const run = promisify(execFile);

/** Runs mount(8) or umount(8) on the host. Needs root. */
export async function mount(...args: string[]): Promise<void> {
  await run('mount', args);
}

/** Mount points on the host at or below a path, deepest last. */
export async function mountPoints(below: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  return points.filter((point) => point === below || point.startsWith(`${below}/`));
}

/**
 * A directory of the host that is a mount of its own with the given propagation, `shared` or `private`. Whatever is
 * mounted at or below it when the spec ends is unmounted.
 */
export async function hostMount(t: SpecContext, propagation: 'shared' | 'private'): Promise<string> {
  const path = `${await t.directory()}/mount`;
  await mkdir(path);
  t.defer(`mounts below ${path}`, async () => {
    for (const point of (await mountPoints(path)).reverse()) await run('umount', [point]);
  });
  await mount('--bind', path, path);
  await mount(`--make-${propagation}`, path);
  return path;
}
