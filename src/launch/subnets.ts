import { randomBytes, randomInt } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import { runCommand } from './run-command.js';

/** What `ip -j` says, as far as it matters here. */
export interface HostNetwork {
  links: { ifname: string; addr_info: { local?: string; prefixlen?: number }[] }[];
  routes: { dst: string; protocol?: string }[];
}

/**
 * Blocks to draw from, the least likely to be in use first: the benchmarking range (RFC 2544), which no site should
 * route, then the private range most hosts have room in.
 */
const POOLS: [number, number][] = [
  [(198 << 24) | (18 << 16), 15],
  [10 << 24, 8],
];

/** Addresses, links and routes of the host, IPv6 included. */
export async function readHostNetwork(): Promise<HostNetwork> {
  const read = async (args: string[]): Promise<unknown[]> => {
    const { ok, stdout, problem } = await runCommand('ip', ['-j', ...args]);
    if (!ok && !args.includes('-6')) throw new Error(`ip ${args.join(' ')}: ${problem}`);
    return stdout.trim() === '' ? [] : (JSON.parse(stdout) as unknown[]);
  };
  const [links, routes4, routes6] = await Promise.all([
    read(['addr']),
    read(['route', 'show', 'table', 'all']),
    read(['-6', 'route', 'show', 'table', 'all']),
  ]);
  return { links, routes: [...routes4, ...routes6] } as HostNetwork;
}

/** Every prefix that an address or a route of the host uses, default routes apart. */
export function usedPrefixes(host: HostNetwork): string[] {
  const addresses = host.links.flatMap((link) =>
    link.addr_info.flatMap(({ local, prefixlen }) => (local === undefined ? [] : [`${local}/${prefixlen ?? 32}`])),
  );
  return [...addresses, ...host.routes.map((route) => route.dst).filter((dst) => /^[0-9a-f]*[.:]/i.test(dst))];
}

/**
 * Draws a free /24.
 * @throws Error when everything is taken
 */
export function chooseSubnet4(used: string[]): string {
  for (const [base, bits] of POOLS) {
    const count = 2 ** (24 - bits);
    const start = randomInt(count);
    for (let step = 0; step < count; step += 1) {
      const network = ((base >>> 0) + ((start + step) % count) * 256) >>> 0;
      const subnet = `${[24, 16, 8, 0].map((shift) => (network >>> shift) & 255).join('.')}/24`;
      if (!used.some((prefix) => overlaps(subnet, prefix))) return subnet;
    }
  }
  throw new Error('no free /24 for pods in 198.18.0.0/15 and 10.0.0.0/8: routes of this host cover both');
}

/** Draws a unique local /64 (RFC 4193: 40 random bits make a collision a matter of luck nobody has). */
export function chooseSubnet6(): string {
  const hex = randomBytes(5).toString('hex');
  return `fd${hex.slice(0, 2)}:${hex.slice(2, 6)}:${hex.slice(6, 10)}:1::/64`;
}

/** Whether two prefixes of the same family share an address; a bare address counts as a prefix of its own. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parsePrefix(one), parsePrefix(other)];
  if (a.family !== b.family) return false;
  const wider = a.length <= b.length ? a : b;
  const narrower = wider === a ? b : a;
  const list = new BlockList();
  list.addSubnet(wider.address, wider.length, wider.family);
  return list.check(narrower.address, narrower.family);
}

function parsePrefix(text: string): { address: string; length: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', length] = text.split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  return { address, family, length: length === undefined ? (family === 'ipv4' ? 32 : 128) : Number(length) };
}
