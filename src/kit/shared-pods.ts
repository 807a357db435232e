import type { SharedPod } from './shared-pod.js';

/**
 * So many specs share a pod before another one is run. A shim creates one container at a time, and answers nothing
 * else meanwhile; containerd takes a shim that stays silent for 2 s for one without a process (containerd#8516).
 */
const SPECS_PER_POD = 3;

/** A spec's place in a pod that it shares with others. */
export interface Place {
  pod: SharedPod;
  /** To be called at the end of the spec, for another to have the place. */
  leave: () => void;
}

/** The pods that specs share: as many as the specs that are under way ask for. */
export class SharedPods {
  private readonly pods: { pod: SharedPod; specs: number }[] = [];
  private closed = false;

  /** @param make makes a pod, of which nothing runs yet */
  constructor(private readonly make: () => SharedPod) {}

  /** A place in the pod that most specs are in, but full ones. */
  enter(): Place {
    const open = this.pods.filter(({ specs }) => specs < SPECS_PER_POD);
    const shared = open.sort((a, b) => b.specs - a.specs)[0] ?? this.another();
    shared.specs += 1;
    return { pod: shared.pod, leave: () => void (shared.specs -= 1) };
  }

  private another(): SharedPods['pods'][number] {
    const shared = { pod: this.make(), specs: 0 };
    this.pods.push(shared);
    // A body that went on past its deadline and the end of the run gets one in which nothing can be made.
    if (this.closed) void shared.pod.close();
    return shared;
  }

  /** Removes what was made. Returns what could not be removed. */
  async close(): Promise<string[]> {
    this.closed = true;
    return (await Promise.all(this.pods.map(({ pod }) => pod.close()))).flat();
  }
}
