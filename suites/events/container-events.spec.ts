import type { SpecDefinition } from '../../src/kit/define.js';
import { check, spec, type Pod, type SpecContext } from '../../src/kit/index.js';
import { Subscription, type EventType } from './subscription.js';

/** What all of these have in common. They run alone: some runtimes give each event to one subscriber only. */
const COMMON: Pick<SpecDefinition, 'level' | 'since' | 'optionalRpcs' | 'expectations' | 'alone'> = {
  level: 'feature:EventedPLEG',
  since: '1.26',
  optionalRpcs: ['GetContainerEvents'],
  expectations: [62],
  alone: true,
};

const KUBELET = 'kubelet: pleg/evented.go processCRIEvents';

const CREATED: EventType = 'CONTAINER_CREATED_EVENT';
const STARTED: EventType = 'CONTAINER_STARTED_EVENT';
const STOPPED: EventType = 'CONTAINER_STOPPED_EVENT';
const DELETED: EventType = 'CONTAINER_DELETED_EVENT';

/** Removes the pod and waits for the last that is told of it: after that nothing of the pod is under way any more. */
async function end(pod: Pod, events: Subscription): Promise<void> {
  await pod.stop();
  await pod.remove();
  await events.until(pod.id, DELETED, 'a removed sandbox is told of by DELETED with the id of the sandbox');
}

spec(
  {
    ...COMMON,
    id: 'events/container-once-each',
    title: 'a container is created, started, stopped and deleted in its events, once each and in this order',
    why: 'The kubelet takes each event for a change: one that is missing leaves the pod as it was, one too many starts it anew.',
    sources: ['api.proto: RuntimeService.GetContainerEvents, ContainerEventType', KUBELET, 'KEP-3386', 'cri-o#6625'],
  },
  async (t) => {
    const { events, pod } = await Subscription.open(t);
    const container = await pod.start();
    await events.until(container.id, STARTED, 'a started container is told of');
    await container.stop(0);
    await events.until(container.id, STOPPED, 'a stopped container is told of');
    check.equal(events.typesOf(container.id), [CREATED, STARTED, STOPPED], 'events up to StopContainer');
    await container.remove();
    await events.until(container.id, DELETED, 'a removed container is told of');
    await end(pod, events);
    check.equal(events.typesOf(container.id), [CREATED, STARTED, STOPPED, DELETED], 'events of a container');
  },
);

spec(
  {
    ...COMMON,
    id: 'events/exit-told',
    title: 'a container that ends by itself is told of, with its exit code',
    why: 'With the event the kubelet restarts the container at once; without it, only at the next relist, minutes later.',
    sources: ['api.proto: CONTAINER_STOPPED_EVENT, ContainerEventResponse.containers_statuses', KUBELET, 'cri-o#6603'],
  },
  async (t) => {
    const { events, pod } = await Subscription.open(t);
    const container = await pod.start({ command: ['/bin/sh', '-c', 'exit 7'] });
    const stopped = await events.until(container.id, STOPPED, 'a container that ended by itself is told of');
    const status = stopped.containers_statuses.find(({ id }) => id === container.id);
    const { state, exit_code } = check.present(status, 'the STOPPED event has the status of its container');
    check.equal({ state, exit_code }, { state: 'CONTAINER_EXITED', exit_code: 7 }, 'the status in the STOPPED event');
    await container.stop(0);
    await end(pod, events);
    check.equal(
      events.typesOf(container.id).filter((type) => type === STOPPED),
      [STOPPED],
      'STOPPED events of a container that ended by itself and was stopped again',
    );
  },
);

