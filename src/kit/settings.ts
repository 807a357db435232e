/** What the runner tells the process in which the specs run: plain JSON, decided before anything is observed. */
export interface RunSettings {
  runId: string;
  runtimeEndpoint: string;
  imageEndpoint: string;
  /** RuntimeClass handler for every sandbox; empty for the runtime's default. */
  handler: string;
  /** The specs share the runtime's host: its files, mounts, processes and networks. */
  hostAccess: boolean;
  /** The embedded registry; null where the user mapped our images to a mirror and the runtime cannot reach us. */
  registry: RegistrySettings | null;
  /** Our image names mapped to the user's own references (`--images FILE`). */
  images: Record<string, string>;
  /** Path of the static busybox that images are built from. */
  busybox: string | null;
  /** Directory for logs and files of specs, absolute; the runtime sees the same one if `hostAccess`. */
  workDirectory: string;
  cgroupDriver: 'cgroupfs' | 'systemd' | 'auto';
  /** Deadline of a spec in seconds. */
  specTimeoutSeconds: number;
  /** How TLS streaming servers are verified. */
  streaming: { caFile: string | null; insecure: boolean };
  failFast: boolean;
}

export interface RegistrySettings {
  /** Where this process pushes to. */
  url: string;
  token: string;
  /** `host:port` as the runtime reaches it. */
  address: string;
  /** The same content under a second registry name, if there is one. */
  secondAddress: string | null;
}
