import { mkdir, rm } from 'node:fs/promises';
import { podIdentity, type PodIdentity } from '../../fixtures/configs/identity.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { podConfig, type PodConfig } from '../../fixtures/configs/pod.js';
import type { PodSandbox, PodSandboxStatus } from '../client/generated/types.js';
import { present } from './check.js';
import { Container } from './container.js';
import { ContainerHost } from './container-host.js';
import { HOST_NETWORK } from './host-network.js';
import { removeSandbox } from './remove-sandbox.js';
import type { RunningSandbox, SharedPod } from './shared-pod.js';
import type { SpecTools } from './tools.js';

/** Runs the pods of a spec. */
export class Pods {
  private place: SharedPod | undefined;

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
      await mkdir(directory);
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
   * A pod on the host's network that a few specs about containers share: what a spec starts in it is its own, but the
   * pod is not, and other specs' containers are in it. For specs that say nothing of the pod.
   */
  async shared(): Promise<ContainerHost> {
    return new ContainerHost(this.tools, await this.sharedPod().sandbox(), false);
  }

  /**
   * A running container of the `general` image, which does nothing: for specs about what is executed in a container.
   * Other specs execute in it, too; nothing may be left running or lying in it under a name that is not the spec's own.
   */
  async sharedContainer(): Promise<Container> {
    const { env } = this.tools;
    const { sandbox, id, config } = await this.sharedPod().idleContainer(() => env.images.shared('general'));
    return new Container(this.tools, new ContainerHost(this.tools, sandbox, false), id, config);
  }

  /** The same throughout a spec, which keeps its place until all it made is removed. */
  private sharedPod(): SharedPod {
    if (this.place !== undefined) return this.place;
    const { pod, leave } = this.tools.env.sharedPods.enter();
    this.tools.scope.own('place in a shared pod', () => {
      leave();
      return Promise.resolve();
    });
    this.place = pod;
    return pod;
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
    const pod = new Pod(this.tools, { id: present(id, 'RunPodSandbox returns a pod_sandbox_id'), identity, config });
    settled();
    scope.own(`pod sandbox ${id}`, () => pod.destroy());
    return pod;
  }

  private async removeByUid(uid: string): Promise<void> {
    const { runtime } = this.tools;
    const { items } = await runtime.ListPodSandbox({});
    for (const item of items.filter((sandbox) => sandbox.metadata?.uid === uid)) await removeSandbox(runtime, item.id);
  }
}

/** A pod sandbox that a spec runs. */
export class Pod extends ContainerHost {
  constructor(tools: SpecTools, sandbox: RunningSandbox) {
    super(tools, sandbox, true);
  }

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
    return removeSandbox(this.tools.runtime, this.id);
  }
}
