import type { Container, ContainerConfig } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { letOthersEscape } from './escapes.js';
import { imageConfigOf } from './image-config.js';
import { knowingConfig, listedOf, siblingsOf } from './relations.js';
import { handling, pause, stateOf } from './shapes.js';
import { stopWith } from './stop.js';

/* Which signal StopContainer begins with. */

/** The signal that a container is to be stopped with, by its image; undefined if that is the default. */
async function stopSignalOf(planting: Planting, container: Container): Promise<string | undefined> {
  const { StopSignal } = await imageConfigOf(planting, container.image_ref).catch(() => ({ StopSignal: undefined }));
  return StopSignal?.replace(/^SIG/, '') || undefined;
}

const pidMode = (config: ContainerConfig): string | undefined => config.linux?.security_context?.namespace_options?.pid;

/** Sends SIGTERM to every process that those of a container see, but number 1. */
async function signalAll({ cri }: Planting, container_id: string): Promise<void> {
  const cmd = ['/bin/busybox', 'kill', '-TERM', '-1'];
  await cri.runtime.ExecSync({ container_id, cmd, timeout: 5 }).catch(() => undefined);
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
  {
    id: 'behaviour/stop-signals-every-process',
    title: 'StopContainer sends its first signal to all processes of the container',
    source: 'kata agent: signal_process ("signal all the remaining processes")',
    plant: knowingConfig(
      (config) => pidMode(config) === 'CONTAINER',
      (isOne) =>
        handling('StopContainer', async ({ request: { container_id, timeout }, forward }, planting) => {
          if (!isOne(container_id) || timeout === 0n) return forward();
          if ((await stateOf(planting, container_id)) !== 'CONTAINER_RUNNING') return forward();
          planting.shown();
          await signalAll(planting, container_id);
          return forward();
        }),
    ),
  },
  {
    id: 'behaviour/stop-in-pod-pid-signals-siblings',
    title: 'StopContainer in a pod with one process namespace signals the processes of all its containers',
    plant: knowingConfig(
      (config) => pidMode(config) === 'POD',
      (isOne) =>
        handling('StopContainer', async ({ request: { container_id }, forward }, planting) => {
          const answer = await forward();
          const siblings = isOne(container_id) ? await siblingsOf(planting, container_id) : [];
          const running = siblings.find(({ state }) => state === 'CONTAINER_RUNNING');
          if (running === undefined) return answer;
          planting.shown();
          await signalAll(planting, running.id);
          return answer;
        }),
    ),
  },
  {
    id: 'behaviour/stop-signal-repeated',
    title: 'StopContainer sends SIGTERM every half a second until the container has ended',
    plant: handling('StopContainer', async ({ request: { container_id }, forward, signal }, planting) => {
      const over = new AbortController();
      const stop = forward().finally(() => over.abort());
      stop.catch(() => undefined);
      const cmd = ['/bin/busybox', 'kill', '-TERM', '1'];
      for (;;) {
        await Promise.race([stop.catch(() => undefined), pause(500, signal)]);
        if (over.signal.aborted || signal.aborted) return stop;
        planting.shown();
        await planting.cri.runtime.ExecSync({ container_id, cmd, timeout: 5 }).catch(() => undefined);
      }
    }),
  },
  {
    id: 'behaviour/stop-leaves-children-in-pod-pid',
    title: 'in a pod with one process namespace StopContainer ends the first process of a container alone',
    plant: knowingConfig(
      (config) => pidMode(config) === 'POD',
      (isOne) =>
        handling('StopContainer', async ({ request: { container_id }, forward }, planting) => {
          if (isOne(container_id) && letOthersEscape(container_id)) planting.shown();
          return forward();
        }),
    ),
  },
  {
    id: 'behaviour/exit-leaves-children-in-pod-pid',
    title: 'in a pod with one process namespace a container that ends by itself leaves its other processes running',
    plant: knowingConfig(
      (config) => pidMode(config) === 'POD',
      (isOne) =>
        // Who lets a container end by itself tells it to.
        handling('ExecSync', async ({ request: { container_id }, forward }, planting) => {
          if (isOne(container_id) && letOthersEscape(container_id)) planting.shown();
          return forward();
        }),
    ),
  },
];
