import { mkdir, rm } from 'node:fs/promises';
import { podIdentity, type PodIdentity } from '../../fixtures/configs/identity.js';
import { podConfig, type PodConfig } from '../../fixtures/configs/pod.js';
import type { Cri } from '../client/cri.js';
import { codeOf } from '../client/errors.js';
import { HOST_NETWORK } from './host-network.js';
import type { RunSettings } from './settings.js';

/** A sandbox that runs, as far as specs that only add containers to it need to know. */
export interface RunningSandbox {
  id: string;
  identity: PodIdentity;
  config: PodConfig;
}

/** The name that pods shared by specs have in their labels, where others have a spec's id. */
const OWNER = 'shared/pod';

/**
 * The sandbox that specs about containers share: to them it is a place, as an image is. It is run when first asked for
 * and goes at the end of the run. Should it be READY no more, the next spec gets a new one.
 */
export class SharedPod {
  private current: Promise<RunningSandbox> | undefined;
  private readonly made: RunningSandbox[] = [];

  constructor(
    private readonly cri: Cri,
    private readonly settings: RunSettings,
    private readonly cgroupDriver: 'cgroupfs' | 'systemd',
  ) {}

  /** The sandbox, READY. Rejects with the runtime's error if none can be run. */
  async get(): Promise<RunningSandbox> {
    const current = this.current;
    if (current !== undefined && (await this.isReady(current))) return current;
    // Of several that found it gone, the first replaces it.
    if (this.current === current) this.current = this.run();
    return this.current as Promise<RunningSandbox>;
  }

  private async isReady(sandbox: Promise<RunningSandbox>): Promise<boolean> {
    try {
      const { id } = await sandbox;
      const { status } = await this.cri.runtime.PodSandboxStatus({ pod_sandbox_id: id });
      return status?.state === 'SANDBOX_READY';
    } catch {
      return false;
    }
  }

  private async run(): Promise<RunningSandbox> {
    const { runId, workDirectory, hostAccess, handler } = this.settings;
    const identity = podIdentity(runId, OWNER);
    const places = { logRoot: `${workDirectory}/logs`, cgroupDriver: this.cgroupDriver };
    const config = podConfig(identity, places, HOST_NETWORK);
    if (hostAccess && config.log_directory !== undefined) await mkdir(config.log_directory, { recursive: true });
    const { pod_sandbox_id: id } = await this.cri.runtime.RunPodSandbox({ config, runtime_handler: handler });
    const sandbox = { id, identity, config };
    this.made.push(sandbox);
    return sandbox;
  }

  /** Removes what was made. Returns what could not be removed. */
  async close(): Promise<string[]> {
    const trouble: string[] = [];
    for (const { id, config } of this.made) {
      for (const call of ['StopPodSandbox', 'RemovePodSandbox'] as const) {
        try {
          await this.cri.runtime[call]({ pod_sandbox_id: id }, { timeoutMs: 30_000 });
        } catch (error) {
          if (codeOf(error) !== 'NOT_FOUND') trouble.push(`pod sandbox ${id}: ${(error as Error).message}`);
        }
      }
      if (this.settings.hostAccess && config.log_directory !== undefined) {
        await rm(config.log_directory, { recursive: true, force: true });
      }
    }
    return trouble;
  }
}
