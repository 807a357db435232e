import type { FilesystemUsage } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeAnswer, type Plant } from './shapes.js';

/* What ImageFsInfo says of the filesystem of images. */

function changeUsage(change: (usage: FilesystemUsage) => Partial<FilesystemUsage>): Plant {
  return changeAnswer('ImageFsInfo', ({ image_filesystems, container_filesystems }) => ({
    image_filesystems: image_filesystems.map((usage) => ({ ...usage, ...change(usage) })),
    container_filesystems,
  }));
}

const used = (change: (bytes: bigint) => bigint): Plant =>
  changeUsage(({ used_bytes }) => ({ used_bytes: used_bytes && { value: change(used_bytes.value) } }));

export const imageFsFaults: Fault[] = [
  {
    id: 'behaviour/image-fs-used-in-kib',
    title: 'used_bytes of ImageFsInfo is in KiB',
    plant: used((bytes) => bytes / 1024n),
  },
  {
    id: 'behaviour/image-fs-used-in-blocks',
    title: 'used_bytes of ImageFsInfo counts blocks of 512 bytes',
    plant: used((bytes) => bytes / 512n),
  },
  {
    id: 'behaviour/image-fs-used-constant',
    title: 'used_bytes of ImageFsInfo never moves',
    source: 'cadvisor#2883',
    plant: (planting) => {
      let first: bigint | undefined;
      return used((bytes) => (first ??= bytes))(planting);
    },
  },
  {
    id: 'behaviour/image-fs-used-never-shrinks',
    title: 'used_bytes of ImageFsInfo does not shrink when images are removed',
    plant: (planting) => {
      let most = 0n;
      return used((bytes) => (most = bytes > most ? bytes : most))(planting);
    },
  },
  {
    id: 'behaviour/image-fs-used-shrinks-with-pulls',
    title: 'used_bytes of ImageFsInfo is what is left',
    plant: used((bytes) => 2n ** 40n - bytes),
  },
  {
    id: 'behaviour/image-fs-timestamp-in-seconds',
    title: 'timestamp of ImageFsInfo is in seconds',
    plant: changeUsage(({ timestamp }) => ({ timestamp: timestamp / 10n ** 9n })),
  },
  {
    id: 'behaviour/image-fs-timestamp-in-milliseconds',
    title: 'timestamp of ImageFsInfo is in milliseconds',
    plant: changeUsage(({ timestamp }) => ({ timestamp: timestamp / 10n ** 6n })),
  },
  {
    id: 'behaviour/image-fs-timestamp-constant',
    title: 'timestamp of ImageFsInfo is that of the first look',
    plant: (planting) => {
      let first: bigint | undefined;
      return changeUsage(({ timestamp }) => ({ timestamp: (first ??= timestamp) }))(planting);
    },
  },
  {
    id: 'behaviour/image-fs-timestamp-of-start',
    title: 'timestamp of ImageFsInfo is the time since the machine was started',
    plant: changeUsage(() => ({ timestamp: process.hrtime.bigint() })),
  },
  {
    id: 'behaviour/image-fs-mountpoint-missing',
    title: 'ImageFsInfo names a directory that does not exist',
    source: 'kubernetes#116020',
    plant: changeUsage(() => ({ fs_id: { mountpoint: '/var/lib/no-such-runtime/images' } })),
  },
  {
    id: 'behaviour/image-fs-mountpoint-relative',
    title: 'ImageFsInfo names the directory without the leading slash',
    plant: changeUsage(({ fs_id }) => ({ fs_id: fs_id && { mountpoint: fs_id.mountpoint.replace(/^\//, '') } })),
  },
  {
    id: 'behaviour/image-fs-mountpoint-is-a-file',
    title: 'ImageFsInfo names a device in place of a directory',
    source: 'kubernetes#57356',
    plant: changeUsage(() => ({ fs_id: { mountpoint: '/dev/null' } })),
  },
  {
    id: 'behaviour/image-fs-container-filesystem-made-up',
    title: 'container_filesystems names a filesystem that does not exist',
    plant: changeAnswer('ImageFsInfo', ({ image_filesystems }) => ({
      image_filesystems,
      container_filesystems: image_filesystems.map((usage) => ({ ...usage, fs_id: { mountpoint: '/no-such-mount' } })),
    })),
  },
  {
    id: 'behaviour/image-fs-first-is-empty',
    title: 'image_filesystems begins with another filesystem that no image lies on',
    plant: changeAnswer('ImageFsInfo', (answer) => {
      const image_filesystems = answer.image_filesystems.flatMap((usage) => [
        { ...usage, fs_id: { mountpoint: '/' }, used_bytes: { value: 0n }, inodes_used: { value: 0n } },
        usage,
      ]);
      return { ...answer, image_filesystems };
    }),
  },
  {
    id: 'behaviour/image-fs-inodes-never-shrink',
    title: 'inodes_used of ImageFsInfo does not shrink when images are removed',
    plant: (planting) => {
      let most = 0n;
      return changeUsage(({ inodes_used: used }) => {
        if (used !== null && used.value > most) most = used.value;
        return { inodes_used: used && { value: most } };
      })(planting);
    },
  },
];
