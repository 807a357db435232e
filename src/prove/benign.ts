import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import type { SpecRecord } from '../kit/record.js';
import { inGoodOrder } from './gate.js';
import { hashesOf, hashOfFault } from './hashes.js';
import { Lane, type Laboratory } from './lane.js';
import { inParallelWhileIdle, type Width } from './parallel.js';
import type { Accusation, BenignRecord } from './record.js';

export interface BenignOptions {
  rounds: number;
  width: Width;
  /** Runs a spec without any variation. */
  control: (spec: Spec) => Promise<SpecRecord>;
}

/**
 * Runs all specs in a world of legal variations. One that does not pass there, but does without, accuses the innocent:
 * the variations under which it fails alone, else each of them, for it takes several.
 * @returns a record per variation
 */
export async function benignRun(
  world: readonly Fault[],
  specs: readonly Spec[],
  lab: Laboratory,
  { rounds, width, control }: BenignOptions,
): Promise<BenignRecord[]> {
  const suspects = world.map((variation) => {
    const { id, title } = variation;
    const own = { hash: hashOfFault(variation), specs: hashesOf(specs) };
    const record: BenignRecord = { id, title, rounds, shown: 0, accusations: [], ...own };
    return { variation, record };
  });
  const lanes = await Promise.all(Array.from({ length: rounds }, () => Lane.open(lab, ...world)));
  // Round beside round: each would end with specs that wait, or that keep all others waiting.
  const runs = inGoodOrder(specs).flatMap((spec) => lanes.map((lane, index) => ({ spec, lane, round: index + 1 })));
  await inParallelWhileIdle(runs, width, async ({ spec, lane, round }) => {
    if (lab.stop.aborted) return;
    const accusation = accusationBy(await lane.run(spec), round);
    if (accusation === undefined || (await control(spec)).outcome !== 'passed') return;
    const guilty: { record: BenignRecord; accusation: Accusation }[] = [];
    for (const { variation, record } of suspects) {
      const alone = accusationBy(await runUnder(variation, spec, lab), round);
      if (alone !== undefined) guilty.push({ record, accusation: alone });
    }
    const accused = guilty.length > 0 ? guilty : suspects.map(({ record }) => ({ record, accusation }));
    for (const each of accused) each.record.accusations.push(each.accusation);
  });
  for (const lane of lanes) {
    for (const { variation, record } of suspects) record.shown += lane.shown(variation);
    await lane.close();
  }
  return suspects.map(({ record }) => record);
}

/** Specs that did not run under a variation in as many rounds, as they are now. */
export function owedTo(record: BenignRecord | undefined, specs: readonly Spec[], rounds: number): Spec[] {
  if (record === undefined || record.rounds < rounds) return [...specs];
  const now = hashesOf(specs);
  return specs.filter(({ id }) => record.specs[id] !== now[id]);
}

/** What two records say of a variation, of which the later one has what had changed since the earlier one. */
export function joined(earlier: BenignRecord | undefined, later: BenignRecord): BenignRecord {
  if (earlier === undefined || earlier.rounds < later.rounds) return later;
  return {
    ...later,
    shown: earlier.shown + later.shown,
    specs: { ...earlier.specs, ...later.specs },
    accusations: [...earlier.accusations.filter(({ spec }) => !(spec in later.specs)), ...later.accusations],
  };
}

async function runUnder(variation: Fault, spec: Spec, lab: Laboratory): Promise<SpecRecord> {
  const lane = await Lane.open(lab, variation);
  try {
    return await lane.run(spec);
  } finally {
    await lane.close();
  }
}

/** What a spec says against a runtime. What a variation lacks may make a spec unsupported; that is no accusation. */
function accusationBy({ id, outcome, violation, reason = '' }: SpecRecord, round: number): Accusation | undefined {
  if (outcome !== 'failed' && outcome !== 'error') return undefined;
  const { rule, observed } = violation ?? { rule: 'no error of our own', observed: reason };
  return { round, spec: id, rule, observed: observed.slice(0, 300) };
}
