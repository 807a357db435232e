import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listCgroups, removeEmpty } from './cgroups.js';
import { FAMILIES, readNat, type Family, type NatTable } from './iptables.js';
import { runCommand } from './run-command.js';
import { BASE_DIRECTORY, launchDirectories } from './state.js';

/** What the host looked like before the first launch: what the last one to end puts back. */
export interface HostBefore {
  /** Sysctl files and their values. */
  forwarding: Record<string, string>;
  nat: Record<Family, NatTable>;
  /** Those of {@link SHARED_DIRECTORIES} that existed. */
  directories: string[];
  cgroups: string[];
  bridges: string[];
}

/** Directories that runtimes and CNI plugins make outside their own root, children before parents. */
const SHARED_DIRECTORIES = [
  '/var/lib/cni/results',
  '/var/lib/cni/networks',
  '/var/lib/cni',
  '/run/containerd/s',
  '/run/containerd/runc/k8s.io',
  '/run/containerd/runc',
  '/run/containerd/fifo',
  '/run/containerd',
  '/run/netns',
  '/run/nri',
  '/opt/containerd/bin',
  '/opt/containerd/lib',
  '/opt/containerd',
];

const hostFile = join(BASE_DIRECTORY, 'host.json');

/** Records the host once, for all launches that run side by side. Call with the lock held, before changing anything. */
export async function recordHost(): Promise<void> {
  // A record that no launch is left to need was orphaned: what it says may be outdated.
  if (existsSync(hostFile) && launchDirectories().length > 0) return;
  const nat = await Promise.all(FAMILIES.map(async (family) => [family, await readNat(family)] as const));
  const before: HostBefore = {
    forwarding: readForwarding(),
    nat: Object.fromEntries(nat) as Record<Family, NatTable>,
    directories: SHARED_DIRECTORIES.filter((directory) => existsSync(directory)),
    cgroups: listCgroups(),
    bridges: await listBridges(),
  };
  mkdirSync(BASE_DIRECTORY, { recursive: true, mode: 0o711 });
  writeFileSync(hostFile, `${JSON.stringify(before)}\n`);
}

export function readHostBefore(): HostBefore | undefined {
  try {
    return JSON.parse(readFileSync(hostFile, 'utf8')) as HostBefore;
  } catch {
    return undefined;
  }
}

/**
 * Puts back what all launches shared; call with the lock held when the last launch is down. Directories and cgroups
 * that somebody uses by now are kept, and so is forwarding if a bridge that is not ours may rely on it.
 */
export async function restoreHost(before: HostBefore): Promise<void> {
  for (const directory of SHARED_DIRECTORIES) if (!before.directories.includes(directory)) removeEmpty(directory);
  const known = new Set(before.cgroups);
  // The default parent of pods without a cgroup_parent; runc makes it and never removes it.
  for (const path of listCgroups().reverse()) if (path.endsWith('/k8s.io') && !known.has(path)) removeEmpty(path);
  const foreign = (await listBridges()).filter((bridge) => !before.bridges.includes(bridge));
  if (foreign.length === 0) restoreForwarding(before.forwarding);
  rmSync(hostFile, { force: true });
}

async function listBridges(): Promise<string[]> {
  const { ok, stdout } = await runCommand('ip', ['-j', 'link', 'show', 'type', 'bridge']);
  if (!ok || stdout.trim() === '') return [];
  return (JSON.parse(stdout) as { ifname?: string }[]).flatMap(({ ifname }) => ifname ?? []);
}

/** `all` comes first: writing it overwrites every other one. */
function forwardingFiles(): string[] {
  const ipv6 = '/proc/sys/net/ipv6/conf';
  const interfaces = existsSync(ipv6) ? readdirSync(ipv6).filter((name) => name !== 'all') : [];
  const names = existsSync(ipv6) ? ['all', ...interfaces] : [];
  return ['/proc/sys/net/ipv4/ip_forward', ...names.map((name) => join(ipv6, name, 'forwarding'))];
}

function readForwarding(): Record<string, string> {
  return Object.fromEntries(forwardingFiles().map((file) => [file, readFileSync(file, 'utf8').trim()]));
}

function restoreForwarding(before: Record<string, string>): void {
  for (const [file, value] of Object.entries(before)) {
    if (existsSync(file) && readFileSync(file, 'utf8').trim() !== value) writeFileSync(file, value);
  }
}
