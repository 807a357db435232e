import { CriCallError, isGone } from '../client/errors.js';
import { StreamError } from '../client/streaming/index.js';
import type { SpecDefinition } from './define.js';
import type { CallRecord, SpecRecord } from './record.js';
import { show, SpecViolation } from './violation.js';

/** How a spec ended, as the record has it. */
export type Ending = Pick<SpecRecord, 'outcome' | 'reason' | 'violation' | 'stack'>;

/** The rule that a call breaks which is still unanswered at the deadline of its spec, long after it was made. */
export const RUNTIME_ANSWERS = 'the runtime answers';

/** After so many seconds without an answer a call hangs, or after half of the time that its spec had, if that is less. */
const HANGS_SECONDS = 10;

/** The spec's time was up, or the run was ended. */
export class SpecDeadline extends Error {
  override readonly name = 'SpecDeadline';

  /** @param seconds how much time it had; none for a run that was ended */
  constructor(
    message: string,
    readonly seconds?: number,
  ) {
    super(message);
  }
}

/**
 * Turns what ended a body into an outcome. Only a broken rule, a call the runtime should have answered well, and a
 * runtime that hangs are failures; a runtime that is gone and everything of our own making are errors.
 * @param calls those that ended when the spec was ended, not by themselves
 */
export function classify(failure: unknown, spec: SpecDefinition, calls: readonly CallRecord[]): Ending {
  if (failure === undefined) return { outcome: 'passed' };
  const error = failure instanceof Error ? failure : new Error(show(failure));
  if (error instanceof SpecDeadline) return hung(error, calls);
  const broken = error instanceof SpecViolation || error instanceof CriCallError || error instanceof StreamError;
  const stack = broken ? fromSpec(ownStack(error)) : ownStack(error);
  if (error instanceof SpecViolation) {
    return { outcome: 'failed', reason: error.message, violation: error.violation, stack };
  }
  if (error instanceof CriCallError) return failedCall(error, spec, stack);
  if (error instanceof StreamError) {
    if (lacksWebSocket(error, spec)) return { outcome: 'unsupported', reason: error.message };
    const violation = { rule: 'the streaming session works', expected: 'a session', observed: error.message };
    return { outcome: 'failed', reason: error.message, violation, stack };
  }
  return { outcome: 'error', reason: `${error.name}: ${error.message}`, stack };
}

/** How HTTP servers say that they do not do WebSocket, or none of its protocols. Not 404, which is about the URL. */
const NO_WEBSOCKET = [400, 403, 426, 501];

function lacksWebSocket({ code, httpStatus = 0 }: StreamError, { webSocket }: SpecDefinition): boolean {
  return webSocket === true && code === 'refused' && NO_WEBSOCKET.includes(httpStatus);
}

function failedCall(error: CriCallError, spec: SpecDefinition, stack: string): Ending {
  const rpc = error.method.slice(error.method.indexOf('/') + 1);
  if (error.code === 'UNIMPLEMENTED' && spec.optionalRpcs?.includes(rpc) === true) {
    return { outcome: 'unsupported', reason: `the runtime does not implement ${rpc}` };
  }
  if (isGone(error)) {
    return { outcome: 'error', reason: `the runtime went away: ${error.message}`, stack };
  }
  const violation = {
    rule: `${rpc} accepts this request`,
    expected: 'success',
    observed: `${error.code}: ${error.details}`,
  };
  return { outcome: 'failed', reason: error.message, violation, stack };
}

/**
 * A deadline met while a call hangs is the runtime's. Without one the spec itself did not come to an end: one of many
 * calls to a busy runtime is always under way.
 */
function hung(error: SpecDeadline, calls: readonly CallRecord[]): Ending {
  const { message, seconds } = error;
  const pending = calls.filter((call) => call.error?.code === 'CANCELLED');
  if (pending.length === 0 || seconds === undefined) return { outcome: 'error', reason: message };
  const observed = pending
    .map((call) => `${call.method} (unanswered for ${(call.durationMs / 1000).toFixed(1)} s)`)
    .join(', ');
  const reason = `${message}: ${observed}`;
  const hangsMs = Math.min(HANGS_SECONDS, seconds / 2) * 1000;
  if (pending.every(({ durationMs }) => durationMs < hangsMs)) {
    const advice = 'if the host is busy, try a lower --concurrency or a longer --timeout';
    return { outcome: 'error', reason: `${reason}; ${advice}` };
  }
  const violation = { rule: RUNTIME_ANSWERS, expected: 'an answer before the deadline of the spec', observed };
  return { outcome: 'failed', reason, violation };
}

/** The stack without frames of node and dependencies: what is left starts near the spec's line. */
function ownStack(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return lines.filter((line) => !/node:|node_modules/.test(line)).join('\n');
}

/** What the runtime did wrong shows at the spec's line: the way there, through our own calls, says nothing. */
function fromSpec(stack: string): string {
  const lines = stack.split('\n');
  const first = lines.findIndex((line) => !/\/src\/(client|kit)\//.test(line));
  return lines.slice(Math.max(first, 0)).join('\n');
}

/** Whether a record makes its runtime non-conformant: a `should` that is not met does not. */
export function breaksConformance({ outcome, level }: Pick<SpecRecord, 'outcome' | 'level'>): boolean {
  return outcome === 'failed' && level !== 'should';
}
