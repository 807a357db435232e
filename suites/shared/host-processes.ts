import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/* Processes by their ids on the node. Needs `host-access`. */

/** Ids of all processes of the node. */
const processes = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Command lines of the node's processes that mention the marker. Needs `root`, too. */
export function hostProcessesWith(marker: string): string[] {
  const lines = processes().map((pid) => textOf(`/proc/${pid}/cmdline`));
  return lines.filter((line) => line.includes(marker)).map((line) => line.replaceAll('\0', ' ').trim());
}

/** The node's process whose last argument is the marker. */
export function processOf(marker: string): string | undefined {
  return processes().find((pid) => textOf(`/proc/${pid}/cmdline`).endsWith(`\0${marker}\0`));
}

/** The node's process that is number 1 in the process namespace of another one; undefined where it cannot be seen. */
export function firstInNamespaceOf(process: string): string | undefined {
  const namespace = namespaceOf(process);
  const isFirst = (pid: string): boolean => /^NSpid:.*\t1$/m.test(textOf(`/proc/${pid}/status`));
  return processes().find((pid) => isFirst(pid) && namespace !== undefined && namespaceOf(pid) === namespace);
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** Content of a file of /proc, empty if the process is gone. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
