import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.js';
import type { PodNetwork } from './state.js';

/** Where libcni keeps the results of its plugins; the path is compiled in. */
const CNI_CACHE = '/var/lib/cni/results';

/**
 * The CNI configuration of a launch: one bridge, addresses kept below `dataDir`. Pods reach each other and the host;
 * no masquerading, for no spec may depend on networks beyond the host.
 */
export function cniConfig(network: PodNetwork, dataDir: string, portMappings: boolean): string {
  const subnets = [network.subnet4, ...(network.subnet6 === undefined ? [] : [network.subnet6])];
  const bridge = {
    type: 'bridge',
    bridge: network.name,
    isGateway: true,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir,
      ranges: subnets.map((subnet) => [{ subnet }]),
      routes: subnets.map((subnet) => ({ dst: subnet.includes(':') ? '::/0' : '0.0.0.0/0' })),
    },
  };
  // `snat` lets the host itself reach a host port through 127.0.0.1.
  const portmap = { type: 'portmap', capabilities: { portMappings: true }, snat: true };
  const plugins = portMappings ? [bridge, portmap] : [bridge];
  return `${JSON.stringify({ cniVersion: '0.4.0', name: network.name, plugins }, null, 2)}\n`;
}

interface Link {
  ifname: string;
  master?: string;
}

/** Removes a bridge and the host's ends of its pods' interfaces. Gone already is as good. */
export async function removeBridge(bridge: string): Promise<string[]> {
  const listed = await runCommand('ip', ['-j', 'link', 'show']);
  if (!listed.ok) return [`bridge ${bridge}: ip link: ${listed.problem}`];
  const links = JSON.parse(listed.stdout) as Link[];
  const doomed = links.filter((link) => link.master === bridge || link.ifname === bridge).map((link) => link.ifname);
  if (doomed.length === 0) return [];
  // A pod's end may take its peer along meanwhile, so that single failures mean nothing: the result counts.
  await runCommand('ip', ['-force', '-batch', '-'], doomed.map((name) => `link delete dev ${name}\n`).join(''));
  const left = await runCommand('ip', ['link', 'show', 'dev', bridge]);
  return left.ok ? [`bridge ${bridge} cannot be removed; try: ip link delete ${bridge}`] : [];
}

/** Removes the results that libcni cached for pods whose network namespaces live below `directory`. */
export function removeCniCache(network: string, directory: string): void {
  for (const name of entries(CNI_CACHE)) {
    const file = join(CNI_CACHE, name);
    // The loopback network has the same name for every containerd; its result names the namespace, though.
    if (name.startsWith(`${network}-`) || (name.startsWith('cni-loopback-') && mentions(file, `${directory}/`))) {
      rmSync(file, { force: true });
    }
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function mentions(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes(text);
  } catch {
    return false;
  }
}
