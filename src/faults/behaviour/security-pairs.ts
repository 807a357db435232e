import type { ContainerConfig, LinuxContainerSecurityContext } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeContainerSecurity, refuse } from './shapes.js';

/* Security contexts: what is lost where two settings meet, in later containers, or for rare ids. */

type Context = LinuxContainerSecurityContext;

const isRoot = ({ run_as_user, run_as_username }: Context): boolean =>
  run_as_username === '' && (run_as_user === null || run_as_user.value === 0n);
const adds = ({ capabilities }: Context): boolean => (capabilities?.add_capabilities.length ?? 0) > 0;

const isNext = ({ metadata }: ContainerConfig): boolean => (metadata?.attempt ?? 0) > 0;

const UNFILTERED: Partial<Context> = {
  seccomp: { profile_type: 'Unconfined', localhost_ref: '' },
  seccomp_profile_path: '',
};

const sixteenBits = (id: bigint): bigint => id % 65_536n;

export const securityPairFaults: Fault[] = [
  {
    id: 'behaviour/run-as-user-16-bits',
    title: 'a user id above 65535 is cut to 16 bits',
    plant: changeContainerSecurity(({ run_as_user: user }) =>
      user === null ? {} : { run_as_user: { value: sixteenBits(user.value) } },
    ),
  },
  {
    id: 'behaviour/supplemental-groups-16-at-most',
    title: 'a container has its first 16 supplemental groups only',
    plant: changeContainerSecurity(({ supplemental_groups }) => ({
      supplemental_groups: supplemental_groups.slice(0, 16),
    })),
  },
  {
    id: 'behaviour/supplemental-groups-twice-refused',
    title: 'CreateContainer refuses supplemental groups that repeat each other or the primary group',
    plant: refuse(
      'CreateContainer',
      ({ config }) => {
        const { supplemental_groups = [], run_as_group = null } = config?.linux?.security_context ?? {};
        const all = [...supplemental_groups, ...(run_as_group === null ? [] : [run_as_group.value])];
        return new Set(all).size < all.length;
      },
      'INVALID_ARGUMENT',
      'duplicate group id',
    ),
  },
  {
    id: 'behaviour/supplemental-groups-of-root-lost',
    title: 'a container with run_as_user 0 has no supplemental groups',
    plant: changeContainerSecurity((context) => (context.run_as_user?.value === 0n ? { supplemental_groups: [] } : {})),
  },
  {
    id: 'behaviour/user-of-pod-in-container',
    title: 'a container without a user runs as that of the security context of its pod, not of its image',
    plant: changeContainerSecurity(({ run_as_user, run_as_username }, _, { sandbox_config }) =>
      run_as_user === null && run_as_username === ''
        ? { run_as_user: sandbox_config?.linux?.security_context?.run_as_user ?? null }
        : {},
    ),
  },
  {
    id: 'behaviour/seccomp-lost-with-added-capabilities',
    title: 'a container with added capabilities has no seccomp filter',
    plant: changeContainerSecurity((context) =>
      adds(context) && context.seccomp !== null && !context.privileged ? UNFILTERED : {},
    ),
  },
  {
    id: 'behaviour/next-attempt-seccomp-lost',
    title: 'a container that is the next attempt is not filtered, whatever its seccomp profile',
    plant: changeContainerSecurity((context, config) =>
      isNext(config) && context.seccomp !== null && context.seccomp.profile_type !== 'Unconfined' ? UNFILTERED : {},
    ),
  },
  {
    id: 'behaviour/next-attempt-read-only-rootfs-lost',
    title: 'the root file system of a container that is the next attempt is writable, whatever readonly_rootfs says',
    plant: changeContainerSecurity((_, config) => (isNext(config) ? { readonly_rootfs: false } : {})),
  },
  {
    id: 'behaviour/group-lost-with-user-name',
    title: 'run_as_group is lost if the user is given by name',
    plant: changeContainerSecurity(({ run_as_username }) => (run_as_username === '' ? {} : { run_as_group: null })),
  },
  {
    id: 'behaviour/capabilities-dropped-by-root-only',
    title: 'a container that does not run as root keeps the capabilities that it drops in its bounding set',
    plant: changeContainerSecurity((context) =>
      isRoot(context) || context.capabilities === null || context.privileged
        ? {}
        : { capabilities: { ...context.capabilities, drop_capabilities: [] } },
    ),
  },
  {
    id: 'behaviour/no-new-privs-lost-with-added-capabilities',
    title: 'no_new_privs is not set in a container with added capabilities',
    plant: changeContainerSecurity((context) => (adds(context) ? { no_new_privs: false } : {})),
  },
  {
    id: 'behaviour/no-new-privs-lost-for-root',
    title: 'no_new_privs is not set in a container without run_as_user, or with 0',
    plant: changeContainerSecurity((context) => (isRoot(context) ? { no_new_privs: false } : {})),
  },
  {
    id: 'behaviour/read-only-rootfs-lost-with-privileges',
    title: 'the root file system of a privileged container is writable',
    plant: changeContainerSecurity(({ privileged }) => (privileged ? { readonly_rootfs: false } : {})),
  },
  {
    id: 'behaviour/privileged-as-root-only',
    title: 'a container that does not run as root is not privileged',
    plant: changeContainerSecurity((context) => (isRoot(context) ? {} : { privileged: false })),
  },
  {
    id: 'behaviour/masked-paths-lost-with-read-only-paths',
    title: 'masked paths are lost if there are read-only paths as well',
    plant: changeContainerSecurity(({ readonly_paths: all }) => (all.length > 0 ? { masked_paths: [] } : {})),
  },
  {
    id: 'behaviour/privileged-after-privileged',
    title: 'containers that are created after a privileged one in its pod are privileged, too',
    plant: (planting) => {
      const pods = new Set<string>();
      return changeContainerSecurity(({ privileged }, _config, { pod_sandbox_id: pod }) => {
        if (privileged) pods.add(pod);
        return pods.has(pod) ? { privileged: true } : {};
      })(planting);
    },
  },
  {
    id: 'behaviour/read-only-rootfs-of-sibling',
    title: 'after a container with a read-only root file system the next one of its pod has one, too',
    plant: (planting) => {
      const before = new Map<string, boolean>();
      return changeContainerSecurity(({ readonly_rootfs: own }, _config, { pod_sandbox_id: pod }) => {
        const inherited = before.get(pod) === true;
        before.set(pod, own);
        return inherited ? { readonly_rootfs: true } : {};
      })(planting);
    },
  },
];
