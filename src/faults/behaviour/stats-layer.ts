import type { FilesystemUsage } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { changeStats, firstSeen, scaled, statsOfPodOf } from './stats-facts.js';
import type { Plant } from './shapes.js';

/* writable_layer of containers. */

function changeLayer(
  change: (
    layer: FilesystemUsage,
    id: string,
    planting: Planting,
  ) => Partial<FilesystemUsage> | Promise<Partial<FilesystemUsage>>,
): Plant {
  return changeStats(async ({ writable_layer: layer }, id, planting) => ({
    writable_layer: layer && { ...layer, ...(await change(layer, id, planting)) },
  }));
}

export const statsLayerFaults: Fault[] = [
  {
    id: 'behaviour/stats-layer-in-kib',
    title: 'used_bytes of writable_layer is in KiB',
    plant: changeLayer(({ used_bytes }) => ({ used_bytes: scaled(used_bytes, (value) => value / 1024n) })),
  },
  {
    id: 'behaviour/stats-layer-doubled',
    title: 'used_bytes of writable_layer counts everything twice',
    plant: changeLayer(({ used_bytes }) => ({ used_bytes: scaled(used_bytes, (value) => value * 2n) })),
  },
  {
    id: 'behaviour/stats-layer-is-0',
    title: 'used_bytes of writable_layer is 0',
    plant: changeLayer(() => ({ used_bytes: { value: 0n } })),
  },
  {
    id: 'behaviour/stats-layer-of-pod',
    title: 'writable_layer is that of all containers of the pod together',
    plant: changeLayer(async ({ used_bytes }, id, planting) => {
      const all = await statsOfPodOf(id, planting);
      const sum = all.reduce((bytes, { writable_layer }) => bytes + (writable_layer?.used_bytes?.value ?? 0n), 0n);
      return { used_bytes: used_bytes && { value: sum } };
    }),
  },
  {
    id: 'behaviour/stats-layer-of-image-filesystem',
    title: 'writable_layer is the usage of the whole image filesystem',
    plant: changeLayer(async (layer, _, { cri }) => (await cri.image.ImageFsInfo({})).image_filesystems[0] ?? layer),
  },
  {
    id: 'behaviour/stats-layer-inodes-is-1',
    title: 'inodes_used of writable_layer is 1',
    plant: changeLayer(({ inodes_used }) => ({ inodes_used: inodes_used && { value: 1n } })),
  },
  {
    id: 'behaviour/stats-layer-inodes-in-bytes',
    title: 'inodes_used of writable_layer is the number of bytes',
    plant: changeLayer(({ used_bytes }) => ({ inodes_used: used_bytes })),
  },
  {
    id: 'behaviour/stats-layer-timestamp-in-seconds',
    title: 'timestamp of writable_layer is in seconds',
    plant: changeLayer(({ timestamp }) => ({ timestamp: timestamp / 10n ** 9n })),
  },
  {
    id: 'behaviour/stats-layer-on-no-filesystem',
    title: 'writable_layer names a directory that does not exist',
    plant: changeLayer(() => ({ fs_id: { mountpoint: '/var/lib/no-such-runtime/layers' } })),
  },
  {
    id: 'behaviour/stats-layer-of-start',
    title: 'writable_layer is measured once, when it is first asked for',
    plant: (planting) => {
      const first = firstSeen<FilesystemUsage>();
      return changeLayer((layer, id) => first(id, layer))(planting);
    },
  },
  {
    id: 'behaviour/stats-layer-never-falls',
    title: 'used_bytes of writable_layer does not fall when files are deleted',
    plant: (planting) => {
      const most = new Map<string, bigint>();
      return changeLayer(({ used_bytes }, id) => ({
        used_bytes: scaled(used_bytes, (value) => {
          const known = most.get(id) ?? 0n;
          const used = value > known ? value : known;
          most.set(id, used);
          return used;
        }),
      }))(planting);
    },
  },
];
