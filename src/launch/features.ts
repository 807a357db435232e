import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FAMILIES, natUsable, type Family } from './iptables.js';
import { runCommand } from './run-command.js';
import type { HostNetwork } from './subnets.js';

const CAP_SYS_RESOURCE = 24n;

/** Whether this process may lower oom_score_adj, which runtimes do for their sandboxes. */
export function maySetOomScore(status: string = readFileSync('/proc/self/status', 'utf8')): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective === undefined || ((BigInt(`0x${effective}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

/** Whether the kernel was built with seccomp filters. */
export function hasSeccomp(): boolean {
  return /^Seccomp:/m.test(readFileSync('/proc/self/status', 'utf8'));
}

/** Whether AppArmor is switched on in the kernel and its parser, which loads profiles, is installed. */
export function hasAppArmor(): boolean {
  const enabled = '/sys/module/apparmor/parameters/enabled';
  const parser = ['/sbin/apparmor_parser', '/usr/sbin/apparmor_parser'].some((path) => existsSync(path));
  return parser && existsSync(enabled) && readFileSync(enabled, 'utf8').startsWith('Y');
}

/**
 * Sees to it that overlay mounts work below a directory, by a real one. Where its file system cannot hold one, as
 * another overlay cannot, the directory becomes a tmpfs.
 * @returns whether they work
 */
export async function makeOverlayWork(directory: string): Promise<boolean> {
  if (await overlayWorks(directory)) return true;
  const mounted = await runCommand('mount', ['-n', '-t', 'tmpfs', '-o', 'mode=711', 'crivet', directory]);
  if (!mounted.ok) return false;
  if (await overlayWorks(directory)) return true;
  await runCommand('umount', ['-n', directory]);
  return false;
}

/** Memory that must be available for a runtime to keep its files there. */
const TMPFS_MIN_KIB = 4 * 1024 * 1024;

/**
 * Gives a directory a tmpfs of its own where memory is plentiful: a runtime syncs its database at every step, and what
 * a private one holds need not survive.
 */
export async function keepInMemory(directory: string): Promise<void> {
  const available = Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0);
  if (available < TMPFS_MIN_KIB) return;
  await runCommand('mount', ['-n', '-t', 'tmpfs', '-o', 'mode=711', 'crivet', directory]);
}

async function overlayWorks(directory: string): Promise<boolean> {
  const probe = join(directory, 'overlay-probe');
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(probe, name));
  for (const path of [lower, upper, work, merged]) mkdirSync(String(path), { recursive: true });
  const options = `lowerdir=${String(lower)},upperdir=${String(upper)},workdir=${String(work)}`;
  const mounted = await runCommand('mount', ['-n', '-t', 'overlay', 'overlay', '-o', options, String(merged)]);
  const released = mounted.ok ? await runCommand('umount', ['-n', String(merged)]) : mounted;
  if (!mounted.ok || released.ok) rmSync(probe, { recursive: true });
  return mounted.ok;
}

/** The commands among iptables and ip6tables that a pod network needs and that cannot work with the nat table. */
export async function unusableNat(ipv6: boolean): Promise<Family[]> {
  const wanted = FAMILIES.filter((family) => family === 'iptables' || ipv6);
  const usable = await Promise.all(wanted.map(natUsable));
  return wanted.filter((_, index) => usable[index] === false);
}

/**
 * Why pods get no IPv6 addresses here; undefined if they do. The bridge plugin switches IPv6 forwarding on, which
 * makes the kernel forget the routes it learned from router advertisements: that could cut the host off.
 */
export function noPodIpv6(host: HostNetwork): string | undefined {
  const disabled = '/proc/sys/net/ipv6/conf/all/disable_ipv6';
  if (!existsSync(disabled)) return 'the kernel has no IPv6';
  if (readFileSync(disabled, 'utf8').trim() !== '0') return 'IPv6 is disabled (net.ipv6.conf.all.disable_ipv6)';
  const forwarding = readFileSync('/proc/sys/net/ipv6/conf/all/forwarding', 'utf8').trim();
  const advertised = host.routes.some((route) => route.protocol === 'ra');
  if (advertised && forwarding === '0')
    return 'IPv6 forwarding would drop the routes this host learned from its router';
  return undefined;
}
