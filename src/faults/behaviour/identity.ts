import type { LinuxContainerSecurityContext } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { byImage } from './image-config.js';
import { acceptRepaired, changeContainerSecurity, changePodSecurity, together, type Plant } from './shapes.js';

/* Who a container runs as, and what it may do: user, groups, capabilities, privileges. */

/** A refused container is created without what it was refused for. */
const withoutWhenRefused = (
  change: (context: LinuxContainerSecurityContext) => Partial<LinuxContainerSecurityContext> | undefined,
): Plant =>
  acceptRepaired('CreateContainer', (request) => {
    const { config } = request;
    const context = config?.linux?.security_context;
    if (!config?.linux || !context) return undefined;
    const changed = change(context);
    if (changed === undefined) return undefined;
    const linux = { ...config.linux, security_context: { ...context, ...changed } };
    return { ...request, config: { ...config, linux } };
  });

type Capabilities = NonNullable<LinuxContainerSecurityContext['capabilities']>;

const capabilities = (change: (asked: Capabilities) => Partial<Capabilities>): Plant =>
  changeContainerSecurity(({ capabilities: asked }) => (asked ? { capabilities: { ...asked, ...change(asked) } } : {}));

export const identityFaults: Fault[] = [
  {
    id: 'behaviour/user-0-means-unset',
    title: 'run_as_user 0 counts as not given',
    plant: changeContainerSecurity(({ run_as_user }) => (run_as_user?.value === 0n ? { run_as_user: null } : {})),
  },
  {
    id: 'behaviour/group-0-means-unset',
    title: 'run_as_group 0 counts as not given',
    plant: changeContainerSecurity(({ run_as_group }) => (run_as_group?.value === 0n ? { run_as_group: null } : {})),
  },
  {
    id: 'behaviour/user-of-image-ignored',
    title: 'a container without run_as_user runs as root, whatever the user of its image',
    plant: changeContainerSecurity(({ run_as_user, run_as_username }) =>
      run_as_user === null && run_as_username === '' ? { run_as_user: { value: 0n } } : {},
    ),
  },
  {
    id: 'behaviour/user-of-image-loses-group',
    title: 'of a numeric user with a group in the config of an image the group does not count',
    plant: byImage(({ linux }, { User = '' }) => {
      const context = linux?.security_context;
      const [, user] = /^(\d+):/.exec(User) ?? [];
      if (!linux || !context || user === undefined) return {};
      if (context.run_as_user !== null || context.run_as_username !== '') return {};
      return { linux: { ...linux, security_context: { ...context, run_as_user: { value: BigInt(user) } } } };
    }),
  },
  {
    id: 'behaviour/user-unknown-is-root',
    title: 'a container whose user name the image does not know runs as root',
    plant: withoutWhenRefused(({ run_as_username }) =>
      run_as_username === '' ? undefined : { run_as_username: '', run_as_user: { value: 0n } },
    ),
  },
  {
    id: 'behaviour/group-is-the-uid',
    title: 'the primary gid is the number of the uid',
    plant: changeContainerSecurity(({ run_as_user, run_as_group }) =>
      run_as_user !== null && run_as_group === null ? { run_as_group: run_as_user } : {},
    ),
  },
  {
    id: 'behaviour/group-without-user-dropped',
    title: 'run_as_group without a user is dropped in silence',
    plant: withoutWhenRefused(({ run_as_group }) => (run_as_group === null ? undefined : { run_as_group: null })),
  },
  {
    id: 'behaviour/groups-first-only',
    title: 'of supplemental_groups only the first counts',
    plant: changeContainerSecurity(({ supplemental_groups: groups }) => ({ supplemental_groups: groups.slice(0, 1) })),
  },
  {
    id: 'behaviour/groups-with-root',
    title: 'every container has the group 0 among its supplementary ones',
    source: 'containerd#8136',
    plant: changeContainerSecurity(({ supplemental_groups: groups }) => ({ supplemental_groups: [...groups, 0n] })),
  },
  {
    id: 'behaviour/groups-lost-with-user-name',
    title: 'supplemental_groups are lost if the user is given by name',
    source: 'crun#1543',
    plant: changeContainerSecurity(({ run_as_username, supplemental_groups: groups }) => ({
      supplemental_groups: run_as_username === '' ? groups : [],
    })),
  },
  {
    id: 'behaviour/groups-of-sandbox-for-containers',
    title: 'containers have the supplemental_groups of the sandbox instead of their own',
    plant: changeContainerSecurity((_, __, { sandbox_config }) => ({
      supplemental_groups: sandbox_config?.linux?.security_context?.supplemental_groups ?? [],
    })),
  },
  {
    id: 'behaviour/privileged-always',
    title: 'every container is privileged',
    plant: together(
      changePodSecurity(() => ({ privileged: true })),
      changeContainerSecurity(() => ({ privileged: true })),
    ),
  },
  {
    id: 'behaviour/privileged-if-the-sandbox-is',
    title: 'every container of a privileged sandbox is privileged',
    plant: changeContainerSecurity(({ privileged }, _, { sandbox_config }) => ({
      privileged: privileged || sandbox_config?.linux?.security_context?.privileged === true,
    })),
  },
  {
    id: 'behaviour/privileged-downgraded-in-unprivileged-sandbox',
    title: 'a privileged container in an unprivileged sandbox is created, without its privileges',
    plant: withoutWhenRefused(({ privileged }) => (privileged ? { privileged: false } : undefined)),
  },
  {
    id: 'behaviour/capabilities-first-added-only',
    title: 'of add_capabilities only the first counts',
    plant: capabilities(({ add_capabilities: add }) => ({ add_capabilities: add.slice(0, 1) })),
  },
  {
    id: 'behaviour/capabilities-first-dropped-only',
    title: 'of drop_capabilities only the first counts',
    plant: capabilities(({ drop_capabilities: drop }) => ({ drop_capabilities: drop.slice(0, 1) })),
  },
  {
    id: 'behaviour/capabilities-added-and-dropped-swapped',
    title: 'capabilities to add are dropped, and the reverse',
    plant: capabilities(({ add_capabilities, drop_capabilities }) => ({
      add_capabilities: drop_capabilities,
      drop_capabilities: add_capabilities,
    })),
  },
  {
    id: 'behaviour/capabilities-drop-all-wins',
    title: 'drop_capabilities ALL drops the added ones as well',
    plant: capabilities(({ add_capabilities: add, drop_capabilities: drop }) => ({
      add_capabilities: drop.includes('ALL') ? [] : add,
    })),
  },
  {
    id: 'behaviour/capabilities-add-all-wins',
    title: 'add_capabilities ALL keeps the dropped ones',
    plant: capabilities(({ add_capabilities: add, drop_capabilities: drop }) => ({
      drop_capabilities: add.includes('ALL') ? [] : drop,
    })),
  },
  {
    id: 'behaviour/capabilities-add-all-unknown',
    title: 'add_capabilities ALL adds nothing',
    plant: capabilities(({ add_capabilities: add }) => ({ add_capabilities: add.filter((name) => name !== 'ALL') })),
  },
  {
    id: 'behaviour/capabilities-drop-all-unknown',
    title: 'drop_capabilities ALL drops nothing',
    plant: capabilities(({ drop_capabilities: drop }) => ({
      drop_capabilities: drop.filter((name) => name !== 'ALL'),
    })),
  },
  {
    id: 'behaviour/capabilities-with-net-admin',
    title: 'every container has NET_ADMIN',
    plant: changeContainerSecurity(({ capabilities: asked }) => ({
      capabilities: {
        add_ambient_capabilities: [],
        drop_capabilities: [],
        ...asked,
        add_capabilities: [...(asked?.add_capabilities ?? []), 'NET_ADMIN'],
      },
    })),
  },
  {
    id: 'behaviour/no-new-privs-always',
    title: 'no process may gain privileges, whatever no_new_privs says',
    plant: changeContainerSecurity(({ privileged }) => ({ no_new_privs: !privileged })),
  },
  {
    id: 'behaviour/no-new-privs-for-root-only',
    title: 'no_new_privs counts for containers that run as root only',
    plant: changeContainerSecurity(({ no_new_privs, run_as_user }) => ({
      no_new_privs: no_new_privs && (run_as_user?.value ?? 0n) === 0n,
    })),
  },
];
