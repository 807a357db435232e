import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import type { SpecRecord } from '../kit/record.js';
import { hashOfFault } from './hashes.js';
import { Lane, type Laboratory } from './lane.js';
import { inParallel } from './parallel.js';
import type { Accusation, BenignRecord } from './record.js';

export interface BenignOptions {
  rounds: number;
  /** Specs under way at a time. */
  width: number;
  /** Names all specs as they are. */
  against: string;
  /** Runs a spec without any variation. */
  control: (spec: Spec) => Promise<SpecRecord>;
}

/**
 * Runs all specs in a world of legal variations. One that does not pass there, but does without, accuses the innocent:
 * the variation under which it fails alone, else all of them together.
 * @returns a record per variation, and one of all together if that is who was accused
 */
export async function benignRun(
  world: readonly Fault[],
  specs: readonly Spec[],
  lab: Laboratory,
  { rounds, width, control, against }: BenignOptions,
): Promise<BenignRecord[]> {
  const records = world.map((fault): BenignRecord => {
    const { id, title } = fault;
    return { id, title, rounds, shown: 0, accusations: [], hash: hashOfFault(fault), against };
  });
  const together: BenignRecord = {
    ...{ id: world.map(({ id }) => id).join(' + '), title: 'all of them together', rounds, shown: 0 },
    ...{ accusations: [], hash: '', against },
  };
  for (let round = 1; round <= rounds && !lab.stop.aborted; round += 1) {
    const lane = await Lane.open(lab, ...world);
    await inParallel(specs, width, async (spec) => {
      const accusation = await accusationBy(spec, lane, round);
      if (accusation === undefined || (await control(spec)).outcome !== 'passed') return;
      let alone = false;
      for (const [index, variation] of world.length === 1 ? [] : world.entries()) {
        const single = await Lane.open(lab, variation);
        const again = await accusationBy(spec, single, round);
        await single.close();
        if (again !== undefined) records[index]?.accusations.push(again);
        alone ||= again !== undefined;
      }
      if (!alone) (world.length === 1 ? records[0] : together)?.accusations.push(accusation);
    });
    world.forEach((variation, index) => {
      const record = records[index];
      if (record !== undefined) record.shown += lane.shown(variation);
    });
    await lane.close();
  }
  return together.accusations.length > 0 ? [...records, together] : records;
}

/** What a spec says against a lane. What a variation lacks may make a spec unsupported; that is no accusation. */
async function accusationBy(spec: Spec, lane: Lane, round: number): Promise<Accusation | undefined> {
  const { outcome, violation, reason = '' } = await lane.run(spec);
  if (outcome !== 'failed' && outcome !== 'error') return undefined;
  const { rule, observed } = violation ?? { rule: 'no error of our own', observed: reason };
  return { round, spec: spec.id, rule, observed: observed.slice(0, 300) };
}
