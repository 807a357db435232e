import type { Spec } from '../kit/define.js';
import { runSpec } from '../kit/execute.js';
import { openEnvironment } from '../kit/environment.js';
import type { SpecRecord } from '../kit/record.js';
import { inGoodOrder } from './gate.js';
import { Lane, type Laboratory } from './lane.js';
import { inParallel } from './parallel.js';
import { hashOfSpec } from './hashes.js';
import type { CleanRecord } from './record.js';
import { touchedBy } from './touches.js';

/**
 * Runs all specs without a fault: once past the proxy, and once through one that changes nothing. What they
 * say differently shows either a dishonest proxy or a spec that is not steady.
 */
export async function cleanRuns(
  specs: readonly Spec[],
  lab: Laboratory,
  { width, progress }: { width: number; progress: (text: string) => void },
): Promise<CleanRecord[]> {
  const inOrder = inGoodOrder(specs);
  const records = new Map<string, SpecRecord[]>(specs.map(({ id }) => [id, []]));
  const keep = (record: SpecRecord): void => void records.get(record.id)?.push(record);
  progress(`clean run without a proxy: ${specs.length} specs`);
  const environment = await openEnvironment(lab.settings);
  const direct = (spec: Spec): Promise<SpecRecord> =>
    lab.gate.pass(spec.alone === true, () => runSpec(spec, environment, lab.stop));
  await inParallel(inOrder, width, async (spec) => keep(await direct(spec)));
  await environment.sharedPods.close();
  environment.cri.close();
  progress('clean run through a proxy without a fault');
  const lane = await Lane.open(lab);
  await inParallel(inOrder, width, async (spec) => keep(await lane.run(spec)));
  await lane.close();
  return specs.map((spec) => cleanRecord(spec, records.get(spec.id) ?? []));
}

function cleanRecord(spec: Spec, records: readonly SpecRecord[]): CleanRecord {
  const outcomes = records.map(({ outcome }) => outcome);
  const touched = [...new Set(records.flatMap(touchedBy))].sort();
  const steady = outcomes.length > 0 && outcomes.every((outcome) => outcome === 'passed');
  const reasons = records.flatMap(({ reason }) => (reason === undefined ? [] : [reason.slice(0, 500)]));
  const durationMs = Math.round(Math.min(...records.map((record) => record.durationMs)));
  return { id: spec.id, outcomes, reasons, steady, durationMs, touched, hash: hashOfSpec(spec) };
}
