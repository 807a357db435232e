import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { specContext } from './context.js';
import type { Spec } from './define.js';
import type { Environment } from './environment.js';
import { Evidence } from './evidence.js';
import { classify, SpecDeadline, type Ending } from './outcome.js';
import type { SpecRecord } from './record.js';
import { unadvertised, unmet } from './requirements.js';
import { Scope } from './scope.js';

/** How long a body may take to notice that it is over, in ms. */
const LATE_MS = 1_000;

/**
 * Runs one spec to its verdict: decides whether it applies, runs the body against its deadline, removes what it made,
 * and returns the record. Never throws.
 * @param stop aborted when the run is ended early
 */
export async function runSpec(spec: Spec, env: Environment, stop: AbortSignal): Promise<SpecRecord> {
  const evidence = new Evidence();
  const startedAt = new Date().toISOString();
  const started = performance.now();
  let leaks: string[] = [];
  let ending = inapplicable(spec, env);
  if (ending === undefined) {
    const scope = new Scope();
    const failure = await evidence.ofBody(() => runBody(spec, env, scope, stop, evidence));
    const pending = evidence.endedByUs;
    leaks = await evidence.ofRemoval(() => scope.close());
    ending = withLeaks(classify(failure, spec, pending), leaks);
  }
  const durationMs = performance.now() - started;
  const { calls, notes } = evidence;
  return { ...described(spec), ...ending, leaks, startedAt, durationMs, calls, notes };
}

/** The part of a record that comes from the definition. */
export function described(
  spec: Spec,
): Omit<SpecRecord, 'outcome' | 'leaks' | 'startedAt' | 'durationMs' | 'calls' | 'notes'> {
  const { id, group, title, level, since, why, sources, parity = [], expectations = [] } = spec;
  return { id, group, title, level, since, why, sources, parity, expectations };
}

/** Decided before anything is observed: host facts first, then what the runtime says it lacks. */
function inapplicable(spec: Spec, env: Environment): Ending | undefined {
  const missing = unmet(spec.requires ?? [], env);
  if (missing !== undefined) return { outcome: 'not-applicable', reason: missing };
  const lacking = unadvertised(spec.level, env);
  return lacking === undefined ? undefined : { outcome: 'unsupported', reason: lacking };
}

/** Runs the body until it returns, throws, meets its deadline or the run is stopped. Returns what ended it. */
async function runBody(
  spec: Spec,
  env: Environment,
  scope: Scope,
  stop: AbortSignal,
  evidence: Evidence,
): Promise<unknown> {
  const seconds = spec.timeoutSeconds ?? env.settings.specTimeoutSeconds;
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // every call under way listens
  const end = (reason: Error) => () => {
    evidence.ending();
    controller.abort(reason);
  };
  const timer = setTimeout(end(new SpecDeadline(`the spec did not end within ${seconds} s`, seconds)), seconds * 1000);
  const stopped = end(new SpecDeadline('the run was ended'));
  stop.addEventListener('abort', stopped, { once: true });
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined); // a body that ends at once leaves nobody to hear of it
  if (stop.aborted) stopped();
  const context = specContext(spec.id, env, scope, controller.signal, evidence);
  const body = (async () => spec.body(context))();
  try {
    await Promise.race([body, aborted]);
    return undefined;
  } catch (error) {
    if (!controller.signal.aborted) return error;
    await settled(body);
    // A call that was cancelled may win the race against the abort: the deadline is the cause all the same.
    return controller.signal.reason;
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', stopped);
    controller.abort(new Error('the spec has ended'));
  }
}

/**
 * Waits a little for a body whose calls have been cancelled: they say what it was waiting for, and what it still makes
 * is removed with the rest.
 */
async function settled(body: Promise<void>): Promise<void> {
  const longest = sleep(LATE_MS, undefined, { ref: false });
  await Promise.all([sleep(20), Promise.race([body.catch(() => undefined), longest])]);
}

/** What a runtime refuses to remove is its failure; what we cannot remove ourselves is ours. */
function withLeaks(ending: Ending, leaks: string[]): Ending {
  if (leaks.length === 0 || ending.outcome !== 'passed') return ending;
  const observed = leaks.join('\n');
  const reason = `left behind: ${observed}`;
  if (!leaks.some((leak) => /(Runtime|Image)Service\//.test(leak))) return { outcome: 'error', reason };
  const rule = 'what a spec created can be removed again';
  return { outcome: 'failed', reason, violation: { rule, expected: 'nothing left behind', observed } };
}
