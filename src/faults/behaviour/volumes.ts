import { cp, lstat, mkdtemp } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ContainerStatus, Mount } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import {
  acceptRepaired,
  changeContainer,
  changeContainerStatus,
  changeRequest,
  handling,
  together,
  type Plant,
} from './shapes.js';

/* Mounts that are not the ones that were asked for. */

export const mounts = (change: (all: Mount[]) => Mount[]): Plant =>
  changeContainer(({ mounts: all }) => ({ mounts: change(all) }));

export const eachMount = (change: (mount: Mount, all: readonly Mount[]) => Partial<Mount>): Plant =>
  mounts((all) => all.map((mount) => ({ ...mount, ...change(mount, all) })));

/** The same, with a ContainerStatus that repeats the request. */
export function unnoticed(plant: Plant): Plant {
  return (planting) => {
    const asked = new Map<string, Mount[]>();
    const { CreateContainer: create } = plant(planting);
    return together(
      handling('CreateContainer', async (call) => {
        const answer = await (create?.(call) ?? call.forward());
        if (answer.container_id !== undefined) asked.set(answer.container_id, call.request.config?.mounts ?? []);
        return answer;
      }),
      changeContainerStatus((status): Partial<ContainerStatus> => {
        const own = asked.get(status.id);
        return own === undefined ? {} : { mounts: own };
      }),
    )({ ...planting, shown: () => undefined });
  };
}

const PRIVATE = 'PROPAGATION_PRIVATE';
const FROM_HOST = 'PROPAGATION_HOST_TO_CONTAINER';
const BOTH_WAYS = 'PROPAGATION_BIDIRECTIONAL';

const propagation = (from: Mount['propagation'], to: Mount['propagation']): Plant =>
  unnoticed(eachMount((mount) => (mount.propagation === from ? { propagation: to } : {})));

export const volumeFaults: Fault[] = [
  {
    id: 'behaviour/mounts-first-only',
    title: 'a container has the first of its mounts only, and claims to have all',
    plant: unnoticed(mounts((all) => all.slice(0, 1))),
  },
  {
    id: 'behaviour/mounts-last-lost',
    title: 'the last of several mounts is lost, and claimed to be there',
    plant: unnoticed(mounts((all) => (all.length > 1 ? all.slice(0, -1) : all))),
  },
  {
    id: 'behaviour/mounts-below-dev-lost',
    title: 'mounts below /dev are lost, and claimed to be there',
    plant: unnoticed(mounts((all) => all.filter(({ container_path }) => !container_path.startsWith('/dev/')))),
  },
  {
    id: 'behaviour/mounts-below-others-lost',
    title: 'mounts below other mounts are lost, and claimed to be there',
    plant: unnoticed(
      mounts((all) =>
        all.filter(
          ({ container_path: path }) => !all.some(({ container_path: above }) => path.startsWith(`${above}/`)),
        ),
      ),
    ),
  },
  {
    id: 'behaviour/mounts-of-parent',
    title: 'the parent of each host_path is mounted in its place',
    plant: unnoticed(eachMount(({ host_path }) => ({ host_path: dirname(host_path) }))),
  },
  {
    id: 'behaviour/mounts-read-only-always',
    title: 'every mount is read-only, and claimed not to be',
    plant: unnoticed(eachMount(() => ({ readonly: true }))),
  },
  {
    id: 'behaviour/mounts-writable-always',
    title: 'every mount is writable, and claimed not to be',
    plant: unnoticed(eachMount(() => ({ readonly: false }))),
  },
  {
    id: 'behaviour/mounts-of-files-writable',
    title: 'read-only mounts of single files are writable',
    plant: unnoticed(
      changeRequest('CreateContainer', async (request) => {
        const { config } = request;
        if (!config) return request;
        const changed = config.mounts.map(async (mount) => {
          const file = await lstat(mount.host_path).then(
            (stat) => stat.isFile(),
            () => false,
          );
          return file ? { ...mount, readonly: false } : mount;
        });
        return { ...request, config: { ...config, mounts: await Promise.all(changed) } };
      }),
    ),
  },
  {
    id: 'behaviour/mounts-read-only-with-read-only-rootfs',
    title: 'mounts are read-only if the root file system is',
    plant: unnoticed(
      changeContainer(({ mounts: all, linux }) =>
        linux?.security_context?.readonly_rootfs ? { mounts: all.map((mount) => ({ ...mount, readonly: true })) } : {},
      ),
    ),
  },
  {
    id: 'behaviour/mounts-are-copies',
    title: 'a mounted directory is a copy that is made when the container is created',
    plant: (planting) =>
      unnoticed(
        changeRequest('CreateContainer', async (request) => {
          const { config } = request;
          if (!config || config.mounts.length === 0) return request;
          const changed = config.mounts.map(async (mount) => {
            // Some specs mount what is the node's: its root, its devices.
            if (!mount.host_path.startsWith(`${tmpdir()}/`)) return mount;
            const copy = await mkdtemp(join(tmpdir(), 'crivet-copy-'));
            planting.defer(() => rmSync(copy, { recursive: true, force: true }));
            const copied = await cp(mount.host_path, join(copy, 'volume'), { recursive: true, dereference: true }).then(
              () => true,
              () => false,
            );
            return copied ? { ...mount, host_path: join(copy, 'volume') } : mount;
          });
          return { ...request, config: { ...config, mounts: await Promise.all(changed) } };
        }),
      )(planting),
  },
  {
    id: 'behaviour/propagation-bidirectional-is-from-host',
    title: 'Bidirectional propagation is from the host only, and claimed to be both ways',
    plant: propagation(BOTH_WAYS, FROM_HOST),
  },
  {
    id: 'behaviour/propagation-bidirectional-is-private',
    title: 'Bidirectional propagation is private, and claimed to be both ways',
    plant: propagation(BOTH_WAYS, PRIVATE),
  },
  {
    id: 'behaviour/propagation-from-host-is-private',
    title: 'HostToContainer propagation is private, and claimed to be from the host',
    plant: propagation(FROM_HOST, PRIVATE),
  },
  {
    id: 'behaviour/propagation-from-host-is-bidirectional',
    title: 'HostToContainer propagation is both ways, and claimed to be from the host',
    plant: propagation(FROM_HOST, BOTH_WAYS),
  },
  {
    id: 'behaviour/propagation-private-is-from-host',
    title: 'private propagation is from the host, and claimed to be private',
    plant: unnoticed(
      handling('CreateContainer', async ({ request, forward }, { shown }) => {
        const { config } = request;
        if (!config || config.mounts.length === 0) return forward();
        const spread = config.mounts.map((mount): Mount =>
          mount.propagation === PRIVATE ? { ...mount, propagation: FROM_HOST } : mount,
        );
        try {
          const answer = await forward({ ...request, config: { ...config, mounts: spread } });
          shown();
          return answer;
        } catch {
          // Where the path is no shared mount, there is nothing to spread.
          return forward();
        }
      }),
    ),
  },
  {
    id: 'behaviour/propagation-refused-is-private',
    title: 'propagation that the host path does not allow is private instead of refused',
    plant: acceptRepaired('CreateContainer', (request) => {
      const { config } = request;
      if (!config?.mounts.some((mount) => mount.propagation !== PRIVATE)) return undefined;
      const changed = config.mounts.map((mount): Mount => ({ ...mount, propagation: PRIVATE }));
      return { ...request, config: { ...config, mounts: changed } };
    }),
  },
];
