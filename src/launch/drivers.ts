import { containerd } from './containerd/driver.js';
import type { RuntimeDriver } from './driver.js';

const DRIVERS: readonly RuntimeDriver[] = [containerd];

export function driverOf(runtime: string): RuntimeDriver | undefined {
  return DRIVERS.find((driver) => driver.name === runtime);
}

/** Names that `launchRuntime` accepts. */
export function launchableRuntimes(): string[] {
  return DRIVERS.map((driver) => driver.name);
}

/**
 * Looks whether a runtime could be launched here; changes nothing.
 * @throws {LaunchError} naming all that is missing and how to install it
 */
export function preflight(runtime: string): void {
  driverOf(runtime)?.preflight({ runtime, sandboxImage: '', registries: [], logFile: '' });
}
