import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import type { CleanRecord } from './record.js';
import { marksOf } from './touches.js';

/** Specs that could notice a fault, the likeliest first. */
export class Candidates {
  private readonly steady: { spec: Spec; clean: CleanRecord; source: string }[];
  /** How many faults a spec is known to kill. */
  private readonly chances = new Map<string, number>();

  /** @param known fault to specs that an earlier proof saw kill it */
  constructor(
    specs: readonly Spec[],
    clean: readonly CleanRecord[],
    private readonly known: ReadonlyMap<string, readonly string[]>,
  ) {
    for (const id of [...known.values()].flat()) this.chances.set(id, (this.chances.get(id) ?? 0) + 1);
    const byId = new Map(clean.map((record) => [record.id, record]));
    this.steady = specs.flatMap((spec) => {
      const record = byId.get(spec.id);
      return record?.steady === true ? [{ spec, clean: record, source: spec.body.toString() }] : [];
    });
  }

  /** Specs whose failure means something. */
  get specs(): Spec[] {
    return this.steady.map(({ spec }) => spec);
  }

  /** Whether the fault is known to be killed by one of these specs. */
  knows(fault: Fault, specs: ReadonlySet<string>): boolean {
    return this.known.get(fault.id)?.some((id) => specs.has(id)) === true;
  }

  /**
   * @param idle specs that killed nothing so far: of those that are known to kill the fault, they go first, before
   *   all those that will have few other chances
   */
  of(fault: Fault, idle: ReadonlySet<string> = new Set()): Spec[] {
    const marks = marksOf(fault);
    const known = new Set(this.known.get(fault.id));
    const words = wordsOf(fault);
    const able = this.steady.filter(({ spec, clean }) => {
      return known.has(spec.id) || marks.some((mark) => clean.touched.includes(mark));
    });
    const scored = able.map(({ spec, clean, source }) => {
      const text = `${spec.id} ${spec.title} ${source}`.toLowerCase();
      const said = words.filter((word) => text.includes(word)).length / Math.max(1, words.length);
      // A spec that an earlier proof saw kill comes first of all, and of several the one that takes least time.
      const need = idle.has(spec.id) ? 10 + 20 / (this.chances.get(spec.id) ?? 1) : 0;
      if (known.has(spec.id)) return { spec, score: 20 + need + quickness(clean) };
      // What touches little is about what it touches. Who has to be alone would keep the other lanes waiting.
      return { spec, score: (spec.alone === true ? 0 : said) + 5 / (10 + clean.touched.length) };
    });
    return scored.sort((a, b) => b.score - a.score || (a.spec.id < b.spec.id ? -1 : 1)).map(({ spec }) => spec);
  }
}

/** From 10 for no time down to 0 for ever. */
function quickness({ durationMs = 10_000 }: CleanRecord): number {
  return 10_000 / (1000 + durationMs);
}

/** What a spec about the fault would probably name: the field, or the words of a behaviour fault's id. */
function wordsOf({ id }: Fault): string[] {
  const name = id.slice(id.indexOf('/') + 1);
  if (id.startsWith('behaviour/')) return name.split('-').filter((word) => word.length > 3);
  return name.split('.').slice(1).slice(-2);
}
