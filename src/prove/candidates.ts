import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';
import type { CleanRecord } from './record.js';
import { marksOf } from './touches.js';

/** Specs that could notice a fault, the likeliest first. */
export class Candidates {
  private readonly steady: { spec: Spec; clean: CleanRecord; source: string }[];

  /** @param known fault to specs that an earlier proof saw kill it */
  constructor(
    specs: readonly Spec[],
    clean: readonly CleanRecord[],
    private readonly known: ReadonlyMap<string, readonly string[]>,
  ) {
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

  of(fault: Fault): Spec[] {
    const marks = marksOf(fault);
    const known = new Set(this.known.get(fault.id));
    const words = wordsOf(fault);
    const able = this.steady.filter(({ spec, clean }) => {
      return known.has(spec.id) || fault.id.startsWith('benign/') || marks.some((mark) => clean.touched.includes(mark));
    });
    const scored = able.map(({ spec, clean, source }) => {
      const text = `${spec.id} ${spec.title} ${source}`.toLowerCase();
      const said = words.filter((word) => text.includes(word)).length / Math.max(1, words.length);
      // What touches little is about what it touches; a spec that an earlier proof saw kill comes first of all.
      return { spec, score: (known.has(spec.id) ? 10 : 0) + said + 5 / (10 + clean.touched.length) };
    });
    return scored.sort((a, b) => b.score - a.score || (a.spec.id < b.spec.id ? -1 : 1)).map(({ spec }) => spec);
  }
}

/** What a spec about the fault would probably name: the field, or the words of a behaviour fault's id. */
function wordsOf({ id }: Fault): string[] {
  const name = id.slice(id.indexOf('/') + 1);
  if (id.startsWith('behaviour/')) return name.split('-').filter((word) => word.length > 3);
  return name.split('.').slice(1).slice(-2);
}
