import { execFileSync, type StdioOptions } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from 'vitest';

/** Everything on the host that a run could leave behind, one line each. */
export function census(): Record<string, string[]> {
  return {
    processes: processes(),
    links: lines('ip', ['-o', 'link']).map((line) => line.split(':')[1]?.trim() ?? ''),
    mounts: readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ').slice(1, 3).join(' ')),
    files: ['/run', '/var/lib/cni', '/opt/containerd']
      .flatMap((place) => lines('find', [place, '-xdev']))
      .filter(ownPlaces),
    rules: [...lines('iptables-save', []), ...lines('ip6tables-save', [])]
      .filter((line) => /^(-A|:)/.test(line))
      .map(uncounted),
    cgroups: lines('find', ['/sys/fs/cgroup', '-mindepth', '2', '-type', 'd']),
    forwarding: [readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim()],
    temporary: readdirSync(tmpdir()).filter((name) => name.startsWith('crivet-')),
  };
}

/** Waits for the host to look as before: the kernel takes a moment to drop namespaces and what is in them. */
export async function expectCensus(before: Record<string, string[]>): Promise<void> {
  await expect.poll(() => difference(before, census()), { timeout: 5_000, interval: 200 }).toEqual([]);
}

function difference(before: Record<string, string[]>, after: Record<string, string[]>): string[] {
  return Object.entries(before).flatMap(([kind, had]) => {
    const has = after[kind] ?? [];
    const more = has.filter((line) => !had.includes(line)).map((line) => `+ ${kind}: ${line}`);
    const less = had.filter((line) => !has.includes(line)).map((line) => `- ${kind}: ${line}`);
    return [...more, ...less];
  });
}

/** Programs that belong to a run: crivet itself, runtimes, shims, and what runs in containers. */
function processes(): string[] {
  const ours = /crivet|containerd|runc|\/build-\w+\/dist\/|vitest|^\/pause|crictest/;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && Number(name) !== process.ppid)
    .map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`;
      } catch {
        return ''; // gone by now
      }
    })
    .filter((line) => ours.test(line));
}

/** The command's output by line; none where there is no such command or nothing to tell. */
function lines(command: string, args: string[]): string[] {
  try {
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
    const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
    const options = { env: { ...process.env, PATH: path }, stdio, maxBuffer: 64 * 1024 * 1024 };
    return execFileSync(command, args, { ...options, encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Leaves out what others keep in /run and change at any time, and what iptables and mount make for themselves. */
function ownPlaces(path: string): boolean {
  return !/^\/run\/((udev|systemd|user|log|lock|credentials|dbus)\/|xtables\.lock$|mount(\/|$))/.test(path);
}

function uncounted(rule: string): string {
  return rule.replace(/ \[\d+:\d+\]$/, '');
}
