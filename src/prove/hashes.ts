import { createHash } from 'node:crypto';
import type { Fault } from '../faults/fault.js';
import type { Spec } from '../kit/define.js';

export function hashOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** Changes with the spec's body; what the body calls is not seen. */
export function hashOfSpec({ body }: Spec): string {
  return hashOf(body.toString());
}

/** The hash of each spec, by its id. */
export function hashesOf(specs: readonly Spec[]): Record<string, string> {
  return Object.fromEntries(specs.map((spec) => [spec.id, hashOfSpec(spec)]));
}

/** Changes with what the fault says of itself and with its own code; what that calls is not seen. */
export function hashOfFault({ id, title, plant }: Fault): string {
  return hashOf(id, title, plant.toString());
}
