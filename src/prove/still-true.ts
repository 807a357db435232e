import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import { hashesOf, hashOf, hashOfFault, hashOfSpec } from './hashes.js';
import type { CleanRecord, ProofRecord } from './record.js';

/**
 * What still holds of an earlier proof. A kill does while the fault and the spec are the same; that nobody noticed a
 * fault does while all specs are; that a spec accused nobody does while it is.
 * @param specs all of them
 * @param faults all of them, benign variations too
 */
export function stillTrue(
  { clean, faults: tried, benign }: Pick<ProofRecord, 'clean' | 'faults' | 'benign'>,
  specs: readonly Spec[],
  faults: readonly Fault[],
): Pick<ProofRecord, 'clean' | 'faults' | 'benign'> {
  const faultHashes = new Map(faults.map((fault) => [fault.id, hashOfFault(fault)]));
  const same = stillClean(clean, specs);
  const known = new Set(same.map(({ id }) => id));
  const today = againstOf(specs);
  const now = hashesOf(specs);
  return {
    clean: same,
    faults: tried
      .filter(({ id, hash, verdict }) => faultHashes.get(id) === hash && verdict !== 'excluded')
      .map((record) => ({ ...record, kills: record.kills.filter(({ spec }) => known.has(spec)) }))
      .filter(({ verdict, kills, against }) => (verdict === 'killed' ? kills.length > 0 : against === today)),
    benign: benign
      .filter(({ id, hash }) => faultHashes.get(id) === hash)
      .map((record) => ({
        ...record,
        specs: Object.fromEntries(Object.entries(record.specs).filter(([id, hash]) => now[id] === hash)),
        accusations: record.accusations.filter(({ spec }) => record.specs[spec] === now[spec]),
      })),
  };
}

/** What clean runs said of specs that are still the same. */
export function stillClean(clean: readonly CleanRecord[], specs: readonly Spec[]): CleanRecord[] {
  const hashes = new Map(specs.map((spec) => [spec.id, hashOfSpec(spec)]));
  return clean.filter(({ id, hash }) => hashes.get(id) === hash);
}

/** Names the specs that a fault was tried against, as they were. */
export function againstOf(specs: readonly Spec[]): string {
  return hashOf(...specs.map((spec) => `${spec.id} ${hashOfSpec(spec)}`).sort());
}
