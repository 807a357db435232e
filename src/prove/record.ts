import type { RuntimeIdentity } from '../kit/record.js';

/** The shape of proof.json. */

/** A spec that a fault made fail, and what it said. */
export interface Kill {
  spec: string;
  rule: string;
  observed: string;
}

export type FaultVerdict =
  /** A spec failed under it, twice, and passed without it in between; once, if an earlier proof saw that rule broken. */
  | 'killed'
  /** Every spec that could notice was run, and none did. */
  | 'survived'
  /** The fault never made a difference: nothing is known of it. */
  | 'not-exercised'
  /** No run can begin under it; `crivet run` ends with exit code 3. */
  | 'no-run'
  /** Listed in docs/proof-exclusions.yaml, with the reason. */
  | 'excluded';

export interface FaultRecord {
  id: string;
  title: string;
  source?: string;
  verdict: FaultVerdict;
  kills: Kill[];
  /** Specs that could notice, by what they touched in the clean run. */
  candidates: number;
  /** Specs that were run under it. */
  tried: string[];
  /** How often the fault made a difference. */
  shown: number;
  durationMs: number;
  /** Of the fault as it was. */
  hash: string;
  /** Names all specs as they were. */
  against: string;
  /** For `excluded` and `no-run`: why. */
  reason?: string;
}

/** A spec that failed under a legal variation: a false alarm. */
export interface Accusation extends Kill {
  round: number;
}

export interface BenignRecord {
  id: string;
  title: string;
  rounds: number;
  shown: number;
  hash: string;
  /** The specs that ran under it, each as it was. */
  specs: Record<string, string>;
  accusations: Accusation[];
}

/** What the clean runs said of a spec. */
export interface CleanRecord {
  id: string;
  /** One per clean run: without a proxy, then through one that changes nothing. */
  outcomes: string[];
  /** What it said when it did not pass. */
  reasons: string[];
  /** Passed every time, so that a failure under a fault means something. */
  steady: boolean;
  /** Of the quickest clean run. */
  durationMs?: number;
  /** RPCs and fields that its calls touched, by the ids of the fields' faults. */
  touched: string[];
  /** Of the spec's body as it was: what a changed spec touches has to be learnt anew. */
  hash: string;
}

export interface ProofRecord {
  schema: 'crivet.proof/4';
  crivet: string;
  state: 'running' | 'finished' | 'interrupted' | 'aborted';
  stateReason?: string;
  startedAt: string;
  durationMs: number;
  runtime: RuntimeIdentity | null;
  clean: CleanRecord[];
  faults: FaultRecord[];
  benign: BenignRecord[];
  /** What could not be removed, and errors outside of any spec. */
  trouble: string[];
}
