import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cgroupVersion, hasController } from '../cgroups.js';
import type { Ground, RuntimeDriver, StartPlan } from '../driver.js';
import { hasAppArmor, hasSeccomp, keepInMemory, makeOverlayWork, maySetOomScore, unusableNat } from '../features.js';
import { cniConfig } from '../network.js';
import { searchPath } from '../run-command.js';
import { LaunchError } from '../types.js';
import { containerdConfig, layout, plainHttpHost, type HostFeatures } from './config.js';
import { findPrograms, hasPortmap, type Programs } from './programs.js';
import { containerdTraces } from './traces.js';

/** Launches containerd with runc and the reference CNI plugins. */
export const containerd: RuntimeDriver = {
  name: 'containerd',
  preflight(request) {
    findPrograms(request);
    if (cgroupVersion() === undefined) {
      throw new LaunchError('no cgroup hierarchy is mounted: runc needs one, see cgroups(7) on how to mount it');
    }
  },
  prepare,
  traces: containerdTraces,
  advise,
};

async function prepare({ request, directory, network }: Ground): Promise<StartPlan> {
  const programs = findPrograms(request);
  const paths = layout(directory);
  for (const path of [paths.root, paths.cniConfig]) mkdirSync(path, { recursive: true });
  await keepInMemory(paths.root);
  const features: HostFeatures = {
    overlay: await makeOverlayWork(paths.root),
    apparmor: hasAppArmor(),
    hugetlb: hasController('hugetlb'),
    oomScore: maySetOomScore(),
  };
  const noPortmap = await whyNoPortmap(programs, network.subnet6 !== undefined);
  writeFileSync(paths.config, containerdConfig(directory, request.sandboxImage, programs, features));
  writeFileSync(
    join(paths.cniConfig, '10-crivet.conflist'),
    cniConfig(network, paths.cniData, noPortmap === undefined),
  );
  for (const registry of request.registries) {
    mkdirSync(join(paths.hosts, registry), { recursive: true });
    writeFileSync(join(paths.hosts, registry, 'hosts.toml'), plainHttpHost(registry));
  }
  return {
    command: programs.containerd,
    args: ['--config', paths.config],
    env: environment(programs),
    socket: paths.socket,
    notes: [...describe(features), ...(noPortmap === undefined ? [] : [`Host ports do not work: ${noPortmap}.`])],
  };
}

/** The plugins of CNI find iptables on the PATH alone. */
function environment(programs: Programs): Record<string, string> {
  const env = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  // Sockets and notifications that a service manager handed to us are not meant for our child.
  const kept = env.filter(([name]) => !/^(LISTEN_|NOTIFY_SOCKET$|NODE_)/.test(name));
  return { ...Object.fromEntries(kept), PATH: searchPath([dirname(programs.containerd)]) };
}

async function whyNoPortmap(programs: Programs, ipv6: boolean): Promise<string | undefined> {
  if (!hasPortmap(programs)) return `the CNI plugin portmap is missing in ${programs.cni}`;
  const unusable = await unusableNat(ipv6);
  if (unusable.length === 0) return undefined;
  return `${unusable.join(' and ')} cannot read the nat table (apt-get install iptables, or a kernel without it)`;
}

function describe(features: HostFeatures): string[] {
  const notes: string[] = [];
  if (!features.overlay) notes.push('The host cannot mount overlayfs: the native snapshotter copies images instead.');
  if (!features.oomScore) {
    notes.push('CAP_SYS_RESOURCE is missing: oom_score_adj of pods is restricted to what this process may set.');
  }
  if (!features.apparmor) notes.push('The host has no AppArmor: it is disabled.');
  if (!features.hugetlb) notes.push('The host has no hugetlb cgroup controller: huge page limits are not applied.');
  if (!hasSeccomp()) notes.push('The kernel has no seccomp: containers run unconfined.');
  return notes;
}

const CAUSES: [RegExp, string][] = [
  [/address already in use/, 'Its socket is taken: another process uses this directory; run crivet cleanup.'],
  [/failed to load TOML|toml: /i, 'It does not understand its configuration: is this containerd 1.6 or later?'],
  [/permission denied|operation not permitted/i, 'It was refused something that root may do: is this a container?'],
  [/no space left on device/, 'The file system of /run is full.'],
];

function advise(log: string): string | undefined {
  return CAUSES.find(([pattern]) => pattern.test(log))?.[1];
}
