import { lstat, stat } from 'node:fs/promises';
import type { Fault } from '../fault.js';
import { ownDirectory } from './directories.js';
import { asFirstAttempt } from './environment.js';
import { changeContainer, changeRequest, type Plant } from './shapes.js';
import { eachMount, mounts, unnoticed } from './volumes.js';

/* Mounts and devices that are lost or changed for where they are, or for what is beside them. */

const isClean = (path: string): boolean => !/\/\/|\/\.{0,2}$|\/\.{1,2}\//.test(path);

/** Symbolic links to directories are not followed: there is an empty directory in their place. */
const linksNotFollowed: Plant = (planting) =>
  unnoticed(
    changeRequest('CreateContainer', async (request) => {
      const { config } = request;
      if (!config) return request;
      const changed = config.mounts.map(async (mount) => {
        const link = await lstat(mount.host_path).catch(() => undefined);
        const target = await stat(mount.host_path).catch(() => undefined);
        if (!link?.isSymbolicLink() || !target?.isDirectory()) return mount;
        return { ...mount, host_path: ownDirectory(planting, 'empty')() };
      });
      return { ...request, config: { ...config, mounts: await Promise.all(changed) } };
    }),
  )(planting);

export const mountPathFaults: Fault[] = [
  {
    id: 'behaviour/mounts-cut-at-colon',
    title: 'the path of a mount in the container ends before a colon or comma',
    plant: unnoticed(eachMount(({ container_path }) => ({ container_path: container_path.replace(/[:,].*$/, '') }))),
  },
  {
    id: 'behaviour/mounts-over-etc-files-lost',
    title: 'mounts at /etc/hosts, /etc/hostname and /etc/resolv.conf give way to the files of the runtime',
    plant: unnoticed(
      mounts((all) =>
        all.filter(({ container_path }) => !/^\/etc\/(hosts|hostname|resolv\.conf)$/.test(container_path)),
      ),
    ),
  },
  {
    id: 'behaviour/mounts-below-read-only-are-read-only',
    title: 'a writable mount below a read-only one is read-only',
    plant: unnoticed(
      eachMount(({ container_path }, all) =>
        all.some((mount) => mount.readonly && container_path.startsWith(`${mount.container_path}/`))
          ? { readonly: true }
          : {},
      ),
    ),
  },
  {
    id: 'behaviour/mounts-with-unclean-path-lost',
    title: 'mounts whose path in the container ends in a slash or has dots are lost, and claimed to be there',
    plant: unnoticed(mounts((all) => all.filter(({ container_path }) => isClean(container_path)))),
  },
  {
    // The paths of PCI devices and of many CSI volumes have colons.
    id: 'behaviour/mounts-from-path-with-colon-lost',
    title: 'mounts whose host_path has a colon are lost, and claimed to be there',
    plant: unnoticed(mounts((all) => all.filter(({ host_path }) => !host_path.includes(':')))),
  },
  {
    // Mount: "If the hostpath is a symbolic link, runtimes should follow the symlink".
    id: 'behaviour/mounts-of-links-are-empty',
    title: 'a host_path that is a symbolic link to a directory is mounted as an empty one',
    plant: linksNotFollowed,
  },
  {
    // Two subPaths of one volume, or one volume both read-only and writable.
    id: 'behaviour/mounts-of-one-volume-share-access',
    title: 'a host_path that is mounted twice is as writable at both places as the first mount says',
    plant: unnoticed(
      eachMount((mount, all) => ({
        readonly: (all.find(({ host_path }) => host_path === mount.host_path) ?? mount).readonly,
      })),
    ),
  },
  {
    id: 'behaviour/propagation-of-first-mount-only',
    title: 'of several mounts with propagation the first alone has it',
    plant: unnoticed(
      eachMount((mount, all) => {
        const first = all.find(({ propagation }) => propagation !== 'PROPAGATION_PRIVATE');
        return first === undefined || mount === first ? {} : { propagation: 'PROPAGATION_PRIVATE' };
      }),
    ),
  },
  {
    // The kubelet gives each attempt a termination log of its own.
    id: 'behaviour/next-attempt-old-mounts',
    title: 'the next attempt of a container has the mounts of the first, and claims its own',
    plant: unnoticed(asFirstAttempt(({ mounts: all }) => ({ mounts: all }))),
  },
  {
    id: 'behaviour/devices-permissions-of-first',
    title: 'all devices of a container have the permissions of the first',
    plant: changeContainer(({ devices }) => ({
      devices: devices.map((device) => ({ ...device, permissions: devices[0]?.permissions ?? '' })),
    })),
  },
  {
    id: 'behaviour/mounts-read-only-lost-with-propagation',
    title: 'a read-only mount that propagates is writable',
    plant: unnoticed(
      eachMount(({ readonly, propagation }) =>
        readonly && propagation !== 'PROPAGATION_PRIVATE' ? { readonly: false } : {},
      ),
    ),
  },
];
