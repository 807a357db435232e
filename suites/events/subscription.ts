import type { ContainerEventResponse } from '../../src/client/generated/types.js';
import { check, type Pod, type SpecContext } from '../../src/kit/index.js';

export type EventType = ContainerEventResponse['container_event_type'];

/** Longer than any spec: the stream has no end of its own. */
const STREAM_TIMEOUT_MS = 300_000;

/** How long a runtime may take to tell of something that has happened, in ms. The kubelet has no deadline for it. */
const TOLD_WITHIN_MS = 10_000;

/** How long to wait for news of a container before another one is made, in ms. */
const GREETING_MS = 1_000;

/** A GetContainerEvents stream and what has come by it. */
export class Subscription {
  private readonly all: ContainerEventResponse[] = [];
  private readonly leaving = new AbortController();
  private failure: Error | undefined;
  private ended = false;

  private constructor(private readonly t: SpecContext) {}

  /**
   * Subscribes, and comes back when the runtime has told of a first container: a client cannot see when the runtime has
   * noted its subscription, and what happened before that is not told.
   * @param given a pod to make that container in; by default one of its own
   * @throws {CriCallError} if the runtime has no such stream
   */
  static async open(t: SpecContext, given?: Pod): Promise<{ events: Subscription; pod: Pod }> {
    const events = new Subscription(t);
    void events.read();
    // A runtime that has no such stream has said so before it answers this: there is nothing to make a pod for.
    await t.cri.runtime.Version({});
    events.failIfBroken();
    const pod = given ?? (await t.pods.runOnHostNetwork());
    const greetings = new Set<string>();
    let nextAt = 0;
    const greet = async (): Promise<boolean> => {
      events.failIfBroken();
      if (performance.now() >= nextAt) {
        greetings.add((await pod.create()).id);
        nextAt = performance.now() + GREETING_MS;
      }
      return events.all.some(({ container_id }) => greetings.has(container_id));
    };
    await t.eventually('a subscriber is told of a new container', greet, (told) => told, { withinMs: TOLD_WITHIN_MS });
    return { events, pod };
  }

  /** Types of the events of a container, or of a sandbox by its own id, in the order of arrival. */
  typesOf(id: string): EventType[] {
    return this.of(id).map(({ container_event_type }) => container_event_type);
  }

  /** Events that are about a pod: those of its sandbox, and those whose status is the pod's. */
  ofPod({ id }: Pod): ContainerEventResponse[] {
    return this.all.filter((event) => event.container_id === id || event.pod_sandbox_status?.id === id);
  }

  /** Waits for an event of a type and returns the first. */
  async until(id: string, type: EventType, rule: string): Promise<ContainerEventResponse> {
    const first = (): ContainerEventResponse | undefined =>
      this.of(id).find(({ container_event_type }) => container_event_type === type);
    const look = (): Promise<EventType[]> => {
      this.failIfBroken();
      return Promise.resolve(this.typesOf(id));
    };
    await this.t.eventually(rule, look, (types) => types.includes(type), { withinMs: TOLD_WITHIN_MS });
    return check.present(first(), rule);
  }

  /** Ends the stream from the client's side. */
  leave(): void {
    this.leaving.abort(new Error('the subscriber leaves'));
  }

  private of(id: string): ContainerEventResponse[] {
    return this.all.filter(({ container_id }) => container_id === id);
  }

  private failIfBroken(): void {
    if (this.failure !== undefined) throw this.failure;
    check.that(!this.ended, 'the stream of events stays open', {
      expected: 'no end',
      observed: 'ended by the runtime',
    });
  }

  private async read(): Promise<void> {
    const options = { signal: this.leaving.signal, timeoutMs: STREAM_TIMEOUT_MS };
    try {
      for await (const event of this.t.cri.runtime.GetContainerEvents({}, options)) this.all.push(event);
      this.ended = true;
    } catch (error) {
      this.failure = error as Error;
    }
  }
}
