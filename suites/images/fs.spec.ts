import { nonce } from '../../fixtures/configs/identity.js';
import { buildLayer, payloadLayer, type Layer } from '../../fixtures/images/layer.js';
import type { FilesystemUsage } from '../../src/client/generated/types.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { checkLater } from '../shared/clock.js';
import { isDirectory } from '../shared/host-files.js';

const SOURCES = [
  'api.proto: ImageService.ImageFsInfo, FilesystemUsage',
  'kubelet: stats/cri_stats_provider.go ImageFsStats',
];
const DAY_NS = 86_400n * 1_000_000_000n;

async function imageFilesystems(t: SpecContext): Promise<FilesystemUsage[]> {
  const { image_filesystems: filesystems } = await t.cri.image.ImageFsInfo({});
  check.that(filesystems.length > 0, 'ImageFsInfo has an image filesystem', {
    expected: 'one at least',
    observed: filesystems,
  });
  return filesystems;
}

/** Of the first filesystem: the kubelet reads no other. */
function inodesUsed([first]: FilesystemUsage[]): bigint {
  return first?.inodes_used?.value ?? 0n;
}

/** So many files, with a name in them that makes the layer one that no other image has. */
function filesLayer(count: bigint): Layer {
  const unique = nonce();
  const paths = Array.from({ length: Number(count) }, (_, index) => `data/many/${unique}-${index}`);
  return buildLayer(paths.map((path) => ({ path, type: 'file', content: '' }) as const));
}

function usedBytes([first]: FilesystemUsage[]): bigint {
  return first?.used_bytes?.value ?? 0n;
}

