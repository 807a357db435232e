import { setTimeout as sleep } from 'node:timers/promises';
import type { Cri } from '../../src/client/cri.js';
import type { ContainerEventResponse, ContainerStatus, PodSandboxStatus } from '../../src/client/generated/types.js';
import type { Fault, Handlers } from '../../src/faults/fault.js';

type EventType = ContainerEventResponse['container_event_type'];

const LOOK_EVERY_MS = 20;

/** How far something has come. */
const CREATED = 1;
const STARTED = 2;
const STOPPED = 3;
const DELETED = 4;
const TYPES: Record<number, EventType> = {
  [CREATED]: 'CONTAINER_CREATED_EVENT',
  [STARTED]: 'CONTAINER_STARTED_EVENT',
  [STOPPED]: 'CONTAINER_STOPPED_EVENT',
  [DELETED]: 'CONTAINER_DELETED_EVENT',
};

const OF_STATE: Record<string, number> = {
  CONTAINER_CREATED: CREATED,
  CONTAINER_RUNNING: STARTED,
  CONTAINER_EXITED: STOPPED,
  SANDBOX_READY: STARTED,
  SANDBOX_NOTREADY: STOPPED,
};

interface Known {
  podId: string;
  stage: number;
  /** It was never started, so it does not stop. */
  idle: boolean;
}

/**
 * What a runtime of today does and the containerd of the tests does not: GetContainerEvents, made from looking at a
 * real runtime's lists again and again. For a fault to be planted before it.
 */
export const eventSource: Fault = {
  id: 'behaviour/event-source',
  title: 'GetContainerEvents works',
  plant: ({ cri }): Handlers => ({
    async *GetContainerEvents({ signal }) {
      const watcher = new Watcher(cri);
      await watcher.look();
      while (!signal.aborted) {
        yield* await watcher.look();
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  }),
};

class Watcher {
  private readonly known = new Map<string, Known>();
  /** The last status of each pod, for what is told of it when it is gone. */
  private readonly statuses = new Map<string, PodSandboxStatus>();

  constructor(private readonly cri: Pick<Cri, 'runtime'>) {}

  /** Everything that changed since the last look. */
  async look(): Promise<ContainerEventResponse[]> {
    const { runtime } = this.cri;
    const [{ containers }, { items }] = await Promise.all([runtime.ListContainers({}), runtime.ListPodSandbox({})]);
    const now = new Map<string, { podId: string; state: string }>();
    for (const { id, pod_sandbox_id, state } of containers) now.set(id, { podId: pod_sandbox_id, state });
    for (const { id, state } of items) now.set(id, { podId: id, state });
    const events: ContainerEventResponse[] = [];
    // Containers come before their pods, so that what goes with a pod is told of before it.
    for (const [id, { podId, state }] of now) events.push(...(await this.moved(id, podId, OF_STATE[state] ?? STOPPED)));
    for (const [id, { podId }] of [...this.known].sort(
      ([a], [b]) => Number(this.statuses.has(a)) - Number(this.statuses.has(b)),
    )) {
      if (now.has(id)) continue;
      events.push(...(await this.moved(id, podId, DELETED)));
      this.known.delete(id);
    }
    return events;
  }

  private async moved(id: string, podId: string, to: number): Promise<ContainerEventResponse[]> {
    const known = this.known.get(id) ?? { podId, stage: 0, idle: false };
    const events: ContainerEventResponse[] = [];
    const idle = to === CREATED || (known.idle && to === DELETED);
    for (let stage = known.stage + 1; stage <= to; stage += 1) {
      if (idle && (stage === STARTED || stage === STOPPED)) continue;
      events.push(await this.event(id, podId, TYPES[stage] as EventType));
    }
    this.known.set(id, { podId, stage: to, idle });
    return events;
  }

  private async event(id: string, podId: string, type: EventType): Promise<ContainerEventResponse> {
    const created_at = BigInt(Date.now()) * 1_000_000n;
    const { runtime } = this.cri;
    const pod = await runtime.PodSandboxStatus({ pod_sandbox_id: podId }).catch(() => undefined);
    if (pod?.status != null) this.statuses.set(podId, pod.status);
    const filter = { pod_sandbox_id: podId };
    const { containers } = await runtime.ListContainers({ filter });
    const found = containers.map(async (container): Promise<ContainerStatus[]> => {
      const answer = await runtime.ContainerStatus({ container_id: container.id }).catch(() => undefined);
      return answer?.status == null ? [] : [answer.status];
    });
    const containers_statuses = (await Promise.all(found)).flat();
    const pod_sandbox_status = this.statuses.get(podId) ?? null;
    return { container_id: id, container_event_type: type, created_at, pod_sandbox_status, containers_statuses };
  }
}
