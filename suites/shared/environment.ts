import type { ContainerInput } from '../../fixtures/configs/container.js';

/** Environment variables for a container config; the CRI carries their values as bytes. */
export function environment(variables: Record<string, string>): NonNullable<ContainerInput['envs']> {
  return Object.entries(variables).map(([key, value]) => ({ key, value: Buffer.from(value) }));
}
