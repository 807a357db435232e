import type { Exclusions } from './exclusions.js';
import type { FaultRecord, FaultVerdict, ProofRecord } from './record.js';

/** What a proof comes to. */
export interface ProofSummary {
  behaviour: Record<FaultVerdict, number>;
  fields: Record<FaultVerdict, number>;
  survivors: FaultRecord[];
  /** Specs that pass, and that no fault made fail. */
  idleSpecs: string[];
  /** Specs that do not pass here, or not always: nothing can be learnt from them. */
  unsteadySpecs: string[];
  accused: { variation: string; spec: string; rule: string }[];
  /** Specs that say one thing without a proxy and another through one that changes nothing. */
  dishonest: string[];
}

/** Sums up; `idleSpecs` are only asked for where every spec had the chance. */
export function summarize(record: ProofRecord, exclusions: Exclusions): ProofSummary {
  const killers = new Set(record.faults.flatMap(({ kills }) => kills.map(({ spec }) => spec)));
  const steady = record.clean.filter((spec) => spec.steady).map(({ id }) => id);
  return {
    behaviour: counts(record.faults.filter(({ id }) => id.startsWith('behaviour/'))),
    fields: counts(record.faults.filter(({ id }) => !id.startsWith('behaviour/'))),
    survivors: record.faults.filter(({ verdict }) => verdict === 'survived'),
    idleSpecs: steady.filter((id) => !killers.has(id) && !exclusions.specs.has(id)),
    unsteadySpecs: record.clean.filter((spec) => !spec.steady).map(({ id }) => id),
    accused: record.benign.flatMap(({ id, accusations }) =>
      accusations.map(({ spec, rule }) => ({ variation: id, spec, rule })),
    ),
    dishonest: record.clean.filter(differsThroughProxy).map(({ id }) => id),
  };
}

/** Of faults that made a difference and are not excluded, the share that was killed, from 0 to 1. */
export function killRate({ killed, survived }: Record<FaultVerdict, number>): number {
  return killed + survived === 0 ? 1 : killed / (killed + survived);
}

function counts(faults: readonly FaultRecord[]): Record<FaultVerdict, number> {
  const result = { killed: 0, survived: 0, 'not-exercised': 0, 'no-run': 0, excluded: 0 };
  for (const { verdict } of faults) result[verdict] += 1;
  return result;
}

/** All runs through the proxy agree, and differ from the one past it. */
function differsThroughProxy({ outcomes: [direct, ...proxied] }: ProofRecord['clean'][number]): boolean {
  return proxied.length > 0 && proxied.every((outcome) => outcome !== direct);
}
