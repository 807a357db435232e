import type { ContainerStats, UInt64Value } from '../../src/client/generated/types.js';
import { check, type Container, type SpecContext } from '../../src/kit/index.js';

/** ContainerStats of a container; the message must be there. */
export async function statsOf(t: SpecContext, { id }: Container): Promise<ContainerStats> {
  const { stats } = await t.cri.runtime.ContainerStats({ container_id: id });
  return check.present(stats, 'ContainerStats returns stats');
}

/**
 * ContainerStats once they hold figures that `accept` likes. A runtime that samples periodically has the first ones a
 * while after the start.
 */
export async function sampled(
  t: SpecContext,
  container: Container,
  rule: string,
  accept: (stats: ContainerStats) => boolean,
): Promise<ContainerStats> {
  const describe = ({ cpu, memory }: ContainerStats): object => ({
    cpu: cpu?.usage_core_nano_seconds?.value,
    working_set: memory?.working_set_bytes?.value,
  });
  return t.eventually(rule, () => statsOf(t, container), accept, { withinMs: 20_000, describe });
}

/** CPU and memory have been sampled. */
export const hasFigures = ({ cpu, memory }: ContainerStats): boolean =>
  (cpu?.usage_core_nano_seconds?.value ?? 0n) > 0n && (memory?.working_set_bytes?.value ?? 0n) > 0n;

/** 0 if there is none. */
export const largest = (values: readonly (bigint | undefined)[]): bigint =>
  values.reduce<bigint>((most, value = 0n) => (value > most ? value : most), 0n);

/** A figure that must be there. */
export function figure(value: UInt64Value | null | undefined, name: string): bigint {
  return check.present(value, `${name} is set`).value;
}

/** Checks that a sample was taken lately, in ns by a clock that may be another host's: the time of day is not compared. */
export function checkTimestamp(timestamp: bigint | undefined, name: string): void {
  check.between(timestamp ?? 0n, 10n ** 18n, 4n * 10n ** 18n, `${name}, in ns since the epoch`);
}

/** Attributes as they have to come back: id, metadata, labels and annotations of the config. */
export function checkAttributes(stats: ContainerStats, container: Container, call: string): void {
  const { metadata, labels, annotations } = container.config;
  check.equal(
    stats.attributes,
    { id: container.id, metadata, labels, annotations },
    `attributes in ${call} are id, metadata, labels and annotations of the container`,
  );
}
