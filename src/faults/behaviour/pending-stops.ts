import type { Planting } from '../fault.js';
import { handling, together, type Asked, type Call, type Plant, type UnaryRpc } from './shapes.js';

/* Other calls while a StopContainer waits out its grace period. */

/** Stops under way, by container. */
export class Pending {
  private readonly stops = new Map<string, Promise<unknown>>();

  /** Notes a stop until it ends. */
  async during<T>(id: string, stop: () => Promise<T>): Promise<T> {
    const running = stop();
    const ended = running.catch(() => undefined);
    this.stops.set(id, ended);
    try {
      return await running;
    } finally {
      if (this.stops.get(id) === ended) this.stops.delete(id);
    }
  }

  of(id: string): Promise<unknown> | undefined {
    return this.stops.get(id);
  }

  any(): Promise<unknown> | undefined {
    return [...this.stops.values()].at(-1);
  }

  all(): [id: string, stop: Promise<unknown>][] {
    return [...this.stops];
  }
}

/** Calls of an RPC that come while stops are pending are handled by `meanwhile` before they are passed on. */
function besideStops<Name extends UnaryRpc>(
  rpc: Name,
  meanwhile: (pending: Pending, call: Call<Name>, planting: Planting) => Promise<void>,
): Plant {
  return (planting) => {
    const pending = new Pending();
    return together(
      handling('StopContainer', ({ request, forward }) => pending.during(request.container_id, () => forward())),
      handling(rpc, async (call) => {
        await meanwhile(pending, call, planting);
        return call.forward();
      }),
    )(planting);
  };
}

/** While a stop is pending, another RPC about the same container (or about any) is handled by `meanwhile`. */
export function whileStopping<Name extends UnaryRpc>(
  rpc: Name,
  idOf: (request: Asked<Name>) => string | undefined,
  meanwhile: (stop: Promise<unknown>, signal: AbortSignal, planting: Planting) => Promise<void>,
): Plant {
  return besideStops(rpc, async (pending, { request, signal }, planting) => {
    const id = idOf(request);
    const stop = id === undefined ? pending.any() : pending.of(id);
    if (stop === undefined) return;
    planting.shown();
    await meanwhile(stop, signal, planting);
  });
}

/** The lock of a stop is everybody's: the other call waits until it is released, or its client gives up. */
export async function blocked(stop: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const givenUp = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await Promise.race([stop, givenUp]);
}

/** While stops are pending, calls of an RPC wait for each that they mind; or until their client gives up. */
export function waitingForStops<Name extends UnaryRpc>(
  rpc: Name,
  minds: (stopping: string, request: Asked<Name>, planting: Planting) => boolean | Promise<boolean>,
): Plant {
  return besideStops(rpc, async (pending, { request, signal }, planting) => {
    for (const [id, stop] of pending.all()) {
      if (!(await minds(id, request, planting))) continue;
      planting.shown();
      await blocked(stop, signal);
    }
  });
}
