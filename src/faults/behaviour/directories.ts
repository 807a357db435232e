import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Planting } from '../fault.js';

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
