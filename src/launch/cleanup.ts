import { existsSync } from 'node:fs';
import { readHostBefore, restoreHost } from './host.js';
import { withLock } from './lock.js';
import { isAlive } from './processes.js';
import { removeEmpty } from './cgroups.js';
import { BASE_DIRECTORY, launchDirectories, readState } from './state.js';
import { removeDirectory, takeDown } from './takedown.js';

export interface CleanupResult {
  /** What was taken down, one line each. */
  removed: string[];
  /** What could not be removed, one line each. */
  trouble: string[];
}

/**
 * Takes down every launch whose owner is gone, e.g. after `kill -9` of the harness. An owner counts as gone when its
 * pid is free or belongs to a process that started at another time. Launches of living owners are left alone.
 */
export async function cleanupLaunched(): Promise<CleanupResult> {
  const result: CleanupResult = { removed: [], trouble: [] };
  for (const directory of launchDirectories()) {
    const state = readState(directory);
    if (state === undefined || isAlive(state.owner)) continue;
    const trouble = await takeDown(state);
    result.trouble.push(...trouble);
    if (trouble.length === 0) result.removed.push(`${state.runtime} of process ${state.owner.pid} in ${directory}`);
  }
  await withLock(() => removeRemains(result));
  return result;
}

/** Removes directories without a state, and the record of the host that the last launch could not put back. */
async function removeRemains(result: CleanupResult): Promise<void> {
  for (const directory of launchDirectories()) {
    // The state is written before the lock is let go of: with the lock held, its absence means a launch that died.
    if (readState(directory) !== undefined) continue;
    const trouble = removeDirectory(directory);
    result.trouble.push(...trouble);
    if (trouble.length === 0) result.removed.push(`the unfinished launch in ${directory}`);
  }
  const before = readHostBefore();
  if (launchDirectories().length === 0 && before !== undefined) await restoreHost(before);
  if (existsSync(BASE_DIRECTORY)) removeEmpty(BASE_DIRECTORY);
}
