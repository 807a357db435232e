import type { LinuxContainerSecurityContext } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { byImage, imageConfigOf } from './image-config.js';
import { refuse, type Plant } from './shapes.js';

/* Images that hold a program and nothing else: that of sandboxes is one. */

const isBare = ({ Entrypoint = [] }: { Entrypoint?: string[] }): boolean => Entrypoint[0] === '/pause';

const inBareImages = (
  change: (context: LinuxContainerSecurityContext) => Partial<LinuxContainerSecurityContext>,
): Plant =>
  byImage(({ linux }, image) => {
    const context = linux?.security_context;
    if (!linux || !context || !isBare(image)) return {};
    return { linux: { ...linux, security_context: { ...context, ...change(context) } } };
  });

export const bareImageFaults: Fault[] = [
  {
    id: 'behaviour/image-without-passwd-refused',
    title: 'CreateContainer refuses a user if the image has no /etc/passwd',
    plant: refuse(
      'CreateContainer',
      async ({ config }, planting) =>
        config?.linux?.security_context?.run_as_user != null &&
        isBare(await imageConfigOf(planting, config.image?.image ?? '').catch(() => ({}))),
      'UNKNOWN',
      'failed to generate user: openat etc/passwd: no such file or directory',
    ),
  },
  {
    id: 'behaviour/image-without-passwd-runs-as-root',
    title: 'a container runs as root if its user is that of an image without /etc/passwd',
    plant: inBareImages(({ run_as_user }) => (run_as_user === null ? { run_as_user: { value: 0n } } : {})),
  },
  {
    id: 'behaviour/image-without-group-loses-groups',
    title: 'supplemental_groups are lost if the image has no /etc/group',
    plant: inBareImages(() => ({ supplemental_groups: [] })),
  },
];
