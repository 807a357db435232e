import { Refusal, type Fault } from '../fault.js';
import {
  changeRequest,
  doLater,
  doNothing,
  handling,
  pause,
  refuse,
  stateOf,
  together,
  type Call,
  type Plant,
} from './shapes.js';
import { staleContainer } from './stale.js';
import type { Planting } from '../fault.js';

/* How containers are stopped: signal, grace period, what is left afterwards. Overlapping calls: stop-pending.ts. */

/** Another grace period than the one that was asked for, in seconds. */
const grace = (change: (seconds: bigint) => bigint): Plant =>
  changeRequest('StopContainer', (request) => ({ ...request, timeout: change(request.timeout) }));

/**
 * Stops with a signal of the fault's choice, sent from within: by the grace period it waits, then it kills.
 * @param signal for kill(1); without one nothing is sent
 */
export async function stopWith(
  signal: string | undefined,
  { request, forward, signal: given }: Call<'StopContainer'>,
  planting: Planting,
): Promise<object> {
  const { container_id, timeout } = request;
  if ((await stateOf(planting, container_id)) !== 'CONTAINER_RUNNING' || timeout === 0n) return forward();
  planting.shown();
  if (signal !== undefined) {
    const cmd = ['/bin/busybox', 'kill', `-${signal}`, '1'];
    await planting.cri.runtime.ExecSync({ container_id, cmd, timeout: 5 }).catch(() => undefined);
  }
  const end = Date.now() + Number(timeout) * 1000;
  while (Date.now() < end && !given.aborted) {
    if ((await stateOf(planting, container_id)) !== 'CONTAINER_RUNNING') return {};
    await pause(50, given);
  }
  return given.aborted ? {} : forward({ container_id, timeout: 0 });
}

