import type { Catalogue } from '../faults/catalogue.js';
import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import type { SpecRecord } from '../kit/record.js';
import { benignRun, joined, owedTo } from './benign.js';
import { Candidates } from './candidates.js';
import { cleanRuns } from './clean.js';
import type { Exclusions } from './exclusions.js';
import { hashOfFault } from './hashes.js';
import { Lane, type Laboratory } from './lane.js';
import { inParallelWhileIdle } from './parallel.js';
import { specsOf, type RecordedKills } from './matrix.js';
import type { ProofFile } from './proof-file.js';
import type { BenignRecord, CleanRecord, FaultRecord } from './record.js';
import { StandingPods } from './standing.js';
import { againstOf } from './still-true.js';
import { sweepUnlabelled } from './sweep.js';
import { tryFault, type TrialOptions } from './trial.js';
import { worldsOf } from './worlds.js';

export interface ProofPlan {
  specs: readonly Spec[];
  /** The faults to prove, fields and behaviour; benign ones apart. */
  faults: readonly Fault[];
  benign: Catalogue['benign'];
  exclusions: Exclusions;
  /** What killed a fault in an earlier proof. */
  known: ReadonlyMap<string, RecordedKills>;
  /** Faults under trial at a time, if the processors are busy with them; else up to `MORE` times as many. */
  lanes: number;
  benignRounds: number;
  /** Every spec has to kill something, not only every fault to be killed. */
  everySpec: boolean;
  /** Run all specs that could notice under each fault, not only until the first kill. */
  all: boolean;
}

/** Specs under way at a time within a lane. */
const WIDTH = 4;

/** So many times as much at a time while the processors are idle: many faults make a spec do no more than wait. */
const MORE = 3;

/** So many faults for a spec that killed nothing yet; `crivet prove --spec` tries every one. */
const TRIES = 40;

/** Proves the specs: clean runs, benign variations, faults, specs that killed nothing yet. Fills the file as it goes. */
export class Prover {
  private readonly record;
  /** Faults that are planted at the moment. */
  private readonly planted = new Set<string>();
  /** Names the specs that faults are tried against. */
  private readonly against;

  constructor(
    private readonly plan: ProofPlan,
    private readonly lab: Laboratory,
    private readonly file: ProofFile,
    private readonly say: (text: string) => void,
    /** Told what the clean runs said. */
    private readonly learnt: (records: readonly CleanRecord[]) => void,
  ) {
    this.record = file.record;
    this.against = againstOf(plan.specs);
  }

  async prove(): Promise<void> {
    const { plan, lab, record } = this;
    const known = new Set(record.clean.map(({ id }) => id));
    const unknown = plan.specs.filter(({ id }) => !known.has(id));
    if (unknown.length > 0) {
      const found = await cleanRuns(unknown, lab, { width: WIDTH * 2, progress: this.say });
      record.clean.push(...found);
      this.learnt(found);
      this.file.write();
    }
    const candidates = new Candidates(plan.specs, record.clean, specsOf(plan.known));
    const control = await Lane.open(lab);
    try {
      // The variations first: no fault has left anything behind yet that would excuse an accusation.
      await this.proveInnocence(candidates, control);
      const { last } = plan.exclusions;
      await this.proveFaults(({ id }) => !last.has(id), candidates, control);
      if (plan.everySpec) await this.proveSpecs(candidates, control);
      await this.proveFaults(({ id }) => last.has(id), candidates, control);
    } finally {
      await control.close();
      record.trouble.push(...(await sweepUnlabelled(lab.cri)));
    }
  }

  private async proveFaults(which: (fault: Fault) => boolean, candidates: Candidates, control: Lane): Promise<void> {
    const done = new Set(this.record.faults.map(({ id }) => id));
    const open = this.plan.faults.filter((fault) => which(fault) && !done.has(fault.id));
    const idle = this.idleSpecs(candidates);
    let count = this.plan.faults.filter(({ id }) => done.has(id)).length;
    await this.inLanes(open, async (fault, standing) => {
      if (this.stopped()) return;
      const options = { all: this.plan.all, width: WIDTH };
      const record = await this.proveFault(fault, candidates.of(fault, idle), { control, standing }, options);
      // A trial that was cut short says nothing, unless it came to a kill: it is for the proof that goes on with this one.
      if (this.stopped() && record.kills.length === 0) return;
      this.record.faults.push(record);
      for (const { spec } of record.kills) idle.delete(spec);
      this.file.write();
      count += 1;
      this.say(`[${count}/${this.plan.faults.length}] ${describe(record)}`);
    });
  }

  /** Works through faults, each lane beside pods of its own. */
  private async inLanes<T>(
    items: readonly T[],
    work: (item: T, standing: StandingPods) => Promise<void>,
  ): Promise<void> {
    const trouble = (text: string): void => void this.record.trouble.push(text);
    const idle: StandingPods[] = [];
    const all: StandingPods[] = [];
    const another = (): StandingPods => {
      const standing = new StandingPods(this.lab, trouble);
      all.push(standing);
      return standing;
    };
    const { lanes } = this.plan;
    try {
      await inParallelWhileIdle(items, { least: lanes, most: lanes * MORE }, async (item) => {
        const standing = idle.pop() ?? another();
        await work(item, standing);
        idle.push(standing);
      });
    } finally {
      await Promise.all(all.map((standing) => standing.close()));
    }
  }

  /** Asked anew each time: it changes while others are waited for. */
  private stopped(): boolean {
    return this.lab.stop.aborted;
  }

