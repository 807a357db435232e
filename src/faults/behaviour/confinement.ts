import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecurityProfile } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import {
  acceptRepaired,
  changeContainer,
  changeContainerSecurity,
  changePodSecurity,
  changeRequest,
  type Plant,
} from './shapes.js';

/* What a container is confined by: seccomp, masked and read-only paths, the root file system, devices. */

const UNCONFINED: SecurityProfile = { profile_type: 'Unconfined', localhost_ref: '' };
const DEFAULT: SecurityProfile = { profile_type: 'RuntimeDefault', localhost_ref: '' };

/** What Docker masks and protects in every container. */
const MASKED = ['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'];
const PROTECTED = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

type Type = SecurityProfile['profile_type'];

/** Profiles of a type are taken for others, of containers or of sandboxes. */
const instead = (type: Type, other: SecurityProfile) => ({
  ofContainer: changeContainerSecurity(({ seccomp }) => (seccomp?.profile_type === type ? { seccomp: other } : {})),
  ofSandbox: changePodSecurity(({ seccomp }) => (seccomp?.profile_type === type ? { seccomp: other } : {})),
});

/** Localhost profiles are read when they are first used; what is written to the file later does not count. */
const profilesReadOnce: Plant = (planting) => {
  const read = new Map<string, { text: string; copy: string }>();
  return changeRequest('CreateContainer', async (request) => {
    const { config } = request;
    const context = config?.linux?.security_context;
    const { seccomp } = context ?? {};
    if (!config?.linux || !context || seccomp?.profile_type !== 'Localhost') return request;
    const ref = seccomp.localhost_ref;
    const text = await readFile(ref.replace(/^localhost\//, ''), 'utf8').catch(() => undefined);
    if (text === undefined) return request;
    let first = read.get(ref);
    if (first === undefined) {
      const directory = await mkdtemp(join(tmpdir(), 'crivet-profile-'));
      planting.defer(() => rmSync(directory, { recursive: true, force: true }));
      first = { text, copy: join(directory, 'profile.json') };
      await writeFile(first.copy, text);
      read.set(ref, first);
    }
    if (first.text === text) return request;
    const changed = { ...context, seccomp: { ...seccomp, localhost_ref: first.copy } };
    return { ...request, config: { ...config, linux: { ...config.linux, security_context: changed } } };
  })(planting);
};

export const confinementFaults: Fault[] = [
  {
    id: 'behaviour/seccomp-default-is-unconfined',
    title: 'containers under RuntimeDefault are not filtered',
    plant: instead('RuntimeDefault', UNCONFINED).ofContainer,
  },
  {
    id: 'behaviour/seccomp-unconfined-is-default',
    title: 'Unconfined containers are filtered by the default profile',
    plant: instead('Unconfined', DEFAULT).ofContainer,
  },
  {
    id: 'behaviour/seccomp-localhost-is-default',
    title: 'containers with a profile of their own get the default one',
    plant: instead('Localhost', DEFAULT).ofContainer,
  },
  {
    id: 'behaviour/seccomp-localhost-is-unconfined',
    title: 'containers with a profile of their own are not filtered',
    plant: instead('Localhost', UNCONFINED).ofContainer,
  },
  {
    id: 'behaviour/seccomp-unset-is-default',
    title: 'containers without a profile get the default one',
    plant: changeContainerSecurity(({ seccomp }) => (seccomp === null ? { seccomp: DEFAULT } : {})),
  },
  {
    id: 'behaviour/seccomp-invalid-is-unconfined',
    title: 'a container whose profile cannot be read is not filtered',
    plant: acceptRepaired('CreateContainer', (request) => {
      const { config } = request;
      const context = config?.linux?.security_context;
      if (!config?.linux || context?.seccomp?.profile_type !== 'Localhost') return undefined;
      const linux = { ...config.linux, security_context: { ...context, seccomp: UNCONFINED } };
      return { ...request, config: { ...config, linux } };
    }),
  },
  {
    id: 'behaviour/seccomp-of-sandbox-for-containers',
    title: 'containers get the profile of their sandbox',
    plant: changeContainerSecurity(({ seccomp }, _, { sandbox_config }) => ({
      seccomp: sandbox_config?.linux?.security_context?.seccomp ?? seccomp,
    })),
  },
  {
    id: 'behaviour/seccomp-of-first-container',
    title: 'containers get the Localhost profile of the first container of their pod that has one',
    plant: (planting) => {
      const first = new Map<string, SecurityProfile>();
      return changeContainerSecurity(({ seccomp }, _, { pod_sandbox_id: pod }) => {
        if (seccomp?.profile_type === 'Localhost' && !first.has(pod)) first.set(pod, seccomp);
        return { seccomp: first.get(pod) ?? seccomp };
      })(planting);
    },
  },
  {
    // A profile that an administrator has tightened does not reach new containers.
    id: 'behaviour/seccomp-localhost-read-once',
    title: 'a Localhost profile is as its file was when a container first used it',
    plant: profilesReadOnce,
  },
  {
    id: 'behaviour/seccomp-sandbox-default-is-unconfined',
    title: 'sandboxes under RuntimeDefault are not filtered',
    plant: instead('RuntimeDefault', UNCONFINED).ofSandbox,
  },
  {
    id: 'behaviour/seccomp-sandbox-unconfined-is-default',
    title: 'Unconfined sandboxes are filtered by the default profile',
    source: 'cri-o#9675',
    plant: instead('Unconfined', DEFAULT).ofSandbox,
  },
  {
    id: 'behaviour/masked-paths-of-proc-only',
    title: 'masked_paths count below /proc only',
    plant: changeContainerSecurity(({ masked_paths: paths }) => ({
      masked_paths: paths.filter((path) => path.startsWith('/proc')),
    })),
  },
  {
    id: 'behaviour/masked-paths-are-read-only',
    title: 'masked_paths are read-only instead of hidden',
    plant: changeContainerSecurity(({ masked_paths, readonly_paths }) => ({
      masked_paths: [],
      readonly_paths: [...readonly_paths, ...masked_paths],
    })),
  },
  {
    id: 'behaviour/readonly-paths-are-masked',
    title: 'readonly_paths are hidden instead of read-only',
    plant: changeContainerSecurity(({ masked_paths, readonly_paths }) => ({
      masked_paths: [...masked_paths, ...readonly_paths],
      readonly_paths: [],
    })),
  },
  {
    id: 'behaviour/readonly-paths-of-proc-only',
    title: 'readonly_paths count below /proc only',
    plant: changeContainerSecurity(({ readonly_paths: paths }) => ({
      readonly_paths: paths.filter((path) => path.startsWith('/proc')),
    })),
  },
  {
    id: 'behaviour/paths-by-default',
    title: 'empty masked_paths and readonly_paths are taken for the defaults',
    plant: changeContainerSecurity(({ masked_paths, readonly_paths, privileged }) => ({
      masked_paths: masked_paths.length === 0 && !privileged ? MASKED : masked_paths,
      readonly_paths: readonly_paths.length === 0 && !privileged ? PROTECTED : readonly_paths,
    })),
  },
  {
    id: 'behaviour/paths-by-default-always',
    title: 'the runtime masks and protects its own choice of paths, whatever the request says',
    plant: changeContainerSecurity(() => ({ masked_paths: MASKED, readonly_paths: PROTECTED })),
  },
  {
    id: 'behaviour/rootfs-read-only-always',
    title: 'every root file system is read-only',
    plant: changeContainerSecurity(() => ({ readonly_rootfs: true })),
  },
  {
    id: 'behaviour/rootfs-read-only-without-mounts-only',
    title: 'readonly_rootfs is ignored if the container has mounts',
    plant: changeContainerSecurity(({ readonly_rootfs }, { mounts }) => ({
      readonly_rootfs: readonly_rootfs && mounts.length === 0,
    })),
  },
  {
    id: 'behaviour/devices-always-writable',
    title: 'every device may be read, written and made, whatever its permissions',
    plant: changeContainer(({ devices }) => ({
      devices: devices.map((device) => ({ ...device, permissions: 'rwm' })),
    })),
  },
  {
    id: 'behaviour/devices-read-only',
    title: 'every device may be read only',
    plant: changeContainer(({ devices }) => ({ devices: devices.map((device) => ({ ...device, permissions: 'r' })) })),
  },
  {
    id: 'behaviour/devices-at-host-path',
    title: 'devices are in the container under their path on the host',
    plant: changeContainer(({ devices }) => ({
      devices: devices.map((device) => ({ ...device, container_path: device.host_path })),
    })),
  },
];