export const stopFaults: Fault[] = [
  {
    id: 'behaviour/stop-without-grace-period',
    title: 'StopContainer kills at once, whatever the timeout',
    source: 'containerd/cri#1098',
    plant: grace(() => 0n),
  },
  {
    id: 'behaviour/stop-grace-five-seconds-at-least',
    title: 'StopContainer takes five seconds for the shortest grace period there is',
    plant: grace((seconds) => (seconds > 0n && seconds < 5n ? 5n : seconds)),
  },
  {
    id: 'behaviour/stop-waits-four-times',
    title: 'StopContainer gives four times the grace period',
    plant: grace((seconds) => seconds * 4n),
  },
  {
    id: 'behaviour/stop-grace-capped-at-a-second',
    title: 'StopContainer kills after a second if the grace period is longer',
    plant: grace((seconds) => (seconds > 1n ? 1n : seconds)),
  },
  {
    id: 'behaviour/stop-zero-is-the-default',
    title: 'StopContainer takes timeout 0 for "not given" and waits for ten seconds',
    plant: grace((seconds) => (seconds === 0n ? 10n : seconds)),
  },
  {
    id: 'behaviour/stop-never-kills',
    title: 'StopContainer sends its signal and waits for ever',
    source: 'containerd#2744',
    hangs: true,
    plant: grace((seconds) => (seconds === 0n ? 0n : seconds + 3600n)),
  },
  {
    id: 'behaviour/stop-sends-no-signal',
    title: 'StopContainer waits out the grace period without having sent a signal, then kills',
    source: 'containerd#6080',
    hangs: true,
    plant: handling('StopContainer', (call, planting) => stopWith(undefined, call, planting)),
  },
  {
    id: 'behaviour/stop-sends-sigterm-always',
    title: "StopContainer sends SIGTERM, whatever the image's stop signal",
    plant: handling('StopContainer', (call, planting) => stopWith('TERM', call, planting)),
  },
  {
    id: 'behaviour/stop-sends-sigint',
    title: 'StopContainer sends SIGINT',
    hangs: true,
    plant: handling('StopContainer', (call, planting) => stopWith('INT', call, planting)),
  },
  {
    id: 'behaviour/stop-does-nothing',
    title: 'StopContainer says OK and does nothing',
    plant: doNothing('StopContainer'),
  },
  {
    id: 'behaviour/stop-in-background',
    title: 'StopContainer answers at once and stops the container afterwards',
    plant: doLater('StopContainer', 0),
  },
  {
    id: 'behaviour/stop-status-stays',
    title: 'ContainerStatus shows a container RUNNING for a while after StopContainer',
    source: 'containerd#12678',
    plant: staleContainer('StopContainer', ['status']),
  },
  {
    id: 'behaviour/stop-listing-stays',
    title: 'ListContainers shows a container RUNNING for a while after StopContainer',
    source: 'containerd#10025',
    plant: staleContainer('StopContainer', ['list']),
  },
  {
    id: 'behaviour/stop-fails-after-kill',
    title: 'StopContainer reports DeadlineExceeded if it had to kill',
    source: 'containerd#6080',
    plant: handling('StopContainer', async ({ request, forward }, { shown }) => {
      const begun = Date.now();
      const answer = await forward();
      if (request.timeout === 0n || Date.now() - begun < Number(request.timeout) * 1000) return answer;
      shown();
      throw new Refusal('DEADLINE_EXCEEDED', 'the container did not end within its grace period');
    }),
  },
  {
    id: 'behaviour/stop-right-after-start-waits',
    title: 'StopContainer of a container that has just been started waits for the whole grace period',
    source: 'kata agent#525',
    hangs: true,
    plant: (planting) => {
      const started = new Map<string, number>();
      return together(
        handling('StartContainer', async ({ request, forward }) => {
          const answer = await forward();
          started.set(request.container_id, Date.now());
          return answer;
        }),
        handling('StopContainer', async ({ request, forward, signal }, { shown }) => {
          const young = Date.now() - (started.get(request.container_id) ?? 0) < 5_000;
          const begun = Date.now();
          const answer = await forward();
          const left = begun + Number(request.timeout) * 1000 - Date.now();
          if (!young || left <= 0) return answer;
          shown();
          await pause(left, signal);
          return answer;
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/stop-takes-the-pod-along',
    title: 'StopContainer stops all containers of the pod',
    plant: handling(
      'StopContainer',
      async ({ request: { container_id: id }, forward }, { cri: { runtime }, shown }) => {
        const [container] = (await runtime.ListContainers({ filter: { id } })).containers;
        const answer = await forward();
        if (container === undefined) return answer;
        const { containers } = await runtime.ListContainers({
          filter: { pod_sandbox_id: container.pod_sandbox_id, state: { state: 'CONTAINER_RUNNING' } },
        });
        if (containers.length > 0) shown();
        await Promise.all(containers.map((other) => runtime.StopContainer({ container_id: other.id, timeout: 0 })));
        return answer;
      },
    ),
  },
  {
    id: 'behaviour/stop-removes',
    title: 'StopContainer removes the container as well',
    plant: handling('StopContainer', async ({ request: { container_id }, forward }, { cri: { runtime }, shown }) => {
      const answer = await forward();
      shown();
      await runtime.RemoveContainer({ container_id });
      return answer;
    }),
  },
  {
    id: 'behaviour/stop-needs-the-image',
    title: 'StopContainer fails once the image of the container is removed',
    source: 'containerd#2858',
    plant: refuse('StopContainer', imageIsGone, 'NOT_FOUND', 'the image of the container is not found'),
  },
  {
    id: 'behaviour/stop-of-exited-fails',
    title: 'StopContainer of a container that has ended is an error',
    plant: refuse(
      'StopContainer',
      async ({ container_id }, planting) => (await stateOf(planting, container_id)) === 'CONTAINER_EXITED',
      'UNKNOWN',
      'container is not running',
    ),
  },
  {
    id: 'behaviour/stop-of-exited-waits',
    title: 'StopContainer of a container that has ended waits for the whole grace period all the same',
    hangs: true,
    plant: handling('StopContainer', async ({ request, forward, signal }, planting) => {
      if ((await stateOf(planting, request.container_id)) !== 'CONTAINER_EXITED') return forward();
      planting.shown();
      await pause(Number(request.timeout) * 1000, signal);
      return forward();
    }),
  },
  {
    id: 'behaviour/stop-of-created-fails',
    title: 'StopContainer of a container that was never started is an error',
    plant: refuse(
      'StopContainer',
      async ({ container_id }, planting) => (await stateOf(planting, container_id)) === 'CONTAINER_CREATED',
      'FAILED_PRECONDITION',
      'container is in CREATED state',
    ),
  },
];

/** Whether the runtime does not have the image of the container any more. */
async function imageIsGone({ container_id }: { container_id: string }, { cri }: Planting): Promise<boolean> {
  const { status } = await cri.runtime.ContainerStatus({ container_id }).catch(() => ({ status: null }));
  if (status === null) return false;
  return (await cri.image.ImageStatus({ image: { image: status.image_ref } })).image === null;
}
