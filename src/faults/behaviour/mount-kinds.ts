import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { chown, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stats } from 'node:fs';
import type { Mount } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { isAtOrBelow, mountOf, ownDirectory } from './directories.js';
import { byImage } from './image-config.js';
import { changeRequest, refuse, type Plant } from './shapes.js';
import { mounts, unnoticed } from './volumes.js';

/* Mounts that are lost, refused or changed for what is mounted, or for what the image has there. */

/** Takes each mount for others, by what its host_path is. */
const byKind = (change: (mount: Mount, kind: Stats, planting: Planting) => Mount[] | Promise<Mount[]>): Plant =>
  unnoticed(
    changeRequest('CreateContainer', async (request, planting) => {
      const { config } = request;
      if (!config) return request;
      const changed = config.mounts.map(async (mount) => {
        const kind = await stat(mount.host_path).catch(() => undefined);
        return kind === undefined ? [mount] : change(mount, kind, planting);
      });
      return { ...request, config: { ...config, mounts: (await Promise.all(changed)).flat() } };
    }),
  );

/** A mount of the node's own, made of another path with these options, until the fault is pulled up. */
function mountedApart({ defer }: Planting, path: string, options?: string): string {
  const place = mkdtempSync(join(tmpdir(), 'crivet-mount-'));
  execFileSync('mount', ['--bind', path, place]);
  defer(() => {
    execFileSync('umount', ['-l', place]);
    rmdirSync(place);
  });
  execFileSync('mount', ['--make-private', place]);
  if (options !== undefined) execFileSync('mount', ['-o', `remount,bind,${options}`, place]);
  return place;
}

/** Directories are mounted from a place of their own on the node; with options only those that nothing need be below. */
const apart = (options?: string): Plant =>
  byKind((mount, kind, planting) =>
    kind.isDirectory() &&
    mount.propagation === 'PROPAGATION_PRIVATE' &&
    (options === undefined || mount.host_path !== '/')
      ? [{ ...mount, host_path: mountedApart(planting, mount.host_path, options) }]
      : [mount],
  );

/** One directory of the node for each volume that an image declares, whatever container mounts it. */
const imageVolumesShared: Plant = (planting) => {
  const directory = ownDirectory(planting, 'volumes');
  return unnoticed(
    byImage(({ mounts: own }, { Volumes }) => ({
      mounts: [
        ...own,
        ...Object.keys(Volumes ?? {})
          .filter((path) => !own.some(({ container_path }) => isAtOrBelow(container_path, path)))
          .map((path) => mountOf(directory(), path)),
      ],
    })),
  )(planting);
};

export const mountKindFaults: Fault[] = [
  {
    id: 'behaviour/mounts-of-sockets-lost',
    title: 'a host_path that is a socket is not mounted, and claimed to be',
    plant: byKind((mount, kind) => (kind.isSocket() ? [] : [mount])),
  },
  {
    id: 'behaviour/mounts-of-sockets-are-directories',
    title: 'a host_path that is a socket is mounted as an empty directory',
    plant: byKind((mount, kind, planting) =>
      kind.isSocket() ? [{ ...mount, host_path: ownDirectory(planting, 'empty')() }] : [mount],
    ),
  },
  {
    id: 'behaviour/mount-of-host-root-refused',
    title: 'CreateContainer refuses a mount of the root of the node',
    plant: refuse(
      'CreateContainer',
      ({ config }) => config?.mounts.some(({ host_path }) => host_path === '/') ?? false,
      'INVALID_ARGUMENT',
      'invalid mount: host_path can not be /',
    ),
  },
  {
    id: 'behaviour/mounts-without-those-below',
    title: 'what is mounted below a host_path is not mounted with it',
    plant: apart(),
  },
  {
    id: 'behaviour/mounts-noexec',
    title: 'nothing in a mounted directory can be executed',
    plant: apart('noexec'),
  },
  {
    // As podman's :U does if it is asked to.
    id: 'behaviour/mounts-chowned',
    title: 'CreateContainer gives mounted directories to the user of the container',
    plant: changeRequest('CreateContainer', async (request, { shown }) => {
      const { mounts: all = [], linux } = request.config ?? {};
      const user = Number(linux?.security_context?.run_as_user?.value ?? 0n);
      // What is not the spec's own stays as it is, even under this fault.
      for (const { host_path } of all.filter((mount) => user !== 0 && isAtOrBelow(mount.host_path, tmpdir()))) {
        await chown(host_path, user, user);
        shown();
      }
      return request;
    }),
  },
  {
    id: 'behaviour/working-dir-of-user-refused',
    title: 'CreateContainer refuses a working_dir that only the user of the container may enter',
    plant: refuse(
      'CreateContainer',
      async ({ config }) => {
        const mount = config?.mounts.find(({ container_path }) => container_path === config.working_dir);
        const kind = mount && (await stat(mount.host_path).catch(() => undefined));
        return kind !== undefined && kind.uid !== 0 && (kind.mode & 0o005) === 0;
      },
      'UNKNOWN',
      'chdir to cwd set in config.json failed: permission denied',
    ),
  },
  {
    // In most images /var/run is a link to /run, and every pod has its token below it.
    id: 'behaviour/mounts-through-links-lost',
    title: 'mounts whose path leads through a symbolic link of the image are lost, and claimed to be there',
    plant: unnoticed(mounts((all) => all.filter(({ container_path: path }) => !path.startsWith('/var/run/')))),
  },
  {
    id: 'behaviour/image-volumes-over-mounts',
    title: 'a volume that the image declares hides mounts at the same path and below it',
    plant: unnoticed(
      byImage(({ mounts: own }, { Volumes }) => ({
        mounts: own.filter(
          ({ container_path }) => !Object.keys(Volumes ?? {}).some((path) => isAtOrBelow(container_path, path)),
        ),
      })),
    ),
  },
  {
    id: 'behaviour/image-volumes-shared',
    title: 'a volume that an image declares is one directory for all containers',
    plant: imageVolumesShared,
  },
];
