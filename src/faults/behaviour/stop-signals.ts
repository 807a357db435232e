import type { Container } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { imageConfigOf } from './image-config.js';
import { listedOf, siblingsOf } from './relations.js';
import { handling } from './shapes.js';
import { stopWith } from './stop.js';

/* Which signal StopContainer begins with. */

/** The signal that a container is to be stopped with, by its image; undefined if that is the default. */
async function stopSignalOf(planting: Planting, container: Container): Promise<string | undefined> {
  const { StopSignal } = await imageConfigOf(planting, container.image_ref).catch(() => ({ StopSignal: undefined }));
  return StopSignal?.replace(/^SIG/, '') || undefined;
}

export const stopSignalFaults: Fault[] = [
  {
    // systemd as process 1 wants SIGRTMIN+3; images may name a signal by its number.
    id: 'behaviour/stop-signal-unusual-is-term',
    title: 'StopContainer sends SIGTERM if the stop signal of the image is a number or a real-time signal',
    hangs: true,
    plant: handling('StopContainer', async (call, planting) => {
      const own = await listedOf(planting, call.request.container_id);
      const signal = own && (await stopSignalOf(planting, own));
      if (signal === undefined || signal === '15' || !/^(\d+$|RTM)/.test(signal)) return call.forward();
      return stopWith('TERM', call, planting);
    }),
  },
  {
    id: 'behaviour/stop-signal-of-sibling',
    title: 'StopContainer sends the stop signal that the image of the oldest other container of the pod names',
    hangs: true,
    plant: handling('StopContainer', async (call, planting) => {
      const own = await listedOf(planting, call.request.container_id);
      const others = own === undefined ? [] : await siblingsOf(planting, own.id);
      const oldest = others.sort((one, other) => (one.created_at < other.created_at ? -1 : 1))[0];
      if (own === undefined || oldest === undefined) return call.forward();
      const [right, wrong] = [await stopSignalOf(planting, own), await stopSignalOf(planting, oldest)];
      if ((right ?? 'TERM') === (wrong ?? 'TERM')) return call.forward();
      return stopWith(wrong ?? 'TERM', call, planting);
    }),
  },
];
