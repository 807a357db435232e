/** What a private runtime is launched with. */
export interface LaunchRequest {
  /** One of {@link launchableRuntimes}. */
  runtime: string;
  /** Reference of the pause image; `RunPodSandbox` pulls it on first use. */
  sandboxImage: string;
  /** `host:port` of the registries that are to be reached by plain http. */
  registries: string[];
  /** Programs to use instead of those on the PATH, by name; `cni` names the directory of the CNI plugins. */
  binaries?: Record<string, string>;
  /** The runtime's own log is appended to this file. */
  logFile: string;
  /** Ends a launch that is still under way; a runtime that is up is ended by `stop` alone. */
  signal?: AbortSignal;
}

/** A runtime that answered as ready and belongs to this process. */
export interface LaunchedRuntime {
  runtime: string;
  /** As `Version` reported it, e.g. `1.6.20`. */
  version: string;
  /** `unix:///run/crivet/…` */
  endpoint: string;
  pid: number;
  /** Holds everything the runtime keeps, and nothing else does. */
  directory: string;
  /** What the host lacks, and how the runtime was configured for it; one sentence each. */
  notes: string[];
  /** Settles when the runtime's process ends, for whatever reason. */
  exited: Promise<{ code: number | null; signal: string | null }>;
  /**
   * Takes everything down again: processes, mounts, network, cgroups, files. Further calls share the first one's
   * result.
   * @throws {LaunchError} naming what could not be removed
   */
  stop(): Promise<void>;
}

/** A launch or a take-down that failed; the message names the cause and the next step. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}
