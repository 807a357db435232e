import { readdir, readFile } from 'node:fs/promises';

/** Command lines of the node's processes that mention the marker. Needs `host-access` and `root`. */
export async function hostProcessesWith(marker: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // A process may end between the look at the directory and the look at it.
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(marker)).map((line) => line.replaceAll('\0', ' ').trim());
}
