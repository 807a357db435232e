import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../fault.js';
import { ownDirectory } from './directories.js';
import { changeContainerSecurity, changeRequest, type Plant } from './shapes.js';

/* Profiles that are in force, but not as they are: read in part, or in name only. */

/** A seccomp profile, as far as faults look at it. */
interface Profile {
  defaultAction?: string;
  syscalls?: object[];
}

/** Localhost profiles are read as others; what is no profile stays as it is. */
const readAs =
  (change: (profile: Profile) => Profile): Plant =>
  (planting) =>
    changeRequest('CreateContainer', async (request) => {
      const { config } = request;
      const context = config?.linux?.security_context;
      const { seccomp } = context ?? {};
      if (!config?.linux || !context || seccomp?.profile_type !== 'Localhost') return request;
      let changed: string;
      try {
        changed = JSON.stringify(change(JSON.parse(await readFile(seccomp.localhost_ref, 'utf8')) as Profile));
      } catch {
        return request;
      }
      const localhost_ref = join(ownDirectory(planting, 'profile')(), 'profile.json');
      await writeFile(localhost_ref, changed);
      const security_context = { ...context, seccomp: { ...seccomp, localhost_ref } };
      return { ...request, config: { ...config, linux: { ...config.linux, security_context } } };
    })(planting);

/** The filter is there, for everybody to see, and lets everything through. */
const defaultRefusesNothing: Plant = (planting) => {
  const directory = ownDirectory(planting, 'profile');
  return changeContainerSecurity(({ seccomp }) => {
    if (seccomp?.profile_type !== 'RuntimeDefault') return {};
    const localhost_ref = join(directory(), 'all.json');
    writeFileSync(localhost_ref, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW' }));
    return { seccomp: { profile_type: 'Localhost', localhost_ref } };
  })(planting);
};

const inCapitals = (name: string): boolean => name === name.toUpperCase();

export const profileFaults: Fault[] = [
  {
    id: 'behaviour/seccomp-default-refuses-nothing',
    title: 'containers under RuntimeDefault have a filter that refuses nothing',
    plant: defaultRefusesNothing,
  },
  {
    id: 'behaviour/seccomp-localhost-default-action-lost',
    title: 'a Localhost profile allows whatever is on none of its lists, whatever its default action',
    plant: readAs((profile) => ({ ...profile, defaultAction: 'SCMP_ACT_ALLOW' })),
  },
  {
    id: 'behaviour/seccomp-localhost-first-list-only',
    title: 'of the lists of a Localhost profile the first alone counts',
    plant: readAs((profile) => ({ ...profile, syscalls: (profile.syscalls ?? []).slice(0, 1) })),
  },
  {
    id: 'behaviour/apparmor-missing-is-unconfined',
    title: 'a container whose AppArmor profile is missing runs without one',
    plant: changeContainerSecurity(({ apparmor, apparmor_profile }) =>
      apparmor?.profile_type === 'Localhost' || apparmor_profile.startsWith('localhost/')
        ? { apparmor: null, apparmor_profile: '' }
        : {},
    ),
  },
  {
    id: 'behaviour/capabilities-in-small-letters-ignored',
    title: 'capabilities whose names are not in capitals are neither added nor dropped',
    plant: changeContainerSecurity(({ capabilities: asked }) =>
      asked === null
        ? {}
        : {
            capabilities: {
              ...asked,
              add_capabilities: asked.add_capabilities.filter(inCapitals),
              drop_capabilities: asked.drop_capabilities.filter(inCapitals),
            },
          },
    ),
  },
];
