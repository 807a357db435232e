import type { PodNetwork } from './state.js';
import type { LaunchRequest } from './types.js';

/** What a runtime needs to know to prepare its directory. */
export interface Ground {
  request: LaunchRequest;
  directory: string;
  network: PodNetwork;
}

/** How to start the prepared runtime. */
export interface StartPlan {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** Path of the CRI socket. */
  socket: string;
  notes: string[];
}

/** What a launch left outside its own directory, as far as only its kind of runtime knows. */
export interface Traces {
  /** Ids of pods and containers, running or not: the names of their cgroups. */
  ids: string[];
  /** Files to remove, e.g. the sockets of shims. */
  files: string[];
}

/** What one kind of runtime adds to the steps that all kinds share. */
export interface RuntimeDriver {
  name: string;
  /**
   * Looks for everything the host must have; changes nothing.
   * @throws {LaunchError} naming all that is missing and how to install it
   */
  preflight(request: LaunchRequest): void;
  /** Writes the configuration below the directory, fit for this host. */
  prepare(ground: Ground): Promise<StartPlan>;
  /** Reads the traces from a launch's directory; the runtime need not run any more. */
  traces(directory: string): Traces;
  /** What to do about an early exit, judged by the runtime's log; undefined if it says nothing known. */
  advise(log: string): string | undefined;
}
