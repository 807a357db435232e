import { Processors } from './processors.js';

/** Works through a list, so many items at a time, in its order. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const next = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, next));
}

/** How many items may be under way at a time. */
export interface Width {
  /** However busy the machine is. */
  least: number;
  /** However idle. */
  most: number;
}

/** Time between two looks at the processors, in ms: short beside most items, long beside a tick of the kernel's clock. */
const LOOK_MS = 500;
const IDLE = 0.25;
const BUSY = 0.05;

/**
 * The same, with more items at a time while the processors have nothing to do: many items do no more than wait.
 * Once they are busy again, what is over `least` comes to its end and is not replaced.
 * @param idleShare of the time since the last call, from 0 to 1
 */
export async function inParallelWhileIdle<T>(
  items: readonly T[],
  { least, most }: Width,
  work: (item: T) => Promise<void>,
  idleShare: () => number = new Processors().idleShare,
): Promise<void> {
  const queue = [...items];
  let working = 0;
  let idle = 0;
  const next = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await work(item);
      if (working > least && idle < BUSY) return;
    }
  };
  let look: NodeJS.Timeout | undefined;
  const done = new Promise<void>((resolve, reject) => {
    const begin = (): void => {
      working += 1;
      next().then(() => {
        working -= 1;
        if (working === 0) resolve();
      }, reject);
    };
    if (queue.length === 0) resolve();
    while (queue.length > 0 && working < least) begin();
    look = setInterval(() => {
      idle = idleShare();
      if (idle > IDLE && working < most && queue.length > 0) begin();
    }, LOOK_MS);
  });
  await done.finally(() => clearInterval(look));
}
