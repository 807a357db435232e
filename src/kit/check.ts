import { isDeepStrictEqual } from 'node:util';
import { codeOf, isGone, type GrpcCode } from '../client/errors.js';
import { show, SpecViolation } from './violation.js';

/* Each check states the rule in words; it throws SpecViolation if the runtime broke it, and returns what it saw. */

/** Deep equality, strict about types. */
export function equal<T>(observed: unknown, expected: T, rule: string): asserts observed is T {
  if (isDeepStrictEqual(observed, expected)) return;
  throw new SpecViolation({ rule, expected: show(expected), observed: show(observed) }, equal);
}

export function notEqual(observed: unknown, unwanted: unknown, rule: string): void {
  if (!isDeepStrictEqual(observed, unwanted)) return;
  throw new SpecViolation({ rule, expected: `anything but ${show(unwanted)}`, observed: show(observed) }, notEqual);
}

/** A condition that no other check words better; `observed` is what it was computed from. */
export function that(
  condition: boolean,
  rule: string,
  evidence: { expected: string; observed: unknown },
): asserts condition {
  if (condition) return;
  throw new SpecViolation({ rule, expected: evidence.expected, observed: show(evidence.observed) }, that);
}

/** A message or value that must be there. */
export function present<T>(observed: T | null | undefined, rule: string): NonNullable<T> {
  if (observed !== null && observed !== undefined && observed !== '') return observed;
  throw new SpecViolation({ rule, expected: 'a value', observed: show(observed) }, present);
}

/** One of the listed values. */
export function oneOf<T>(observed: T, accepted: readonly T[], rule: string): void {
  if (accepted.some((value) => isDeepStrictEqual(value, observed))) return;
  throw new SpecViolation({ rule, expected: `one of ${show(accepted)}`, observed: show(observed) }, oneOf);
}

/** Text that matches a pattern, or contains a piece of text. Returns the match. */
export function matches(observed: string, pattern: RegExp, rule: string): RegExpExecArray {
  const match = pattern.exec(observed);
  if (match !== null) return match;
  throw new SpecViolation({ rule, expected: `text matching ${String(pattern)}`, observed: show(observed) }, matches);
}

/** A number within bounds, both inclusive. */
export function between<T extends number | bigint>(observed: T, low: T, high: T, rule: string): void {
  if (observed >= low && observed <= high) return;
  const expected = `${low} to ${high}`;
  throw new SpecViolation({ rule, expected, observed: String(observed) }, between);
}

/** The same members, in any order, each as often. */
export function sameMembers(observed: readonly string[], expected: readonly string[], rule: string): void {
  if (isDeepStrictEqual([...observed].sort(), [...expected].sort())) return;
  throw new SpecViolation(
    { rule, expected: `exactly ${show(expected)} in any order`, observed: show(observed) },
    sameMembers,
  );
}

/** A list that holds an element. */
export function includes<T>(observed: readonly T[], element: T, rule: string): void {
  if (observed.some((item) => isDeepStrictEqual(item, element))) return;
  throw new SpecViolation({ rule, expected: `a list with ${show(element)}`, observed: show(observed) }, includes);
}

/** A list (or text) that does not hold an element. */
export function excludes<T>(observed: readonly T[], element: T, rule: string): void {
  if (!observed.some((item) => isDeepStrictEqual(item, element))) return;
  throw new SpecViolation({ rule, expected: `a list without ${show(element)}`, observed: show(observed) }, excludes);
}

/**
 * A call that the runtime must accept, where the rule says more than "accepts this request"; returns the answer. A
 * runtime that died has broken no rule: that error is rethrown.
 */
export async function accepts<T>(call: Promise<T>, rule: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || isGone(error) || code === 'CANCELLED') throw error;
    throw new SpecViolation({ rule, expected: 'success', observed: (error as Error).message }, accepts);
  }
}

/**
 * A call that the runtime must refuse, with one of the named gRPC codes; any other code, and success, break the rule.
 * A runtime that died is no refusal: it is rethrown.
 */
export async function refuses(call: Promise<unknown>, codes: readonly GrpcCode[], rule: string): Promise<string> {
  const expected = `refused with ${codes.join(' or ')}`;
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || isGone(error)) throw error;
    if (codes.includes(code)) return (error as Error).message;
    throw new SpecViolation({ rule, expected, observed: (error as Error).message }, refuses);
  }
  throw new SpecViolation({ rule, expected, observed: `accepted: ${show(answer)}` }, refuses);
}
