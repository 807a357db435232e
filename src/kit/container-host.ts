import { containerConfig, type ContainerInput } from '../../fixtures/configs/container.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { overlay } from '../../fixtures/configs/merge.js';
import type { ImageName } from '../../fixtures/images/catalogue.js';
import { codeOf } from '../client/errors.js';
import { present } from './check.js';
import { Container } from './container.js';
import type { PulledImage } from './image-store.js';
import type { RunningSandbox } from './shared-pod.js';
import type { SpecTools } from './tools.js';

/**
 * A sandbox as a place for containers. Whether it is a pod of the spec's own or one that specs share, the containers
 * are the spec's: their names are unique, and they are removed with it.
 */
export class ContainerHost implements RunningSandbox {
  readonly id: string;
  readonly identity: RunningSandbox['identity'];
  readonly config: RunningSandbox['config'];

  constructor(
    protected readonly tools: SpecTools,
    sandbox: RunningSandbox,
    /** The containers go when the sandbox goes, which is when the spec ends. */
    private readonly ownsContainers: boolean,
  ) {
    ({ id: this.id, identity: this.identity, config: this.config } = sandbox);
  }

  /** A complete container config for this pod, not sent yet. The image defaults to the shared `general` one. */
  async containerConfig(
    overrides: ContainerInput = {},
    image: ImageName | PulledImage = 'general',
  ): Promise<ContainerInput> {
    const pulled = typeof image === 'string' ? await this.tools.env.images.shared(image) : image;
    const name = overrides.metadata?.name ?? `c-${nonce()}`;
    // The kubelet gives every container the namespaces of its pod.
    const namespaces = this.config.linux?.security_context?.namespace_options ?? {};
    const base = { linux: { security_context: { namespace_options: namespaces } } };
    const identity = { ...this.identity, specId: this.tools.specId };
    return containerConfig(identity, name, pulled, overlay(base, overrides));
  }

  /** CreateContainer. The container goes with the spec. */
  async create(overrides: ContainerInput = {}, image: ImageName | PulledImage = 'general'): Promise<Container> {
    return this.createConfig(await this.containerConfig(overrides, image));
  }

  /**
   * CreateContainer with exactly this config. In a shared pod the removal is registered before the call, by name: a
   * call that fails, or whose answer never comes, may have left a container behind all the same.
   */
  async createConfig(config: ContainerInput): Promise<Container> {
    const name = config.metadata?.name ?? '';
    if (!this.ownsContainers) this.tools.scope.own(`container ${name}`, () => this.removeByName(name));
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

  private async removeByName(name: string): Promise<void> {
    const { runtime } = this.tools;
    const { containers } = await runtime.ListContainers({ filter: { pod_sandbox_id: this.id } });
    for (const { id } of containers.filter(
      ({ metadata, pod_sandbox_id: pod }) => metadata?.name === name && pod === this.id,
    )) {
      try {
        await runtime.StopContainer({ container_id: id, timeout: 0 });
        await runtime.RemoveContainer({ container_id: id });
      } catch (error) {
        if (codeOf(error) !== 'NOT_FOUND') throw error;
      }
    }
  }
}
