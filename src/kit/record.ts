/** The shape of run.json: everything a run observed, the one source of every other report. */

/** How a spec ended; see ARCHITECTURE.md for what separates them. */
export type Outcome = 'passed' | 'failed' | 'unsupported' | 'not-applicable' | 'error';

/** `must` and `feature:NAME` violations make a runtime non-conformant; `should` ones are only reported. */
export type Level = 'must' | 'should' | `feature:${string}`;

/** One recorded CRI call. Requests and responses are plain JSON: 64-bit integers as strings, secrets redacted. */
export interface CallRecord {
  /** `RuntimeService/RunPodSandbox` */
  method: string;
  request: unknown;
  /** Unary: the message; server stream: the list of messages. Absent if the call failed. */
  response?: unknown;
  error?: { code: string; details: string };
  /** Milliseconds from the start of the spec. */
  startMs: number;
  durationMs: number;
  /** Fields in the response that our schema does not know, as `Message.#number`. */
  unknownFields?: string[];
  /** Made while the spec's things were being removed, after its verdict. */
  cleanup?: true;
}

/** What a spec claimed and what it saw instead. */
export interface Violation {
  /** The rule in one sentence, as the check stated it. */
  rule: string;
  expected: string;
  observed: string;
}

/** Free-form evidence beside the calls: poll histories, stream transcripts. */
export interface Note {
  atMs: number;
  kind: 'poll' | 'stream' | 'info';
  text: string;
}

export interface SpecRecord {
  id: string;
  group: string;
  title: string;
  level: Level;
  since: string;
  why: string;
  sources: string[];
  parity: string[];
  expectations: number[];
  outcome: Outcome;
  /** Why the spec did not pass: one or a few lines, present for every outcome but `passed`. */
  reason?: string;
  violation?: Violation;
  /** Stack of the failure, its first own frame being the spec's line. */
  stack?: string;
  /** What the spec could not remove again, e.g. `pod sandbox 1a2b…: DEADLINE_EXCEEDED`. */
  leaks: string[];
  /** ISO time. */
  startedAt: string;
  durationMs: number;
  calls: CallRecord[];
  notes: Note[];
}

export interface RuntimeIdentity {
  name: string;
  version: string;
  apiVersion: string;
  runtimeEndpoint: string;
  imageEndpoint: string;
  handler: string;
}

export interface RunSummary {
  passed: number;
  failed: number;
  unsupported: number;
  notApplicable: number;
  errors: number;
  /** Selected specs that never ran: the run was ended early. */
  notRun: number;
}

/** `running` while specs are being written; a file that still says so belongs to a run that was killed. */
export type RunState = 'running' | 'finished' | 'interrupted' | 'aborted';

export interface RunRecord {
  schema: 'crivet.run/1';
  crivet: string;
  state: RunState;
  /** Why a run that is not `finished` ended. */
  stateReason?: string;
  startedAt: string;
  finishedAt?: string;
  /** Of the specs, from the first start to the last end; what came before and after is `setUpMs`. */
  durationMs?: number;
  /** Registry, private runtime, connection. */
  setUpMs?: number;
  /** CPU time of crivet's own processes in ms; the rest of what the machine was busy with is the runtime's. */
  harnessCpuMs?: number;
  runtime: RuntimeIdentity | null;
  host: { os: string; arch: string; node: string; cpus: number };
  options: Record<string, unknown>;
  /** Ids of everything selected, in order; those without a record in `specs` did not run. */
  selected: string[];
  specs: SpecRecord[];
  /** RPCs and request/response fields that the recorded calls touched, computed at the end. */
  coverage?: { rpcs: Record<string, number>; requestFields: string[]; responseFields: string[] };
  summary: RunSummary;
}
