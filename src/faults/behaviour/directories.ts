import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mount } from '../../client/generated/types.js';
import type { Planting } from '../fault.js';

/* Directories of the node, and how containers get them. */

/** A directory of the node that is made when it is first asked for, and goes when the fault is pulled up. */
export function ownDirectory({ defer }: Planting, name: string, mode = 0o755): () => string {
  let made: string | undefined;
  return () => {
    if (made !== undefined) return made;
    const directory = mkdtempSync(join(tmpdir(), `crivet-${name}-`));
    made = directory;
    chmodSync(directory, mode);
    defer(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  };
}

/** An ordinary mount of a path of the node. */
export const mountOf = (host_path: string, container_path: string): Mount => ({
  host_path,
  container_path,
  readonly: false,
  selinux_relabel: false,
  propagation: 'PROPAGATION_PRIVATE',
  uidMappings: [],
  gidMappings: [],
  recursive_read_only: false,
  image: null,
  image_sub_path: '',
});

export const isAtOrBelow = (path: string, other: string): boolean => `${path}/`.startsWith(`${other}/`);
