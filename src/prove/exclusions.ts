import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { docsFile } from './docs-file.js';

/** Faults that cannot show here or are no faults, and specs that cannot pass here, each with its reason. */
export interface Exclusions {
  faults: ReadonlyMap<string, string>;
  specs: ReadonlyMap<string, string>;
  /** Faults that leave the runtime with what no call takes away again: they are tried after everything else. */
  last: ReadonlyMap<string, string>;
}

const FILE = docsFile('proof-exclusions.yaml');

/**
 * The reviewed list: one entry per fault or spec, never a pattern.
 * @throws if an entry has no reason
 */
export function readExclusions(): Exclusions {
  const { faults, specs, last } = parse(readFileSync(FILE, 'utf8')) as Record<string, Entries>;
  return { faults: reasons(faults), specs: reasons(specs), last: reasons(last) };
}

type Entries = Record<string, unknown> | null | undefined;

function reasons(entries: Entries): Map<string, string> {
  return new Map(
    Object.entries(entries ?? {}).map(([id, reason]) => {
      if (typeof reason !== 'string' || reason.trim() === '') throw new Error(`${id} is listed without a reason`);
      return [id, reason.trim()];
    }),
  );
}
