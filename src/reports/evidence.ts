import type { CallRecord, SpecRecord } from '../kit/record.js';
import { callStatus, reasonOf } from './entries.js';
import { millis } from './text.js';

/** Characters of one message, and calls of one spec, that a report shows; run.json has all of them. */
const MAX_JSON = 1500;
const FIRST_CALLS = 5;
const LAST_CALLS = 25;

/**
 * What a spec that did not pass saw, as text: rule, expectation and observation (or the reason), the line of the spec,
 * and its calls with requests and responses as JSON.
 */
export function evidenceOf(spec: SpecRecord): string {
  const { violation } = spec;
  const lines: string[] = [];
  if (violation !== undefined) {
    lines.push(`rule:     ${violation.rule}`, `expected: ${violation.expected}`, `observed: ${violation.observed}`);
  } else {
    lines.push(`reason:   ${reasonOf(spec)}`);
  }
  const line = specLine(spec.stack);
  if (line !== undefined) lines.push(`line:     ${line}`);
  return `${[...lines, '', ...callLines(spec)].join('\n')}\n`;
}

/** The place in the spec's file, without the directories above: those differ between machines. */
function specLine(stack: string | undefined): string | undefined {
  return /suites\/[\w./[\]-]+\.spec\.[jt]s:\d+:\d+/.exec(stack ?? '')?.[0];
}

function callLines({ id, calls }: SpecRecord): string[] {
  if (calls.length === 0) return ['no call was made'];
  const left = calls.length - FIRST_CALLS - LAST_CALLS;
  const lines = [`calls (${calls.length}):`];
  calls.forEach((call, index) => {
    if (left <= 0 || index < FIRST_CALLS || index >= FIRST_CALLS + left) lines.push(...oneCall(call, index));
    else if (index === FIRST_CALLS) lines.push(`… ${left} calls left out: see run.json, ${id}, calls ${index} to ${index + left - 1}`);
  });
  return lines;
}

function oneCall(call: CallRecord, index: number): string[] {
  const phase = call.cleanup === true ? ' (cleanup)' : '';
  const lines = [
    `#${index} ${call.method}${phase} after ${millis(call.startMs)}, took ${millis(call.durationMs)}: ${callStatus(call)}`,
    `   request  ${json(call.request, `calls[${index}].request`)}`,
  ];
  if (call.response !== undefined) lines.push(`   response ${json(call.response, `calls[${index}].response`)}`);
  if (call.unknownFields !== undefined && call.unknownFields.length > 0) {
    lines.push(`   unknown fields ${call.unknownFields.join(', ')}`);
  }
  return lines;
}

function json(value: unknown, place: string): string {
  // A request that was never built has no JSON; null says so as well as anything.
  const text = JSON.stringify(value ?? null);
  if (text.length <= MAX_JSON) return text;
  return `${text.slice(0, MAX_JSON)}… (${text.length} characters: see run.json, ${place})`;
}

/**
 * The call that showed the violation: the last one of the spec's body, for a check looks at what was just answered.
 * If the violation is that something could not be removed, it is the last removal that was refused.
 */
export function decisiveCall({ calls, leaks, violation }: SpecRecord): CallRecord | undefined {
  if (leaks.some((leak) => violation?.observed.includes(leak) === true)) {
    return calls.findLast((call) => call.cleanup === true && call.error !== undefined);
  }
  return calls.findLast((call) => call.cleanup !== true);
}

/** Poll histories, stream transcripts and cleanup trouble, one block each; empty if there are none. */
export function notesOf(spec: SpecRecord): string {
  const leaks = spec.leaks.map((leak) => `left behind: ${leak}`);
  const notes = spec.notes.map((note) => `${note.kind} after ${millis(note.atMs)}: ${note.text}`);
  return [...leaks, ...notes].join('\n');
}
