import type { ImageName, Packing } from '../../fixtures/images/catalogue.js';
import type { BuiltImage } from '../../fixtures/images/image.js';
import { nonce } from '../../fixtures/configs/identity.js';
import type { RegistryClient } from '../../fixtures/registry/client.js';
import type { Input, ServiceClient } from '../client/cri.js';
import type { AuthConfig, Image, ImageService, PodSandboxConfig } from '../client/generated/types.js';
import type { Environment } from './environment.js';
import { REPOSITORY_PREFIX, type PulledImage } from './image-store.js';
import type { Scope } from './scope.js';

/** An image of the spec's own, served by the registry and not yet pulled. */
export interface PublishedImage {
  built: BuiltImage;
  /** Path below the registry's name, e.g. `crivet/general-1a2b3c`. */
  repository: string;
  /** Reference by tag, under the first registry name. */
  byTag(tag?: string): string;
  /** Reference by manifest digest. */
  byDigest: string;
  /** Reference without a tag. */
  untagged: string;
  /** Reference by tag under the registry's second name; the spec requires `two-registries`. */
  bySecondName(tag?: string): string;
}

/** The images of a spec. What it pulls and publishes is removed with it. */
export class Images {
  constructor(
    private readonly cri: { image: ServiceClient<ImageService> },
    private readonly env: Environment,
    private readonly scope: Scope,
  ) {}

  /** A shared image that is ready to be used and must not be removed: for specs about other things than images. */
  shared(name: ImageName): Promise<PulledImage> {
    return this.env.images.shared(name);
  }

  /** The registry's own client: to publish something unusual, to plant a fault, to read the request log. */
  get registry(): RegistryClient {
    if (this.env.images.registry === null) throw new Error("the spec needs requires: ['registry']");
    return this.env.images.registry;
  }

  /**
   * Publishes an image that nobody else has: its id, digest and repository are new. The runtime does not have it, and
   * whatever names of it the spec leaves in the runtime are removed with the spec. Without tags it can be pulled by
   * digest only.
   */
  async publish(name: ImageName, tags: string[] = ['latest'], packing?: Packing): Promise<PublishedImage> {
    const unique = nonce();
    return this.publishBuilt(await this.env.images.build(name, unique, packing), `${name}-${unique}`, tags);
  }

  /** An image with an id of its own, not published: for another tag, or for an index. */
  build(name: ImageName, packing?: Packing): Promise<BuiltImage> {
    return this.env.images.build(name, nonce(), packing);
  }

  /** Publishes an image built by the spec under `crivet/<name>`, which must be unique. */
  async publishBuilt(built: BuiltImage, name: string, tags: string[] = ['latest']): Promise<PublishedImage> {
    const settings = this.env.settings.registry;
    if (settings === null) throw new Error("the spec needs requires: ['registry']");
    const repository = `${REPOSITORY_PREFIX}/${name}`;
    await this.registry.push(built, repository, tags);
    const second = settings.secondAddress;
    const first = `${settings.address}/${repository}`;
    const image: PublishedImage = {
      built,
      repository,
      byTag: (tag = tags[0]) => `${first}:${tag ?? 'latest'}`,
      byDigest: `${first}@${built.digest}`,
      untagged: first,
      bySecondName: (tag = tags[0]) => `${second ?? ''}/${repository}:${tag ?? 'latest'}`,
    };
    this.scope.own(`image ${first}`, () => this.forget(built.id, repository));
    return image;
  }

  /** Pulls by reference, as the kubelet does: with the sandbox config where there is one. Returns `image_ref`. */
  async pull(
    reference: string,
    options: {
      auth?: Input<AuthConfig>;
      sandboxConfig?: Input<PodSandboxConfig>;
      annotations?: Record<string, string>;
    } = {},
  ): Promise<string> {
    const { auth = null, sandboxConfig = null, annotations = {} } = options;
    const image = { image: reference, annotations };
    const answer = await this.cri.image.PullImage({ image, auth, sandbox_config: sandboxConfig });
    return answer.image_ref;
  }

  /** ImageStatus; null if the runtime says that it does not have the image. */
  async status(reference: string): Promise<Image | null> {
    return (await this.cri.image.ImageStatus({ image: { image: reference } })).image;
  }

  /** RemoveImage. */
  async remove(reference: string): Promise<void> {
    await this.cri.image.RemoveImage({ image: { image: reference } });
  }

  /** ListImages without a filter. */
  async list(): Promise<Image[]> {
    return (await this.cri.image.ListImages({})).images;
  }

  /** Removes whatever the runtime still has of an image: by id, then every name in our repository. */
  private async forget(id: string, repository: string): Promise<void> {
    const { images } = await this.cri.image.ListImages({});
    const left = images.filter(
      (image) =>
        image.id === id || [...image.repo_tags, ...image.repo_digests].some((name) => name.includes(`/${repository}`)),
    );
    for (const image of left) await this.cri.image.RemoveImage({ image: { image: image.id } });
    await this.registry.deleteRepository(repository);
  }
}