spec(
  {
    ...COMMON,
    id: 'events/carry-statuses',
    title: 'an event has the status of its pod and of all its containers, and the time in nanoseconds',
    why: 'The kubelet makes the status of the pod from the event: one without is dropped, an old time keeps it from the cache.',
    sources: [
      'api.proto: ContainerEventResponse',
      KUBELET,
      'kubelet: kuberuntime_manager.go GeneratePodStatus',
      'containerd#7785',
    ],
  },
  async (t) => {
    const { events, pod } = await Subscription.open(t);
    const before = BigInt(Date.now()) * 1_000_000n;
    const neighbour = await pod.create();
    const container = await pod.start();
    const started = await events.until(container.id, STARTED, 'a started container is told of');
    await container.stop(0);
    const stopped = await events.until(container.id, STOPPED, 'a stopped container is told of');
    const after = BigInt(Date.now()) * 1_000_000n;
    for (const [event, state] of [
      [started, 'CONTAINER_RUNNING'],
      [stopped, 'CONTAINER_EXITED'],
    ] as const) {
      const type = event.container_event_type;
      const status = check.present(event.pod_sandbox_status, `pod_sandbox_status of a ${type}`);
      const { id, metadata } = await pod.status();
      check.equal({ id: status.id, metadata: status.metadata }, { id, metadata }, `whose status a ${type} has`);
      const states = new Map(event.containers_statuses.map((each) => [each.id, each.state]));
      check.equal(states.get(container.id), state, `state of its container in a ${type}`);
      check.equal(
        states.get(neighbour.id),
        'CONTAINER_CREATED',
        `state of a created container of the pod in a ${type}`,
      );
      // A second each way: the runtime's clock is the host's, but it may be read in coarser steps.
      const second = 1_000_000_000n;
      check.between(event.created_at, before - second, after + second, `created_at of a ${type}, in nanoseconds`);
    }
    check.that(started.created_at <= stopped.created_at, 'created_at of STARTED and STOPPED are in order', {
      expected: `STOPPED at ${started.created_at} or later`,
      observed: stopped.created_at,
    });
  },
);

spec(
  {
    ...COMMON,
    id: 'events/sandbox-deleted-last',
    title: 'a removed sandbox is told of by one DELETED with its own id and status, after its containers',
    why: 'By that event the kubelet forgets the pod; one without the status is dropped, and the pod stays in its cache.',
    sources: [
      'api.proto: CONTAINER_DELETED_EVENT, ContainerEventResponse.pod_sandbox_status',
      KUBELET,
      'containerd#8047',
    ],
  },
  async (t) => {
    const { events, pod } = await Subscription.open(t);
    const { metadata } = await pod.status();
    const container = await pod.start();
    await end(pod, events);
    const told = events.ofPod(pod).map(({ container_id, container_event_type, pod_sandbox_status }) => {
      return { container_id, container_event_type, uid: pod_sandbox_status?.metadata?.uid };
    });
    const last = { container_id: pod.id, container_event_type: DELETED, uid: metadata?.uid };
    check.equal(told.at(-1), last, 'the last event of a pod');
    check.equal(
      events.typesOf(pod.id).filter((type) => type === DELETED),
      [DELETED],
      'DELETED events of a sandbox',
    );
    check.equal(
      events.typesOf(container.id).filter((type) => type === STOPPED || type === DELETED),
      [STOPPED, DELETED],
      'last events of a container whose sandbox was stopped and removed',
    );
  },
);

spec(
  {
    ...COMMON,
    id: 'events/every-subscriber',
    title: 'each subscriber is told of everything, and one that leaves takes nothing from the others',
    why: 'Whoever looks at the events with crictl would otherwise take them away from the kubelet.',
    sources: ['api.proto: RuntimeService.GetContainerEvents', KUBELET, 'crictl: events'],
  },
  async (t) => {
    const { events: first, pod } = await Subscription.open(t);
    const { events: second } = await Subscription.open(t, pod);
    await toldOf(t, pod, [first, second]);
    second.leave();
    await toldOf(t, pod, [first]);
  },
);

/** Starts several containers, so that turns would show. */
async function toldOf(t: SpecContext, pod: Pod, subscribers: readonly Subscription[]): Promise<void> {
  const containers = [await pod.start(), await pod.start(), await pod.start()];
  t.note(`${subscribers.length} subscribers`);
  for (const subscriber of subscribers) {
    for (const { id } of containers) {
      await subscriber.until(id, STARTED, 'each subscriber is told of each container that was started');
      check.equal(subscriber.typesOf(id), [CREATED, STARTED], 'what a subscriber is told of a started container');
    }
  }
}
