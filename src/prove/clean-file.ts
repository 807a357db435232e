import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Spec } from '../kit/define.js';
import type { CleanRecord } from './record.js';
import { stillClean } from './still-true.js';

/**
 * What clean runs said of specs, kept beside proof.json: whoever works on a few specs or faults does not wait for what
 * is known of the others.
 */
export class CleanFile {
  constructor(readonly path: string) {}

  /** Of specs that are still the same. */
  known(specs: readonly Spec[]): CleanRecord[] {
    return stillClean(this.read(), specs);
  }

  /** Adds records, in the place of older ones of the same specs. */
  learn(records: readonly CleanRecord[]): void {
    const all = new Map([...this.read(), ...records].map((record) => [record.id, record]));
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(this.path, `${JSON.stringify([...all.values()])}\n`);
  }

  private read(): CleanRecord[] {
    try {
      return existsSync(this.path) ? (JSON.parse(readFileSync(this.path, 'utf8')) as CleanRecord[]) : [];
    } catch {
      return []; // cut off: the specs are run again
    }
  }
}
