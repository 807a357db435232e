import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import { RUNTIME_ANSWERS } from '../kit/outcome.js';
import type { SpecRecord } from '../kit/record.js';
import { Lane, type Laboratory } from './lane.js';
import { onRecord, type RecordedKills } from './matrix.js';
import type { FaultRecord, Kill } from './record.js';
import type { StandingPods } from './standing.js';

export interface TrialOptions {
  /** Go on after the first kill: which of these specs notice? */
  all: boolean;
  /** Specs under way at a time, after the likeliest ones were tried one by one. */
  width: number;
  /** The kills of the fault that an earlier proof saw, to the full proof. */
  recorded: RecordedKills | undefined;
}

/** What a trial needs beside the laboratory. */
export interface TrialSurroundings {
  lab: Laboratory;
  /** Runs a spec without any fault, to be sure that it is the fault that it fails over. */
  control: (spec: Spec) => Promise<SpecRecord>;
  trouble: (text: string) => void;
  /** For the specs that share a pod. */
  standing: StandingPods;
}

type Trial = Pick<FaultRecord, 'verdict' | 'kills' | 'tried' | 'shown' | 'reason'>;

/** So many specs are tried one by one before the rest go side by side. */
const ONE_BY_ONE = 5;

/** Plants a fault and runs specs under it until one fails for it. */
export async function tryFault(
  fault: Fault,
  specs: readonly Spec[],
  around: TrialSurroundings,
  options: TrialOptions,
): Promise<Trial> {
  let lane: Lane;
  try {
    const again = options.all ? undefined : repeatKill(fault, specs[0], around, options);
    const repeated = await again?.catch(() => undefined);
    if (repeated !== undefined) return repeated;
    // A busy machine may keep a connection from being made in time, but hardly twice.
    lane = await Lane.open(around.lab, fault).catch(() => Lane.open(around.lab, fault));
  } catch (error) {
    return { verdict: 'no-run', kills: [], tried: [], shown: 1, reason: (error as Error).message };
  }
  const kills: Kill[] = [];
  const tried: string[] = [];
  const queue = [...specs];
  const over = (): boolean => around.lab.stop.aborted || (!options.all && kills.length > 0);
  const work = async (limit: number): Promise<void> => {
    for (let done = 0; done < limit && !over(); done += 1) {
      const spec = queue.shift();
      if (spec === undefined) return;
      tried.push(spec.id);
      const kill = await notices(spec, fault, lane, around, options.recorded);
      if (kill !== undefined) kills.push(kill);
    }
  };
  await work(ONE_BY_ONE);
  await Promise.all(Array.from({ length: options.width }, () => work(Infinity)));
  const shown = lane.shown(fault);
  for (const left of await lane.close()) around.trouble(`${fault.id}: ${left}`);
  const verdict = kills.length > 0 ? 'killed' : shown > 0 ? 'survived' : 'not-exercised';
  return { verdict, kills, tried, shown };
}

/**
 * Sees whether the likeliest spec does again what is on record of it, beside pods that stand already. If it does not,
 * nothing is said: the fault may have to be there when its pod is made.
 */
async function repeatKill(
  fault: Fault,
  spec: Spec | undefined,
  { lab, standing, trouble }: TrialSurroundings,
  { recorded }: TrialOptions,
): Promise<Trial | undefined> {
  if (spec === undefined || recorded?.specs[0] !== spec.id) return undefined;
  const lane = await Lane.openBeside(lab, await standing.pods(), fault);
  const kill = killOf(await lane.run(spec), fault);
  const shown = lane.shown(fault);
  for (const left of await lane.close()) trouble(`${fault.id}: ${left}`);
  await standing.tidy();
  if (kill === undefined || !onRecord(recorded, kill)) return undefined;
  return { verdict: 'killed', kills: [kill], tried: [spec.id], shown };
}

/**
 * A spec notices if it fails under the fault, passes without it, and fails under it again. One that did so in an
 * earlier proof has shown it if it fails once more, over the same rule: it passed without the fault in all clean runs.
 */
async function notices(
  spec: Spec,
  fault: Fault,
  lane: Lane,
  { lab, control }: TrialSurroundings,
  recorded: TrialOptions['recorded'],
): Promise<Kill | undefined> {
  const first = killOf(await lane.run(spec), fault);
  if (first === undefined || onRecord(recorded, first)) return first;
  if ((await control(spec)).outcome !== 'passed') return undefined;
  if (killOf(await lane.run(spec), fault) !== undefined) return first;
  // What a fault does only once it does again where it is planted anew.
  const fresh = await Lane.open(lab, fault);
  try {
    return killOf(await fresh.run(spec), fault) === undefined ? undefined : first;
  } finally {
    await fresh.close();
  }
}

/** A failure, unless it is no more than a deadline that was met: that is what a fault that hangs is known by. */
export function killOf({ id, outcome, violation }: SpecRecord, fault: Fault): Kill | undefined {
  if (outcome !== 'failed' || violation === undefined) return undefined;
  if (violation.rule === RUNTIME_ANSWERS && fault.hangs !== true) return undefined;
  return { spec: id, rule: violation.rule, observed: violation.observed.slice(0, 300) };
}
