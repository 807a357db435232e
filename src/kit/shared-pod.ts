import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerConfig, type ContainerInput } from '../../fixtures/configs/container.js';
import { nonce, podIdentity, type PodIdentity } from '../../fixtures/configs/identity.js';
import { podConfig, type PodConfig } from '../../fixtures/configs/pod.js';
import type { Cri } from '../client/cri.js';
import { HOST_NETWORK } from './host-network.js';
import type { PulledImage } from './image-store.js';
import { removeSandbox } from './remove-sandbox.js';
import type { RunSettings } from './settings.js';
import { UnderWay } from './under-way.js';

/** A sandbox that runs, as far as specs that only add containers to it need to know. */
export interface RunningSandbox {
  id: string;
  identity: PodIdentity;
  config: PodConfig;
}

/** A container that runs and does nothing. */
export interface IdleContainer {
  sandbox: RunningSandbox;
  id: string;
  config: ContainerInput;
}

/** How long the end of a run waits for what is still being made, in ms. */
const SETTLED_WITHIN_MS = 20_000;

/** The name that what specs share has in its labels, where other pods have a spec's id. */
const OWNER = 'shared/pod';

/**
 * A sandbox that specs about containers share, and in it a container that specs about executing share: to them these
 * are places, as an image is. Each is made when first asked for and goes at the end of the run. Should one not be up
 * any more, the next spec gets a new one.
 */
export class SharedPod {
  private readonly sandboxes = new Renewed<RunningSandbox>(async ({ id }) => {
    const { status } = await this.cri.runtime.PodSandboxStatus({ pod_sandbox_id: id });
    return status?.state === 'SANDBOX_READY';
  });
  private readonly containers = new Renewed<IdleContainer>(async ({ id }) => {
    const { status } = await this.cri.runtime.ContainerStatus({ container_id: id });
    return status?.state === 'CONTAINER_RUNNING';
  });
  private readonly made: RunningSandbox[] = [];
  /** What is made for all goes on when the spec that asked for it is ended; the end of the run has to know of it. */
  private readonly making = new UnderWay();
  private closed = false;

  constructor(
    private readonly cri: Cri,
    private readonly settings: RunSettings,
    private readonly cgroupDriver: 'cgroupfs' | 'systemd',
  ) {}

  /** The sandbox, READY. Rejects with the runtime's error if none can be run. */
  sandbox(): Promise<RunningSandbox> {
    return this.sandboxes.get(() => this.making.watch(this.runSandbox()));
  }

  /** The container, RUNNING. Rejects with the runtime's error if none can be started. */
  idleContainer(image: () => Promise<PulledImage>): Promise<IdleContainer> {
    return this.containers.get(() => this.making.watch(this.startIdle(image)));
  }

  private checkOpen(): void {
    if (this.closed) throw new Error('the run is over: nothing more is made for it');
  }

  private async runSandbox(): Promise<RunningSandbox> {
    this.checkOpen();
    const { runId, workDirectory, hostAccess, handler } = this.settings;
    const identity = podIdentity(runId, OWNER);
    const places = { logRoot: `${workDirectory}/logs`, cgroupDriver: this.cgroupDriver };
    const config = podConfig(identity, places, HOST_NETWORK);
    if (hostAccess && config.log_directory !== undefined) await mkdir(config.log_directory);
    const { pod_sandbox_id: id } = await this.cri.runtime.RunPodSandbox({ config, runtime_handler: handler });
    const sandbox = { id, identity, config };
    this.made.push(sandbox);
    return sandbox;
  }

  private async startIdle(imageOf: () => Promise<PulledImage>): Promise<IdleContainer> {
    const sandbox = await this.sandbox();
    const image = await imageOf();
    this.checkOpen();
    const namespaces = sandbox.config.linux?.security_context?.namespace_options ?? {};
    const overrides = { linux: { security_context: { namespace_options: namespaces } } };
    const config = containerConfig(sandbox.identity, `idle-${nonce()}`, image, overrides);
    const request = { pod_sandbox_id: sandbox.id, config, sandbox_config: sandbox.config };
    const { container_id: id } = await this.cri.runtime.CreateContainer(request);
    await this.cri.runtime.StartContainer({ container_id: id });
    return { sandbox, id, config };
  }

  /** Removes what was made; the containers go with their sandboxes. Returns what could not be removed. */
  async close(): Promise<string[]> {
    this.closed = true;
    const trouble: string[] = [];
    // A sandbox that is still being made has no id yet by which it could be removed.
    const settled = this.making.settled().then(() => true);
    if (!(await Promise.race([settled, sleep(SETTLED_WITHIN_MS, false, { ref: false })]))) {
      trouble.push(`what specs share was still being made after ${SETTLED_WITHIN_MS / 1000} s`);
    }
    for (const { id, config } of this.made) {
      try {
        await removeSandbox(this.cri.runtime, id, { timeoutMs: 30_000 });
      } catch (error) {
        trouble.push(`pod sandbox ${id}: ${(error as Error).message}`);
      }
      if (this.settings.hostAccess && config.log_directory !== undefined) {
        await rm(config.log_directory, { recursive: true, force: true });
      }
    }
    return trouble;
  }
}

/** Something that is made once and made anew when it is not up any more. */
class Renewed<T> {
  private current: Promise<T> | undefined;

  constructor(private readonly isUp: (thing: T) => Promise<boolean>) {}

  async get(make: () => Promise<T>): Promise<T> {
    const current = this.current;
    if (current !== undefined && (await this.stands(current))) return current;
    // Of several that found it gone, the first replaces it.
    if (this.current === current) this.current = make();
    return this.current as Promise<T>;
  }

  private async stands(current: Promise<T>): Promise<boolean> {
    try {
      return await this.isUp(await current);
    } catch {
      return false;
    }
  }
}
