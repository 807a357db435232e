import type { ContainerConfig, LinuxContainerSecurityContext } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { attemptOf } from './relations.js';
import { changeContainer, changeContainerSecurity, type Plant } from './shapes.js';

/* What a container has at its first start only: a later attempt is made without. */

const lost = (part: Partial<ContainerConfig>): Plant =>
  changeContainer((config) => (attemptOf(config) > 0 ? part : {}));

const lostOfSecurity = (part: Partial<LinuxContainerSecurityContext>): Plant =>
  changeContainerSecurity((_, config) => (attemptOf(config) > 0 ? part : {}));

export const restartFaults: Fault[] = [
  {
    id: 'behaviour/next-attempt-without-stdin',
    title: 'a container that is the next attempt has no stdin, whatever its config says',
    plant: lost({ stdin: false }),
  },
  {
    id: 'behaviour/next-attempt-without-stdin-once',
    title: 'stdin of a container that is the next attempt stays open, whatever stdin_once says',
    plant: lost({ stdin_once: false }),
  },
  {
    id: 'behaviour/next-attempt-without-terminal',
    title: 'a container that is the next attempt has no terminal, whatever its config says',
    plant: lost({ tty: false }),
  },
  {
    id: 'behaviour/next-attempt-devices-lost',
    title: 'a container that is the next attempt has none of its devices',
    plant: lost({ devices: [] }),
  },
  {
    id: 'behaviour/next-attempt-groups-lost',
    title: 'a container that is the next attempt has no supplemental groups of its config',
    plant: lostOfSecurity({ supplemental_groups: [] }),
  },
  {
    id: 'behaviour/next-attempt-masked-paths-lost',
    title: 'nothing is masked in a container that is the next attempt',
    plant: lostOfSecurity({ masked_paths: [] }),
  },
  {
    id: 'behaviour/next-attempt-privileges-lost',
    title: 'a container that is the next attempt is not privileged',
    plant: lostOfSecurity({ privileged: false }),
  },
];
