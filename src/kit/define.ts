import type { SpecContext } from './context.js';
import type { Level } from './record.js';
import type { Requirement } from './requirements.js';

/** A spec: one rule that a runtime has to keep, and the body that shows whether it does. */
export interface SpecDefinition {
  /** `group/kebab-name`: stable, for it names the spec in every report and pattern. */
  id: string;
  /** The rule in a few words, as a statement about the runtime. */
  title: string;
  level: Level;
  /** Kubernetes release whose kubelet first relied on the rule, as `1.NN`. */
  since: string;
  /** What the kubelet (or its user) loses if the rule is broken. */
  why: string;
  /** Where the rule is stated: api.proto message or field, kubelet file and function, KEP, thread. */
  sources: string[];
  /** Slugs of docs/parity.tsv that this spec covers. */
  parity?: string[];
  /** Numbers of docs/kubelet-expectations.md that this spec covers. */
  expectations?: number[];
  /** What host and runtime must offer for the rule to show; decided before anything is observed. */
  requires?: Requirement[];
  /** RPCs a runtime may lack: `Unimplemented` from one of these makes the spec unsupported, from any other failed. */
  optionalRpcs?: string[];
  /** Speaks WebSocket, which a runtime need not serve: an upgrade refused for what it is makes the spec unsupported. */
  webSocket?: boolean;
  /** Takes minutes, nearly all of them waiting: runs only if it is named, or with `--slow`. */
  slow?: boolean;
  /** Runs while no other spec does: it counts or disturbs something that is shared. */
  alone?: boolean;
  /** Deadline of this spec in seconds, where the common one is too short. */
  timeoutSeconds?: number;
}

export interface Spec extends SpecDefinition {
  /** The part of the id before the slash. */
  group: string;
  body: (t: SpecContext) => Promise<void>;
}

const defined = new Map<string, Spec>();

/**
 * Defines a spec. Called at the top level of suites/GROUP/*.spec.ts, once per rule.
 * @throws if the id is malformed or taken
 */
export function spec(definition: SpecDefinition, body: (t: SpecContext) => Promise<void>): void {
  const { id } = definition;
  if (!/^[a-z][a-z0-9-]*\/[a-z0-9][a-z0-9-]*(\[[a-z0-9-]+\])?$/.test(id))
    throw new Error(`spec id '${id}': want group/kebab-name`);
  if (defined.has(id)) throw new Error(`spec id '${id}' is defined twice`);
  if (!/^1\.\d+$/.test(definition.since))
    throw new Error(`spec '${id}': since '${definition.since}' is no 1.NN release`);
  defined.set(id, { ...definition, group: id.slice(0, id.indexOf('/')), body });
}

/** Every spec defined so far, in the order of definition. */
export function definedSpecs(): Spec[] {
  return [...defined.values()];
}

/** `1.NN` as a number that can be compared: the NN. */
export function release(version: string): number {
  return Number(version.slice(version.indexOf('.') + 1));
}
