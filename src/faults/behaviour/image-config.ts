import type { Cri } from '../../client/cri.js';
import type { ContainerConfig } from '../../client/generated/types.js';
import { changeRequest, type Plant } from './shapes.js';

/* What images ask for, for faults that mix it up with what configs ask for. */

/** The part of an image's config that faults look at. */
interface ImageConfig {
  Entrypoint?: string[];
  Cmd?: string[];
  WorkingDir?: string;
  User?: string;
  StopSignal?: string;
  Volumes?: Record<string, object>;
}

/** The config of an image, as containerd tells it if asked to be verbose; empty of another runtime or image. */
export async function imageConfigOf({ cri }: { cri: Pick<Cri, 'image'> }, image: string): Promise<ImageConfig> {
  const { info } = await cri.image.ImageStatus({ image: { image }, verbose: true });
  const told = JSON.parse(info['info'] ?? '{}') as { imageSpec?: { config?: ImageConfig } };
  return told.imageSpec?.config ?? {};
}

/** Changes a container's config by that of its image. */
export const byImage = (change: (config: ContainerConfig, image: ImageConfig) => Partial<ContainerConfig>): Plant =>
  changeRequest('CreateContainer', async (request, planting) => {
    const { config } = request;
    const name = config?.image?.image;
    if (!config || !name) return request;
    const image = await imageConfigOf(planting, name).catch(() => ({}));
    return { ...request, config: { ...config, ...change(config, image) } };
  });
