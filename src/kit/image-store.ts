import { findBusybox, type Busybox } from '../../fixtures/images/busybox.js';
import { catalogue, type ImageName, type Packing } from '../../fixtures/images/catalogue.js';
import type { BuiltImage } from '../../fixtures/images/image.js';
import { RegistryClient } from '../../fixtures/registry/client.js';
import type { Cri } from '../client/cri.js';
import type { RunSettings } from './settings.js';

/** An image the runtime has: what PullImage returned, and the name it was pulled by. */
export interface PulledImage {
  ref: string;
  name: string;
}

/** Repositories of every image of ours start with this, so that a stray one can be told on any node. */
export const REPOSITORY_PREFIX = 'crivet';

/**
 * The images that specs share: each is built, published and pulled once per run, when first asked for. Specs that
 * change images use their own (see images.ts); these stay until the end of the run.
 */
export class ImageStore {
  private readonly pulled = new Map<ImageName, Promise<PulledImage>>();
  private readonly present = new Set<string>();
  private busybox: Promise<Busybox> | undefined;
  readonly registry: RegistryClient | null;

  constructor(
    private readonly cri: Cri,
    private readonly settings: RunSettings,
  ) {
    this.registry = settings.registry === null ? null : new RegistryClient(settings.registry);
  }

  /** The shared image of that name, in the runtime and ready to be used. Not to be removed by a spec. */
  shared(name: ImageName): Promise<PulledImage> {
    let image = this.pulled.get(name);
    if (image === undefined) {
      image = this.pull(name);
      this.pulled.set(name, image);
    }
    return image;
  }

  /**
   * An image by name, with an id of its own if a nonce is given; `packing` says how it is packed and what comes on
   * top. Built in memory, not published.
   */
  async build(name: ImageName, nonce?: string, packing?: Packing): Promise<BuiltImage> {
    this.busybox ??= findBusybox(this.settings.busybox ?? undefined);
    return catalogue[name](await this.busybox, nonce, packing);
  }

  private async pull(name: ImageName): Promise<PulledImage> {
    const reference = this.settings.images[name] ?? (await this.publish(name));
    // Not a spec's own call, so no spec ends it: it has to fail before the spec that waits for it meets its deadline.
    const options = { timeoutMs: this.settings.specTimeoutSeconds * 500 };
    const before = await this.cri.image.ImageStatus({ image: { image: reference } }, options);
    const { image_ref: ref } = await this.cri.image.PullImage({ image: { image: reference } }, options);
    if (before.image === null) this.present.add(reference);
    return { ref, name: reference };
  }

  private async publish(name: ImageName): Promise<string> {
    const { registry, settings } = this;
    if (registry === null || settings.registry === null) {
      throw new Error(`no image '${name}': add it to the file given with --images`);
    }
    const repository = `${REPOSITORY_PREFIX}/${name}`;
    await registry.push(await this.build(name), repository, [settings.runId]);
    return `${settings.registry.address}/${repository}:${settings.runId}`;
  }

  /** Removes the shared images that this run brought. Returns what could not be removed. */
  async close(): Promise<string[]> {
    const trouble: string[] = [];
    for (const reference of this.present) {
      try {
        await this.cri.image.RemoveImage({ image: { image: reference } }, { timeoutMs: 30_000 });
      } catch (error) {
        trouble.push(`image ${reference}: ${(error as Error).message}`);
      }
    }
    return trouble;
  }
}
