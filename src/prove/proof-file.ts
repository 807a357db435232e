import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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

const SCHEMA: ProofRecord['schema'] = 'crivet.proof/4';

/** What an earlier proof left; undefined if there is none, or if it is cut off or of another shape. */
export function readProof(path: string): ProofRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as ProofRecord | { schema: string };
    return record.schema === SCHEMA ? (record as ProofRecord) : undefined;
  } catch {
    return undefined;
  }
}
