import type { Container } from '../../src/kit/index.js';

/** A line of /proc/self/mountinfo, as far as specs look at it. */
export interface Mount {
  point: string;
  /** Options of this mount: `ro`, `nosuid`, … */
  options: string[];
  type: string;
}

/** The mounts of a container, in the order they were made. */
export async function mountsOf(container: Container): Promise<Mount[]> {
  const text = await container.output(['/bin/cat', '/proc/self/mountinfo']);
  return text.split('\n').map((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const fields = left.split(' ');
    return { point: fields[4] ?? '', options: (fields[5] ?? '').split(','), type: right.split(' ')[0] ?? '' };
  });
}

/** The mount that is on top at a mount point. */
export function mountAt(mounts: Mount[], point: string): Mount | undefined {
  return mounts.findLast((mount) => mount.point === point);
}

/** Whether a shell script succeeds in the container; its output goes nowhere. */
export async function succeeds(container: Container, script: string): Promise<boolean> {
  return (await container.exec(['/bin/sh', '-c', script])).exitCode === 0;
}

/** Which of some shell scripts, by name, succeed; all in one exec. Their output goes nowhere. */
export async function attempt<Name extends string>(
  container: Container,
  scripts: Record<Name, string>,
): Promise<Record<Name, boolean>> {
  const names = Object.keys(scripts) as Name[];
  const lines = names.map((name) => `( ${scripts[name]} ) >/dev/null 2>&1; echo $?`);
  const codes = (await container.shell(lines.join('\n'))).split('\n');
  return Object.fromEntries(names.map((name, index) => [name, codes[index] === '0'])) as Record<Name, boolean>;
}
