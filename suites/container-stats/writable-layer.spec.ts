import { check, spec } from '../../src/kit/index.js';
import { checkLater } from '../shared/clock.js';
import { isDirectory } from '../shared/host-files.js';
import { checkTimestamp, figure, statsOf } from './figures.js';

const MIB = 1024n * 1024n;

spec(
  {
    id: 'container-stats/writable-layer',
    title: 'writable_layer tells the bytes and inodes that the container has written and kept, and on which filesystem',
    level: 'must',
    since: '1.20',
    why: 'Limits of ephemeral storage and eviction by disk pressure go by it.',
    sources: [
      'api.proto: ContainerStats.writable_layer, FilesystemUsage',
      'kubelet: stats/cri_stats_provider.go makeContainerStats',
    ],
    expectations: [54],
    timeoutSeconds: 150,
  },
  async (t) => {
    const pod = await t.pods.shared();
    const mounts = t.env.settings.hostAccess ? [{ host_path: await t.directory(), container_path: '/volume' }] : [];
    const [writer, other] = await Promise.all([pod.start({ mounts }), pod.start()]);
    // What is in a volume is counted elsewhere.
    if (mounts.length > 0) await writer.shell('head -c 16777216 /dev/zero > /volume/block');
    // The bytes last: whoever has measured them has seen all files.
    await writer.shell('for i in 1 2 3 4 5 6 7 8; do echo > /data/f$i; done; head -c 6291456 /dev/zero > /data/block');
    // Measuring a filesystem is dear: runtimes do it every ten seconds or more seldom.
    const rule = 'writable_layer.used_bytes reaches the 6 MiB that the container wrote into its root';
    const { writable_layer } = await t.eventually(
      rule,
      () => statsOf(t, writer),
      (stats) => (stats.writable_layer?.used_bytes?.value ?? 0n) >= 6n * MIB,
      { withinMs: 60_000, describe: (stats) => stats.writable_layer?.used_bytes?.value },
    );
    const layer = check.present(writable_layer, 'writable_layer');
    checkTimestamp(layer.timestamp, 'writable_layer.timestamp');
    const { mountpoint } = check.present(layer.fs_id, 'writable_layer.fs_id');
    check.matches(mountpoint, /^\/./, 'writable_layer.fs_id.mountpoint is an absolute path');
    if (t.env.settings.hostAccess)
      check.equal(await isDirectory(mountpoint), true, `${mountpoint} is a directory of the host`);
    check.between(
      figure(layer.used_bytes, 'writable_layer.used_bytes'),
      6n * MIB,
      12n * MIB,
      'used_bytes of a container that wrote 6 MiB, besides what it wrote into a volume',
    );
    check.between(
      figure(layer.inodes_used, 'writable_layer.inodes_used'),
      9n,
      200n,
      'inodes_used of a container that made nine files',
    );
    const ofOther = (await statsOf(t, other)).writable_layer?.used_bytes?.value ?? 0n;
    check.that(ofOther < 3n * MIB, 'used_bytes of another container of the pod, which wrote nothing', {
      expected: 'less than 3 MiB',
      observed: ofOther,
    });
    // The bytes last again.
    await writer.shell('rm /data/f?; rm /data/block');
    const { writable_layer: emptied } = await t.eventually(
      'writable_layer.used_bytes falls when the 6 MiB are deleted',
      () => statsOf(t, writer),
      (stats) => (stats.writable_layer?.used_bytes?.value ?? 0n) < 3n * MIB,
      { withinMs: 60_000, describe: (stats) => stats.writable_layer?.used_bytes?.value },
    );
    const left = figure(emptied?.inodes_used, 'writable_layer.inodes_used');
    const inodes = figure(layer.inodes_used, 'writable_layer.inodes_used');
    check.that(left + 8n <= inodes, 'inodes_used falls by the files that were deleted', {
      expected: `${inodes - 8n} or less`,
      observed: left,
    });
    checkLater(emptied?.timestamp, layer.timestamp, 'writable_layer.timestamp moves with the figures');
  },
);
