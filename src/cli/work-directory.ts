import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, ownIdentity, type ProcessIdentity } from '../launch/processes.js';

const PREFIX = 'crivet-run-';
const OWNER = 'owner.json';

/**
 * Makes the directory for logs and files of a run's specs. It names its owner, so that `crivet cleanup` can tell one
 * that was left behind from one in use.
 */
export function makeWorkDirectory(runId: string): string {
  const directory = join(realpathSync(tmpdir()), `${PREFIX}${runId}`);
  // Containers that do not run as root must be able to reach what a spec mounts from here.
  mkdirSync(directory, { mode: 0o755 });
  writeFileSync(join(directory, OWNER), JSON.stringify(ownIdentity()));
  // Made here and never by the specs: one that goes on while all is taken down cannot bring the directory back.
  for (const name of ['logs', 'files']) mkdirSync(join(directory, name), { mode: 0o755 });
  return directory;
}

/** Work directories of runs whose process is gone, and those of runs that are still going on, by run id. */
export function workDirectories(): { stale: Map<string, string>; living: Set<string> } {
  const parent = realpathSync(tmpdir());
  const stale = new Map<string, string>();
  const living = new Set<string>();
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(PREFIX))) {
    const runId = name.slice(PREFIX.length);
    if (isOwned(join(parent, name))) living.add(runId);
    else stale.set(runId, join(parent, name));
  }
  return { stale, living };
}

export function removeWorkDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

function isOwned(directory: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(join(directory, OWNER), 'utf8')) as ProcessIdentity);
  } catch {
    // A run writes its owner file right after making the directory: without one, nobody is there any more.
    return false;
  }
}
