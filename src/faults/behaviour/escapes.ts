import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/* Processes that a runtime on this host loses sight of. */

const CGROUPS = '/sys/fs/cgroup';

/**
 * Takes all processes of a container but its first one out of the container's cgroups, so that the runtime does not
 * find them there any more. They end with their process namespace.
 * @returns whether there were any
 */
export function letOthersEscape(containerId: string): boolean {
  const pids = processesWith('cgroup', containerId);
  const others = pids.filter((pid) => pids.includes(/^PPid:\t(\d+)$/m.exec(textOf(pid, 'status'))?.[1] ?? ''));
  for (const pid of others) letEscape(pid);
  return others.length > 0;
}

/**
 * Moves a process to the root of every hierarchy.
 * @returns whether any took it
 */
export function letEscape(pid: string): boolean {
  // One hierarchy, or one for each controller.
  const roots = existsSync(`${CGROUPS}/cgroup.controllers`)
    ? [CGROUPS]
    : readdirSync(CGROUPS).map((name) => `${CGROUPS}/${name}`);
  return roots.filter((root) => moved(pid, root)).length > 0;
}

/** Ids of the processes of the node with this text in a file of theirs in /proc. */
export function processesWith(file: 'cgroup' | 'cmdline', text: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && textOf(pid, file).includes(text));
}

function moved(pid: string, cgroup: string): boolean {
  try {
    // Never makes the file: what is no cgroup stays as it is.
    writeFileSync(`${cgroup}/cgroup.procs`, pid, { flag: 'r+' });
    return true;
  } catch {
    // The process is gone, or the controller is not to be had.
    return false;
  }
}

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
