import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/* Processes that a runtime on this host loses sight of. */

const CGROUPS = '/sys/fs/cgroup';

/**
 * Takes all processes of a container but its first one out of the container's cgroups, so that the runtime does not
 * find them there any more. They end with their process namespace.
 * @returns whether there were any
 */
export function letOthersEscape(containerId: string): boolean {
  const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && textOf(pid, 'cgroup').includes(containerId));
  const others = pids.filter((pid) => pids.includes(/^PPid:\t(\d+)$/m.exec(textOf(pid, 'status'))?.[1] ?? ''));
  // One hierarchy, or one for each controller.
  const roots = existsSync(`${CGROUPS}/cgroup.controllers`)
    ? [CGROUPS]
    : readdirSync(CGROUPS).map((it) => `${CGROUPS}/${it}`);
  for (const pid of others) for (const root of roots) move(pid, root);
  return others.length > 0;
}

function move(pid: string, cgroup: string): void {
  try {
    // Never makes the file: what is no cgroup stays as it is.
    writeFileSync(`${cgroup}/cgroup.procs`, pid, { flag: 'r+' });
  } catch {
    // The process is gone, or the controller is not to be had.
  }
}

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
