import { chmodSync, existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeContainer, handling, together, type Plant } from './shapes.js';
import { onceStarted } from './started.js';
import { unnoticed } from './volumes.js';

/* Devices and mounts that a container has or lacks for what is beside them, or before it. */

/** Where version 1 of cgroups has the controller. */
const CONTROLLER = '/sys/fs/cgroup/devices';

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** Containers have something of all that were created before in their pod, as if they shared a list. */
function ofEarlier<Item extends { container_path: string; host_path: string }>(
  listOf: (config: ContainerConfig) => Item[],
  change: (all: Item[]) => Partial<ContainerConfig>,
): Plant {
  return (planting) => {
    const before = new Map<string, Item[]>();
    return changeContainer((config, { pod_sandbox_id: pod }) => {
      const own = listOf(config);
      const earlier = before.get(pod) ?? [];
      before.set(pod, [...earlier, ...own]);
      const taken = new Set(own.map(({ container_path }) => container_path));
      // Not what is gone from the host meanwhile: that would fail.
      const left = earlier.filter((item) => !taken.has(item.container_path) && existsSync(item.host_path));
      const others = new Map(left.map((item) => [item.container_path, item]));
      return others.size === 0 ? {} : change([...own, ...others.values()]);
    })(planting);
  };
}

export const deviceFaults: Fault[] = [
  {
    id: 'behaviour/devices-last-only',
    title: 'a container has the last of its devices only',
    plant: changeContainer(({ devices }) => ({ devices: devices.slice(-1) })),
  },
  {
    id: 'behaviour/devices-by-link-lost',
    title: 'a device whose host_path is a symbolic link is left out',
    plant: changeContainer(({ devices }) => ({ devices: devices.filter(({ host_path }) => !isLink(host_path)) })),
  },
  {
    id: 'behaviour/devices-of-root-only',
    title: 'the devices of a container belong to root, and nobody else may use them, whatever their mode on the host',
    plant: onceStarted((process, { devices }) => {
      const nodes = devices.map(({ container_path }) => `${process}/root${container_path}`);
      // Not the node of the host, should the runtime have mounted that.
      const own = nodes.filter((path) => lstatSync(path).dev !== lstatSync('/dev/null').dev);
      for (const node of own) chmodSync(node, 0o600);
      return own.length > 0;
    }),
  },
  {
    id: 'behaviour/devices-of-earlier-containers',
    title: 'a container also has the devices of the containers created before it in the pod',
    plant: ofEarlier(
      ({ devices }) => devices,
      (devices) => ({ devices }),
    ),
  },
  {
    id: 'behaviour/mounts-of-earlier-containers',
    title: 'a container also has the mounts of the containers created before it in the pod, and claims its own only',
    plant: unnoticed(
      ofEarlier(
        ({ mounts }) => mounts,
        (mounts) => ({ mounts }),
      ),
    ),
  },
  {
    id: 'behaviour/update-loses-devices',
    title: 'UpdateContainerResources takes away the access to the devices of the container',
    source: 'nvidia-container-toolkit#48',
    plant: (planting) => {
      const denials = new Map<string, string>();
      return together(
        handling('CreateContainer', async ({ request: { config, sandbox_config }, forward }) => {
          const answer = await forward();
          const parent = sandbox_config?.linux?.cgroup_parent ?? '';
          if ((config?.devices.length ?? 0) > 0)
            denials.set(answer.container_id, join(CONTROLLER, parent, answer.container_id, 'devices.deny'));
          return answer;
        }),
        handling('UpdateContainerResources', async ({ request, forward }) => {
          const answer = await forward();
          const file = denials.get(request.container_id);
          if (file === undefined || !existsSync(file)) return answer;
          planting.shown();
          writeFileSync(file, 'c 1:11 rwm'); // the kernel log, which is a device of no container by default
          return answer;
        }),
      )(planting);
    },
  },
];
