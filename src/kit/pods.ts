import { mkdir, rm } from 'node:fs/promises';
import { containerConfig, type ContainerInput } from '../../fixtures/configs/container.js';
import { podIdentity, type PodIdentity } from '../../fixtures/configs/identity.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { podConfig, type PodConfig } from '../../fixtures/configs/pod.js';
import type { ImageName } from '../../fixtures/images/catalogue.js';
import type { ServiceClient } from '../client/cri.js';
import type { PodSandbox, PodSandboxStatus, RuntimeService } from '../client/generated/types.js';
import { codeOf } from '../client/errors.js';
import { present } from './check.js';
import { Container } from './container.js';
import type { Environment } from './environment.js';
import type { PulledImage } from './image-store.js';
import type { Scope } from './scope.js';

/** What pods and containers need of the spec they belong to. */
export interface SpecTools {
  specId: string;
  runtime: ServiceClient<RuntimeService>;
  env: Environment;
  scope: Scope;
  eventually: <T>(
    rule: string,
    probe: () => Promise<T>,
    accept: (value: T) => boolean,
    options?: { withinMs?: number; describe?: (value: T) => unknown },
  ) => Promise<T>;
}

/** Runs the pods of a spec. */
export class Pods {
  constructor(private readonly tools: SpecTools) {}

  /** A fresh config, not sent anywhere yet. Its log directory exists if specs share the runtime's host. */
  async config(overrides: PodConfig = {}): Promise<{ identity: PodIdentity; config: PodConfig }> {
    const { env, specId, scope } = this.tools;
    const identity = podIdentity(env.settings.runId, specId);
    const logRoot = `${env.settings.workDirectory}/logs`;
    const config = podConfig(identity, { logRoot, cgroupDriver: env.cgroupDriver }, overrides);
    const directory = config.log_directory;
    // The kubelet makes the pod's log directory before it asks for the sandbox.
    if (env.settings.hostAccess && directory !== undefined && directory.startsWith(logRoot)) {
      await mkdir(directory, { recursive: true });
      scope.own(`directory ${directory}`, () => rm(directory, { recursive: true, force: true }));
    }
    return { identity, config };
  }

  /** RunPodSandbox with a fresh config. The pod is stopped and removed with the spec. */
  async run(overrides: PodConfig = {}): Promise<Pod> {
    const { identity, config } = await this.config(overrides);
    return this.runConfig(identity, config);
  }

  /**
   * RunPodSandbox on the host's network: half the cost of a pod with a network of its own, for specs in which the
   * network plays no part. Nothing in it may touch the network: it is the host's.
   */
  async runOnHostNetwork(overrides: PodConfig = {}): Promise<Pod> {
    const { identity, config } = await this.config(overlay(HOST_NETWORK, overrides));
    return this.runConfig(identity, config);
  }

  /**
   * RunPodSandbox with a config of the spec's making. The removal is registered before the call, by metadata: a call
   * that fails, or whose answer never comes, may have left a sandbox behind all the same.
   * @param options handler instead of the run's; deadline of the call instead of the kubelet's
   */
  async runConfig(
    identity: PodIdentity,
    config: PodConfig,
    options: { handler?: string; timeoutMs?: number } = {},
  ): Promise<Pod> {
    const { runtime, env, scope } = this.tools;
    const { handler = env.settings.handler, ...callOptions } = options;
    const settled = scope.own(`pod sandbox of ${identity.name}`, () => this.removeByUid(identity.uid));
    const request = { config, runtime_handler: handler };
    const { pod_sandbox_id: id } = await runtime.RunPodSandbox(request, callOptions);
    const pod = new Pod(this.tools, present(id, 'RunPodSandbox returns a pod_sandbox_id'), identity, config);
    settled();
    scope.own(`pod sandbox ${id}`, () => pod.destroy());
    return pod;
  }

