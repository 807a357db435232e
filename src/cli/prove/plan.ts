import type { Catalogue } from '../../faults/catalogue.js';
import type { Fault } from '../../faults/fault.js';
import type { Spec } from '../../kit/define.js';
import { readExclusions, recordedMatrix, type ProofPlan, type RecordedKills } from '../../prove/index.js';
import { globExpression, nearest, selectSpecs, shuffled } from '../../runner/select.js';
import { UsageError } from '../exit.js';

export interface Wanted {
  spec: string[];
  fault: string[];
  sample: number | undefined;
  first: boolean | undefined;
  lanes: number;
  benignRounds: number;
  seed: number;
}

/**
 * What to prove. Without a choice everything: every fault, every spec, every variation.
 * @throws {UsageError} or SelectionError for a pattern that matches nothing
 */
export function planOf(specs: readonly Spec[], catalogue: Catalogue, wanted: Wanted): ProofPlan {
  const { lanes, benignRounds } = wanted;
  const known = recordedMatrix();
  const base = { exclusions: readExclusions(), known, lanes, benignRounds, all: false };
  if (wanted.sample !== undefined) return { ...base, ...sampled(specs, catalogue, known, wanted.sample, wanted.seed) };
  const selected =
    wanted.spec.length === 0
      ? specs
      : selectSpecs(specs, { include: wanted.spec, exclude: [], levels: [], kubernetes: undefined });
  const { fields, behaviour, benign } = catalogue;
  const chosen = wanted.spec.length > 0 || wanted.fault.length > 0;
  const shuffledFaults = shuffled(matching([...behaviour, ...fields, ...benign], wanted.fault), wanted.seed);
  const alone = new Set(specs.filter((spec) => spec.alone === true).map(({ id }) => id));
  const inPeace = (id: string): boolean => known.get(id)?.specs.some((killer) => alone.has(killer)) === true;
  // News first: of what is on record, little else is expected. Then what hangs: nobody is to wait for it at the end.
  // Last what takes a spec that has to be alone: it would keep all others waiting.
  const rank = ({ id, hangs }: Fault): number => (!known.has(id) ? 0 : hangs === true ? 1 : inPeace(id) ? 3 : 2);
  const faults = shuffledFaults.toSorted((a, b) => rank(a) - rank(b));
  const isBenign = ({ id }: Fault): boolean => id.startsWith('benign/');
  return {
    ...base,
    specs: shuffled(selected, wanted.seed),
    faults: faults.filter((fault) => !isBenign(fault)),
    benign: wanted.spec.length > 0 && wanted.fault.length === 0 ? [] : faults.filter(isBenign),
    everySpec: !chosen,
    all: chosen && wanted.first !== true,
  };
}

/** Some faults of the recorded matrix and their killers, for a quick look whether the matrix still holds. */
function sampled(
  specs: readonly Spec[],
  { fields, behaviour }: Catalogue,
  known: ReadonlyMap<string, RecordedKills>,
  count: number,
  seed: number,
): Pick<ProofPlan, 'specs' | 'faults' | 'benign' | 'everySpec'> {
  const faults = shuffled(
    [...behaviour, ...fields].filter(({ id }) => known.has(id)),
    seed,
  ).slice(0, count);
  const killers = new Set(faults.flatMap(({ id }) => known.get(id)?.specs ?? []));
  return { specs: specs.filter(({ id }) => killers.has(id)), faults, benign: [], everySpec: false };
}

function matching(faults: readonly Fault[], patterns: readonly string[]): Fault[] {
  const matchers = patterns.map((pattern) => {
    const expression = globExpression(pattern);
    if (faults.some(({ id }) => expression.test(id))) return expression;
    throw new UsageError(
      `--fault '${pattern}' matches no fault. ${nearest(
        pattern,
        faults.map(({ id }) => id),
      )}`,
    );
  });
  return faults.filter(({ id }) => matchers.length === 0 || matchers.some((expression) => expression.test(id)));
}
