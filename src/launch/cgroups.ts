import { readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listMounts } from './mounts.js';

/** Mount points of the cgroup hierarchies: one on v2, one per controller (and the unified one) on v1. */
export function cgroupRoots(): string[] {
  return listMounts()
    .filter((mount) => mount.fsType === 'cgroup' || mount.fsType === 'cgroup2')
    .map((mount) => mount.path);
}

/** Whether runtimes can use a controller: mounted on v1, listed at the root on v2. */
export function hasController(name: string): boolean {
  const mounts = listMounts();
  const v1 = mounts.filter((mount) => mount.fsType === 'cgroup');
  // Beside v1 hierarchies the unified one is there for systemd only; runtimes then work with v1 alone.
  if (v1.length > 0) return v1.some((mount) => mount.options.split(',').includes(name));
  return mounts.some((mount) => mount.fsType === 'cgroup2' && controllers(mount.path).includes(name));
}

function controllers(root: string): string[] {
  try {
    return readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(' ');
  } catch {
    return [];
  }
}

/** `v1`, `v2`, or undefined when no hierarchy is mounted. */
export function cgroupVersion(): 'v1' | 'v2' | undefined {
  const types = listMounts().map((mount) => mount.fsType);
  if (types.includes('cgroup')) return 'v1';
  return types.includes('cgroup2') ? 'v2' : undefined;
}

/** Every cgroup directory of every hierarchy, parents before children. */
export function listCgroups(): string[] {
  const found: string[] = [];
  const descend = (directory: string): void => {
    for (const child of subdirectories(directory)) {
      found.push(child);
      descend(child);
    }
  };
  for (const root of cgroupRoots()) descend(root);
  return found;
}

function subdirectories(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  } catch {
    return []; // removed since it was listed
  }
}

/** Lets frozen processes run again: on v1 a frozen process does not even die of SIGKILL. */
export function thaw(cgroups: string[]): void {
  for (const cgroup of cgroups) {
    for (const [file, value] of [
      ['freezer.state', 'THAWED'],
      ['cgroup.freeze', '0'],
    ] as const) {
      try {
        if (readFileSync(join(cgroup, file), 'utf8').trim() !== value) writeFileSync(join(cgroup, file), value);
      } catch {
        // Not every hierarchy can freeze.
      }
    }
  }
}

/**
 * Removes the cgroups that `doomed` picks and everything below them, children first.
 * @returns those that stayed, because processes are still in them
 */
export async function removeCgroups(doomed: (path: string) => boolean): Promise<string[]> {
  // The kernel may hold a cgroup for a moment after its last process died.
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const left = listCgroups().filter(doomed).reverse();
    for (const path of left) removeEmpty(path);
    if (left.length === 0) return [];
    if (attempt > 0) await sleep(25);
  }
  return listCgroups().filter(doomed);
}

/** Removes a directory if nothing is in it; cgroupfs refuses while processes or children are. */
export function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a path leads through a directory of one of these names. */
export function passesThrough(path: string, names: ReadonlySet<string>): boolean {
  for (let at = path; at !== '/' && at !== '.'; at = dirname(at)) {
    if (names.has(basename(at))) return true;
  }
  return false;
}
