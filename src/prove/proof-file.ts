import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import type { ProofRecord } from './record.js';

/** proof.json, complete JSON at every moment: written beside itself and renamed after each step. */
export class ProofFile {
  constructor(
    readonly path: string,
    readonly record: ProofRecord,
  ) {
    mkdirSync(dirname(path), { recursive: true });
  }

  write(): void {
    writeFileSync(`${this.path}.new`, `${JSON.stringify(this.record, undefined, 1)}\n`);
    renameSync(`${this.path}.new`, this.path);
  }
}

/** An earlier proof of the same specs and faults, to go on with; undefined if there is none. */
export function resumable(path: string, fingerprint: string): ProofRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as ProofRecord;
    return record.fingerprint === fingerprint ? record : undefined;
  } catch {
    return undefined; // cut off or somebody else's: as good as none
  }
}

/** Changes with any spec and any fault. */
export function fingerprintOf(specs: readonly Spec[], faults: readonly Fault[]): string {
  const texts = [...specs.map(({ id, body }) => `${id} ${body.toString()}`), ...faults.map(({ id }) => id)];
  return hashOf(...texts.sort());
}

export function hashOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text}\n`);
  return hash.digest('hex').slice(0, 16);
}