  private async removeByUid(uid: string): Promise<void> {
    const { runtime } = this.tools;
    const { items } = await runtime.ListPodSandbox({});
    for (const item of items.filter((sandbox) => sandbox.metadata?.uid === uid)) await destroyPod(runtime, item.id);
  }
}

/** The kubelet names a host only where the pod has a network, and with it a host name, of its own. */
const HOST_NETWORK: PodConfig = {
  hostname: '',
  linux: { security_context: { namespace_options: { network: 'NODE' } } },
};

/** Stops and removes a sandbox; one that is already gone is fine, whatever code the runtime has for that. */
async function destroyPod(runtime: ServiceClient<RuntimeService>, id: string): Promise<void> {
  for (const call of ['StopPodSandbox', 'RemovePodSandbox'] as const) {
    try {
      await runtime[call]({ pod_sandbox_id: id });
    } catch (error) {
      if (codeOf(error) !== 'NOT_FOUND') throw error;
    }
  }
}

/** A pod sandbox that a spec runs. */
export class Pod {
  private containerCount = 0;

  constructor(
    private readonly tools: SpecTools,
    readonly id: string,
    readonly identity: PodIdentity,
    readonly config: PodConfig,
  ) {}

  /** PodSandboxStatus; the message must be there. */
  async status(): Promise<PodSandboxStatus> {
    const { status } = await this.tools.runtime.PodSandboxStatus({ pod_sandbox_id: this.id });
    return present(status, 'PodSandboxStatus returns a status');
  }

  /** The pod's entries in an unfiltered ListPodSandbox. */
  async listed(): Promise<PodSandbox[]> {
    return (await this.tools.runtime.ListPodSandbox({})).items.filter((item) => item.id === this.id);
  }

  async stop(): Promise<void> {
    await this.tools.runtime.StopPodSandbox({ pod_sandbox_id: this.id });
  }

  async remove(): Promise<void> {
    await this.tools.runtime.RemovePodSandbox({ pod_sandbox_id: this.id });
  }

  /** Stops and removes the pod; fine if it is gone. */
  destroy(): Promise<void> {
    return destroyPod(this.tools.runtime, this.id);
  }

  /** A complete container config for this pod, not sent yet. The image defaults to the shared `general` one. */
  async containerConfig(
    overrides: ContainerInput = {},
    image: ImageName | PulledImage = 'general',
  ): Promise<ContainerInput> {
    const pulled = typeof image === 'string' ? await this.tools.env.images.shared(image) : image;
    const name = overrides.metadata?.name ?? `c${(this.containerCount += 1)}`;
    // The kubelet gives every container the namespaces of its pod.
    const namespaces = this.config.linux?.security_context?.namespace_options ?? {};
    const base = { linux: { security_context: { namespace_options: namespaces } } };
    return containerConfig(this.identity, name, pulled, overlay(base, overrides));
  }

  /** CreateContainer. The container goes with the pod. */
  async create(overrides: ContainerInput = {}, image: ImageName | PulledImage = 'general'): Promise<Container> {
    return this.createConfig(await this.containerConfig(overrides, image));
  }

  /** CreateContainer with exactly this config. */
  async createConfig(config: ContainerInput): Promise<Container> {
    const request = { pod_sandbox_id: this.id, config, sandbox_config: this.config };
    const { container_id: id } = await this.tools.runtime.CreateContainer(request);
    return new Container(this.tools, this, present(id, 'CreateContainer returns a container_id'), config);
  }

  /** CreateContainer and StartContainer. */
  async start(overrides: ContainerInput = {}, image: ImageName | PulledImage = 'general'): Promise<Container> {
    const container = await this.create(overrides, image);
    await container.start();
    return container;
  }

  /** Runs a command as a container of its own until it has exited, and returns that container. */
  async runToExit(
    command: string[],
    overrides: ContainerInput = {},
    image: ImageName | PulledImage = 'general',
  ): Promise<Container> {
    const container = await this.start({ command, ...overrides }, image);
    await container.exited();
    return container;
  }
}
