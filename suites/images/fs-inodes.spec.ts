import { check, spec } from '../../src/kit/index.js';

spec(
  {
    id: 'images/fs-inodes',
    title: 'ImageFsInfo tells the inodes that images and containers take up',
    level: 'must',
    since: '1.20',
    why: 'A node runs out of inodes before bytes where files are small; the summary and eviction go by this figure.',
    sources: ['api.proto: FilesystemUsage.inodes_used', 'kubelet: stats/cri_stats_provider.go imageFsStats'],
    expectations: [56],
  },
  async (t) => {
    await t.images.shared('general');
    // A runtime that measures its filesystem periodically has the first figures a while after its start.
    const { image_filesystems: filesystems } = await t.eventually(
      'ImageFsInfo has the inodes of a filesystem that holds images',
      () => t.cri.image.ImageFsInfo({}),
      (info) => info.image_filesystems.some(({ inodes_used: used }) => (used?.value ?? 0n) > 0n),
      { withinMs: 20_000, describe: (info) => info.image_filesystems },
    );
    for (const { inodes_used: used } of filesystems) check.present(used, 'inodes_used of every image filesystem');
  },
);