spec(
  {
    id: 'images/fs-info',
    title: 'ImageFsInfo tells where images lie, and what they take',
    level: 'must',
    since: '1.20',
    why: 'Without a usable answer the node has no disk statistics: neither eviction nor image garbage collection works.',
    sources: [
      ...SOURCES,
      'cri-client: remote_image.go validateServiceConnection',
      'kubernetes#57356, kubernetes#116020',
    ],
    expectations: [56],
  },
  async (t) => {
    await t.images.shared('general');
    // A runtime that has just been started may not have looked at its filesystem yet.
    const filesystems = await t.eventually(
      'the first image filesystem, which is the one that the kubelet reads, has figures',
      () => imageFilesystems(t),
      (found) => found.every(({ used_bytes: used }) => used !== null) && usedBytes(found) > 0n,
      { withinMs: 40_000, describe: usedBytes },
    );
    const { container_filesystems: forContainers } = await t.cri.image.ImageFsInfo({});
    const now = BigInt(Date.now()) * 1_000_000n;
    for (const { timestamp, fs_id: id, inodes_used: inodes } of [...filesystems, ...forContainers]) {
      check.between(timestamp, now - DAY_NS, now + DAY_NS, 'timestamp is in nanoseconds, and of this day');
      check.matches(check.present(id, 'fs_id is set').mountpoint, /^\//, 'fs_id.mountpoint is an absolute path');
      if (t.env.host.linux) check.present(inodes, 'inodes_used is set');
    }
    if (!t.env.settings.hostAccess) return;
    for (const { fs_id: id } of [...filesystems, ...forContainers]) {
      check.equal(
        await isDirectory(id?.mountpoint ?? ''),
        true,
        `fs_id.mountpoint ${id?.mountpoint ?? ''} is a directory of the host`,
      );
    }
  },
);

const PAYLOAD = 16 * 1024 * 1024;
/** In another layer than the payload; what other images and containers do to the inodes meanwhile is far less. */
const FILES = 2000n;
/** What other images and containers may do to the figure meanwhile. */
const TOLERANCE = 6 * 1024 * 1024;
/** Runtimes collect figures now and then, containerd every ten seconds by default. */
const COLLECTED_MS = 40_000;
/** So many collections suffice for any change, of however short an interval. */
const COLLECTIONS = 8;
const LEAST_MS = 12_000;

/**
 * The figures once two collections in a row agree: what other specs removed last may not be in them before. And how
 * long to wait for a change from now on, in ms, by the time between the collections.
 */
async function settled(t: SpecContext): Promise<{ before: FilesystemUsage[]; withinMs: number }> {
  let intervalMs = COLLECTED_MS;
  let last: { timestamp: bigint; used: bigint } | undefined;
  const agrees = (now: FilesystemUsage[]): boolean => {
    const [timestamp, used] = [now[0]?.timestamp ?? 0n, usedBytes(now)];
    if (timestamp === last?.timestamp) return false;
    if (last !== undefined) intervalMs = Number(timestamp - last.timestamp) / 1e6;
    const moved = last === undefined ? TOLERANCE : Math.abs(Number(used - last.used));
    last = { timestamp, used };
    return moved < TOLERANCE / 2;
  };
  const describe = (now: FilesystemUsage[]): string => `${usedBytes(now)} at ${now[0]?.timestamp ?? 0n}`;
  const rule = 'used_bytes is collected again, and comes to rest while nothing happens';
  const before = await t.eventually(rule, () => imageFilesystems(t), agrees, { withinMs: COLLECTED_MS, describe });
  return { before, withinMs: Math.min(COLLECTED_MS, Math.max(LEAST_MS, COLLECTIONS * intervalMs)) };
}

spec(
  {
    id: 'images/fs-usage-moves',
    title: 'used_bytes of ImageFsInfo, in bytes, grows with a pull and shrinks with a removal, and so does inodes_used',
    level: 'must',
    since: '1.20',
    why: 'Usage that does not move, or in other units, hides what fills the disk and what a removal freed.',
    sources: [...SOURCES, 'cadvisor#2883'],
    expectations: [56],
    requires: ['registry'],
    // What other specs write into their containers counts, too.
    alone: true,
    timeoutSeconds: 140,
  },
  async (t) => {
    const extraLayers = [payloadLayer(nonce(), PAYLOAD), filesLayer(FILES)];
    const image = await t.images.publish('general', ['v1'], { compression: 'none', extraLayers });
    const { before, withinMs } = await settled(t);
    const inodesBefore = inodesUsed(before);
    const ref = await t.images.pull(image.byTag());
    const look = async (): Promise<number> => Number(usedBytes(await imageFilesystems(t)) - usedBytes(before));
    const rule = 'used_bytes grows by what was pulled';
    const isIn = (grown: number): boolean => grown > PAYLOAD - TOLERANCE;
    const full = await t.eventually(rule, look, isIn, { withinMs });
    // Kept compressed and unpacked, or indexed, it may take more than its size, but not ten times that.
    check.between(full, PAYLOAD - TOLERANCE, 10 * PAYLOAD, rule);
    // The figures may have been collected while one layer was unpacked and the other was not.
    const inodesRule = `inodes_used grows with a pull of ${FILES} files`;
    const lookAtInodes = async (): Promise<bigint> => inodesUsed(await imageFilesystems(t)) - inodesBefore;
    const inodes = await t.eventually(inodesRule, lookAtInodes, (grown) => grown > FILES / 2n, { withinMs });
    check.between(inodes, FILES / 2n, 10n * FILES, inodesRule);
    const [newest] = await imageFilesystems(t);
    checkLater(newest?.timestamp, before[0]?.timestamp, 'timestamp moves with used_bytes');
    await t.images.remove(ref);
    const isOut = (grown: number): boolean => grown < full - PAYLOAD + TOLERANCE;
    await t.eventually('used_bytes shrinks by what was removed', look, isOut, { withinMs });
    const inodesOut = 'inodes_used shrinks by the files that were removed';
    await t.eventually(inodesOut, lookAtInodes, (grown) => grown < inodes - FILES / 2n, { withinMs });
  },
);
