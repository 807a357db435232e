import { readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/**
 * Removes a cgroup directory of ours, with all that is below it, from every hierarchy. The kubelet removes a pod's
 * cgroup itself; a runtime does not.
 * @param name directory directly below the hierarchies' roots
 * @returns one line per directory that could not be removed
 */
export function removeCgroups(name: string): string[] {
  const roots = [CGROUPS, ...subdirectories(CGROUPS)];
  return roots.flatMap((root) => removeTree(join(root, name)));
}

function removeTree(directory: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const trouble = subdirectories(directory).flatMap(removeTree);
  try {
    rmdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      trouble.push(`cgroup ${directory}: ${(error as Error).message}`);
  }
  return trouble;
}

function subdirectories(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  } catch {
    return [];
  }
}
