import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import type { SpecRecord } from '../kit/record.js';
import { Lane, type Laboratory } from './lane.js';
import { inParallel } from './parallel.js';
import type { Accusation, BenignRecord } from './record.js';

export interface BenignOptions {
  rounds: number;
  /** Specs under way at a time. */
  width: number;
  /** Runs a spec without the variation. */
  control: (spec: Spec) => Promise<SpecRecord>;
}

/** Runs all specs under a legal variation. One that does not pass there, but does without, accuses the innocent. */
export async function benignRun(
  variation: Fault,
  specs: readonly Spec[],
  lab: Laboratory,
  { rounds, width, control }: BenignOptions,
): Promise<BenignRecord> {
  const { id, title } = variation;
  const accusations: Accusation[] = [];
  let shown = 0;
  for (let round = 1; round <= rounds && !lab.stop.aborted; round += 1) {
    const lane = await Lane.open(lab, variation);
    await inParallel(specs, width, async (spec) => {
      const { outcome, violation, reason = '' } = await lane.run(spec);
      // What a variation lacks may make a spec unsupported; that is no accusation.
      if (outcome !== 'failed' && outcome !== 'error') return;
      if ((await control(spec)).outcome !== 'passed') return;
      const { rule, observed } = violation ?? { rule: 'no error of our own', observed: reason };
      accusations.push({ round, spec: spec.id, rule, observed: observed.slice(0, 300) });
    });
    shown += lane.shown();
    await lane.close();
  }
  return { id, title, rounds, shown, accusations };
}
