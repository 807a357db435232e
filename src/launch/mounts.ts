import { readFileSync } from 'node:fs';
import { runCommand } from './run-command.js';

export interface Mount {
  /** Mount point; the kernel's octal escapes are undone. */
  path: string;
  fsType: string;
  options: string;
}

/** Parses /proc/PID/mountinfo (proc_pid_mountinfo(5)), in the order in which the mounts were made. */
export function parseMountInfo(text: string): Mount[] {
  const unescape = (field: string): string =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
  return text.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ');
    const path = left?.split(' ')[4];
    const fsType = right?.split(' ')[0];
    const options = right?.split(' ').slice(2).join(' ');
    return path === undefined || fsType === undefined ? [] : [{ path: unescape(path), fsType, options: options ?? '' }];
  });
}

export function listMounts(): Mount[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Mount points at or below a directory, the latest first: the order in which they can be taken off. */
export function mountsBelow(directory: string, mounts: Mount[] = listMounts()): string[] {
  const inside = (path: string): boolean => path === directory || path.startsWith(`${directory}/`);
  return mounts
    .map((mount) => mount.path)
    .filter(inside)
    .reverse();
}

/**
 * Takes off every mount at or below a directory, lazily those that are still in use.
 * @returns the mount points that stayed
 */
export async function unmountBelow(directory: string): Promise<string[]> {
  // -n: without it umount keeps a file of its own in /run/mount.
  for (const flags of [['-n'], ['-n', '-l'], ['-n', '-l']]) {
    const found = mountsBelow(directory);
    if (found.length === 0) return [];
    for (let at = 0; at < found.length; at += 100) await runCommand('umount', [...flags, ...found.slice(at, at + 100)]);
  }
  return mountsBelow(directory);
}