  private async proveFault(
    fault: Fault,
    specs: readonly Spec[],
    { control, standing }: { control: Lane; standing: StandingPods },
    options: Pick<TrialOptions, 'all' | 'width'>,
  ): Promise<FaultRecord> {
    const { id, title, source } = fault;
    const own = {
      ...{ id, title, ...(source === undefined ? {} : { source }), candidates: specs.length },
      ...{ hash: hashOfFault(fault), against: this.against },
    };
    const reason = this.plan.exclusions.faults.get(id);
    if (reason !== undefined) {
      return { ...own, verdict: 'excluded', kills: [], tried: [], shown: 0, durationMs: 0, reason };
    }
    // Nobody would be there to notice.
    if (specs.length === 0) return { ...own, verdict: 'not-exercised', kills: [], tried: [], shown: 0, durationMs: 0 };
    const started = performance.now();
    const around = {
      lab: this.lab,
      control: (spec: Spec): Promise<SpecRecord> => control.run(spec),
      trouble: (text: string): void => void this.record.trouble.push(text),
      standing,
    };
    this.planted.add(id);
    const recorded = this.plan.known.get(id);
    const trial = await tryFault(fault, specs, around, { ...options, recorded });
    if (trial.kills.length === 0) await this.checkAlive();
    this.planted.delete(id);
    return { ...own, ...trial, durationMs: Math.round(performance.now() - started) };
  }

  /** A runtime that a fault has ended lets every spec come to an error, which says nothing of any fault. */
  private async checkAlive(): Promise<void> {
    try {
      await this.lab.cri.runtime.Version({}, { timeoutMs: 30_000 });
    } catch (error) {
      const faults = [...this.planted].join(', ');
      throw new Error(`the runtime does not answer any more; planted were ${faults}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Ids of specs that could kill something and have not. */
  private idleSpecs(candidates: Candidates): Set<string> {
    const idle = new Set(candidates.specs.map(({ id }) => id));
    for (const { kills } of this.record.faults) for (const { spec } of kills) idle.delete(spec);
    for (const id of this.plan.exclusions.specs.keys()) idle.delete(id);
    return idle;
  }

  /**
   * Specs that killed nothing yet are tried under faults that they could notice: first what one of them is known to
   * kill, then the most telling ones.
   */
  private async proveSpecs(candidates: Candidates, control: Lane): Promise<void> {
    const idle = this.idleSpecs(candidates);
    const byId = new Map(this.record.faults.map((record) => [record.id, record]));
    const faults = this.plan.faults
      .filter(({ id }) => byId.get(id)?.verdict === 'killed')
      .map((fault) => ({ fault, specs: candidates.of(fault) }))
      .map((each) => ({ ...each, known: Number(candidates.knows(each.fault, idle)) }))
      // The fewer specs could notice, the more it is about each of them.
      .sort((a, b) => b.known - a.known || a.specs.length - b.specs.length);
    this.say(`${idle.size} specs have killed nothing yet`);
    const tries = new Map<string, number>();
    const isTried = ({ id }: Spec): boolean => idle.has(id) && (tries.get(id) ?? 0) < TRIES;
    await this.inLanes(faults, async ({ fault, specs }, standing) => {
      const able = specs.filter(isTried).slice(0, WIDTH);
      if (able.length === 0 || this.stopped()) return;
      for (const { id } of able) tries.set(id, (tries.get(id) ?? 0) + 1);
      const { kills } = await this.proveFault(fault, able, { control, standing }, { all: true, width: WIDTH });
      for (const kill of kills) {
        idle.delete(kill.spec);
        byId.get(fault.id)?.kills.push(kill);
        this.say(`${kill.spec} kills ${fault.id}; ${idle.size} specs to go`);
      }
      if (kills.length > 0) this.file.write();
    });
  }

  private async proveInnocence(candidates: Candidates, control: Lane): Promise<void> {
    const { benign, benignRounds } = this.plan;
    if (benignRounds === 0) return;
    const noticing = new Map(benign.map((variation) => [variation, candidates.of(variation)]));
    const able = (variation: Fault): Spec[] => noticing.get(variation) ?? [];
    for (const world of worldsOf(benign, able)) {
      if (this.stopped()) return;
      const known = new Map(this.record.benign.map((record) => [record.id, record]));
      const owed = new Set(world.flatMap((each) => owedTo(known.get(each.id), able(each), benignRounds)));
      if (owed.size === 0) continue;
      this.say(`${world.length} benign variations together: ${owed.size} specs, ${benignRounds} rounds`);
      const found = await benignRun(world, [...owed], this.lab, {
        rounds: benignRounds,
        width: { least: WIDTH * 2, most: WIDTH * 2 * MORE },
        control: (spec) => control.run(spec),
      });
      if (this.stopped()) return;
      const records = found.map((record) => joined(known.get(record.id), record));
      for (const record of records) known.set(record.id, record);
      this.record.benign = [...known.values()];
      this.file.write();
      for (const record of records) this.say(verdictOn(record));
    }
  }
}

function describe({ id, verdict, kills, tried, durationMs, reason }: FaultRecord): string {
  const time = `${(durationMs / 1000).toFixed(1)} s`;
  const by = kills.length > 0 ? ` by ${kills.map(({ spec }) => spec).join(', ')}` : '';
  const why = reason === undefined ? '' : `: ${reason.split('\n')[0] ?? ''}`;
  return `${verdict.padEnd(13)} ${id}${by}${why} (${tried.length} tried, ${time})`;
}

function verdictOn({ id, rounds, shown, accusations }: BenignRecord): string {
  const accused = accusations.map(({ spec, rule }) => `\n    ${spec}: ${rule}`).join('');
  return `${id}: shown ${shown} times, ${accusations.length} accused in ${rounds} rounds${accused}`;
}
