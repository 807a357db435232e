import type { Fault } from '../fault.js';
import { changeContainer } from './shapes.js';
import { eachMount, mounts, unnoticed } from './volumes.js';

/* Mounts and devices that are lost or changed for where they are, or for what is beside them. */

const isClean = (path: string): boolean => !/\/\/|\/\.{0,2}$|\/\.{1,2}\//.test(path);

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
    id: 'behaviour/devices-permissions-of-first',
    title: 'all devices of a container have the permissions of the first',
    plant: changeContainer(({ devices }) => ({
      devices: devices.map((device) => ({ ...device, permissions: devices[0]?.permissions ?? '' })),
    })),
  },
];
