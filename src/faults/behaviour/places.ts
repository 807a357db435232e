import { closeSync, fchmodSync, fstatSync, openSync } from 'node:fs';
import { chmod, chown } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Fault } from '../fault.js';
import { isAtOrBelow, mountOf, ownDirectory } from './directories.js';
import { changeContainer, type Plant } from './shapes.js';
import { onceStarted } from './started.js';
import { mounts, unnoticed } from './volumes.js';

/* What a runtime makes for its containers: shared memory, files in /etc, directories for mounts, standard streams. */

/** All containers with this mode have one directory as their /dev/shm, but for those with a mount of their own there. */
const oneSharedMemory =
  (ipc: 'NODE' | 'POD'): Plant =>
  (planting) => {
    const directory = ownDirectory(planting, 'shm', 0o1777);
    return unnoticed(
      changeContainer(({ mounts: own, linux }) =>
        linux?.security_context?.namespace_options?.ipc === ipc &&
        !own.some(({ container_path }) => container_path === '/dev/shm')
          ? { mounts: [...own, mountOf(directory(), '/dev/shm')] }
          : {},
      ),
    )(planting);
  };

/** The files of a pod are there for root alone, until the fault is pulled up: pods outlive it. */
const filesOfRoot = onceStarted((process, { mounts: own }, { defer }) => {
  const files = ['/etc/resolv.conf', '/etc/hostname', '/etc/hosts'];
  const closed = files.filter((file) => {
    if (own.some(({ container_path }) => container_path === file)) return false;
    try {
      const handle = openSync(`${process}/root${file}`, 'r');
      const { mode } = fstatSync(handle);
      fchmodSync(handle, 0o600);
      defer(() => {
        fchmodSync(handle, mode & 0o7777);
        closeSync(handle);
      });
      return true;
    } catch {
      return false;
    }
  });
  return closed.length > 0;
});

/** Directories that images have: those that are made for mounts lie deeper, or elsewhere. */
const OF_IMAGES =
  /^\/(|bin|data|dev|etc|home|mnt|proc|root|run|sys|tmp|usr|var|www)$|^\/(dev|proc|sys|etc|data)\/|^\/var\/run$/;

export const isOfImages = (path: string): boolean => OF_IMAGES.test(path);

const directoriesAbove = (path: string): string[] =>
  path === '/' ? [] : [...directoriesAbove(dirname(path)), dirname(path)];

const parentsOfRoot = onceStarted(async (process, { mounts: own }) => {
  const parents = own.flatMap(({ container_path }) => directoriesAbove(container_path));
  // A mount of another one's parent is not the runtime's.
  const made = parents.filter(
    (path) => !isOfImages(path) && !own.some(({ container_path }) => isAtOrBelow(path, container_path)),
  );
  const closed = made.map((path) =>
    chmod(`${process}/root${path}`, 0o700).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(closed)).includes(true);
});

const streamsOfRoot = onceStarted(async (process, { tty, linux }) => {
  if (tty || (linux?.security_context?.run_as_user?.value ?? 0n) === 0n) return false;
  for (const stream of [1, 2]) {
    await chown(`${process}/fd/${stream}`, 0, 0).catch(() => undefined);
    await chmod(`${process}/fd/${stream}`, 0o600).catch(() => undefined);
  }
  return true;
});

const lost = (place: string): Plant =>
  unnoticed(mounts((all) => all.filter(({ container_path }) => container_path !== place)));

export const placeFaults: Fault[] = [
  {
    id: 'behaviour/ipc-node-shm-not-the-nodes',
    title: 'pods with ipc NODE share a /dev/shm which is not that of the node',
    plant: oneSharedMemory('NODE'),
  },
  {
    id: 'behaviour/ipc-pod-shm-of-all-pods',
    title: 'pods with ipc POD have one /dev/shm, all of them together',
    plant: oneSharedMemory('POD'),
  },
  {
    // An emptyDir of medium Memory, which is how a pod gets more than 64 MiB of it.
    id: 'behaviour/mount-at-dev-shm-loses',
    title: 'a mount at /dev/shm gives way to that of the runtime',
    plant: lost('/dev/shm'),
  },
  {
    id: 'behaviour/mount-at-dev-loses',
    title: 'a mount at /dev gives way to that of the runtime',
    plant: lost('/dev'),
  },
  {
    id: 'behaviour/mount-at-cgroup-loses',
    title: 'a mount at /sys/fs/cgroup gives way to the cgroups that the runtime mounts',
    plant: lost('/sys/fs/cgroup'),
  },
  {
    id: 'behaviour/network-files-for-root-only',
    title: 'resolv.conf, hosts and hostname in a container can be read by root alone',
    plant: filesOfRoot,
  },
  {
    id: 'behaviour/mount-parents-for-root-only',
    title: 'directories that are made on the way to a mount are closed to users other than root',
    plant: parentsOfRoot,
  },
  {
    id: 'behaviour/standard-streams-for-root-only',
    title: 'users other than root cannot open /dev/stdout and /dev/stderr',
    source: 'moby#31243',
    plant: streamsOfRoot,
  },
];
