import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../fault.js';
import { changePodStats, changeStats, scaled } from './stats-facts.js';
import { handling, together } from './shapes.js';

/* Statistics of what has the same name, or lies elsewhere. */

/** Bytes of the files in a directory, not of those further below. */
function bytesIn(directory: string): bigint {
  try {
    const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
    return files.reduce((sum, { name }) => sum + BigInt(lstatSync(join(directory, name)).size), 0n);
  } catch {
    return 0n; // a file, or gone
  }
}

const oldest = <Item extends { created_at: bigint }>(items: Item[]): Item | undefined =>
  items.sort((a, b) => Number(a.created_at - b.created_at))[0];

export const statsNamesakeFaults: Fault[] = [
  {
    id: 'behaviour/stats-of-namesake',
    title: 'a container reports the figures of the oldest one of its name and attempt, in whichever pod',
    plant: changeStats(async ({ attributes }, _, { cri }) => {
      const { name, attempt } = attributes?.metadata ?? {};
      const { containers } = await cri.runtime.ListContainers({ filter: { state: { state: 'CONTAINER_RUNNING' } } });
      const first = oldest(
        containers.filter(({ metadata }) => metadata?.name === name && metadata?.attempt === attempt),
      );
      if (first === undefined) return {};
      const { stats } = await cri.runtime.ContainerStats({ container_id: first.id });
      return stats === null ? {} : { ...stats, attributes };
    }),
  },
  {
    id: 'behaviour/pod-stats-of-namesake',
    title: 'a pod reports CPU, memory and processes of the oldest one of its name, whatever namespace and uid',
    plant: changePodStats(async (_, id, { cri }) => {
      const { items } = await cri.runtime.ListPodSandbox({ filter: { state: { state: 'SANDBOX_READY' } } });
      const name = items.find((item) => item.id === id)?.metadata?.name;
      const first = oldest(items.filter(({ metadata }) => metadata?.name === name));
      if (first === undefined) return {};
      const { stats } = await cri.runtime.PodSandboxStats({ pod_sandbox_id: first.id });
      return stats?.linux ? { cpu: stats.linux.cpu, memory: stats.linux.memory, process: stats.linux.process } : {};
    }),
  },
  {
    id: 'behaviour/stats-layer-counts-mounts',
    title: 'used_bytes of writable_layer counts the files in volumes that are mounted into the container',
    plant: (planting) => {
      const directories = new Map<string, string[]>();
      return together(
        handling('CreateContainer', async ({ request, forward }) => {
          const answer = await forward();
          const all = request.config?.mounts ?? [];
          directories.set(
            answer.container_id,
            all.map(({ host_path }) => host_path),
          );
          return answer;
        }),
        changeStats(({ writable_layer: layer }, id) => {
          const more = (directories.get(id) ?? []).reduce((sum, directory) => sum + bytesIn(directory), 0n);
          return {
            writable_layer: layer && { ...layer, used_bytes: scaled(layer.used_bytes, (value) => value + more) },
          };
        }),
      )(planting);
    },
  },
];
