import { isDeepStrictEqual } from 'node:util';
import type { Cri } from '../../client/cri.js';
import type { Fault, Handlers, Planting } from '../fault.js';
import type { Chunk, Fate, Filters, Session, StreamName } from '../relay/filters.js';

/** The RPCs that answer with a streaming URL. */
export type SessionRpc = 'Exec' | 'Attach' | 'PortForward';
export const ALL: SessionRpc[] = ['Exec', 'Attach', 'PortForward'];
export const STREAM_RPCS: SessionRpc[] = ['Exec', 'Attach'];

/** A call of any of the three, as far as all are alike. */
export interface Call {
  request: {
    container_id?: string;
    pod_sandbox_id?: string;
    stdin?: boolean;
    stdout?: boolean;
    stderr?: boolean;
    tty?: boolean;
  };
  forward: (request?: object) => Promise<{ url: string }>;
}
/** The same handler for some of the RPCs. */
export function answering(
  rpcs: SessionRpc[],
  answer: (planting: Planting) => (call: Call) => Promise<{ url: string }>,
): Fault['plant'] {
  return (planting) => {
    const handler = answer(planting);
    return Object.fromEntries(rpcs.map((rpc) => [rpc, handler]));
  };
}

/** A session that is about to begin. */
export interface Opening {
  rpc: SessionRpc;
  /** Of Exec and Attach; '' for PortForward. */
  containerId: string;
  shown: () => void;
  /** Asks the runtime for one more URL, for the same request. */
  again: () => Promise<string>;
}

/** Handlers under which what passes in each session goes through filters of its own. */
export function relayed(
  { cri, shown, relay }: Planting,
  rpcs: SessionRpc[],
  filters: (opening: Opening) => Filters,
): Handlers {
  interface Call {
    request: { container_id?: string; port?: number[] };
    forward: () => Promise<{ url: string }>;
  }
  const handler =
    (rpc: SessionRpc) =>
    async ({ request, forward }: Call): Promise<{ url: string }> => {
      // A call of its own: the client's has been answered by then, and what is passed on ends with that.
      const ask: (request: object) => Promise<{ url: string }> = cri.runtime[rpc];
      const again = async (): Promise<string> => (await ask(request)).url;
      const ports = rpc === 'PortForward' ? { ports: request.port ?? [] } : {};
      const opening = { rpc, containerId: request.container_id ?? '', shown, again };
      return { url: await relay((await forward()).url, { ...ports, ...filters(opening) }) };
    };
  return Object.fromEntries(rpcs.map((rpc) => [rpc, handler(rpc)]));
}

/** A fault in what passes, without memory across sessions. */
export function inSessions(rpcs: SessionRpc[], filters: (opening: Opening) => Filters): Fault['plant'] {
  return (planting) => relayed(planting, rpcs, filters);
}

/** Makes faults of sessions of one RPC. */
export const faultOf =
  (rpc: SessionRpc) =>
  (id: string, title: string, filters: (shown: () => void) => Filters, more: Partial<Fault> = {}): Fault => ({
    id: `behaviour/${PREFIX[rpc]}-${id}`,
    title: `${rpc}: ${title}`,
    plant: inSessions([rpc], ({ shown }) => filters(shown)),
    ...more,
  });

const PREFIX: Record<SessionRpc, string> = { Exec: 'exec', Attach: 'attach', PortForward: 'port-forward' };

export type Look = (chunk: Chunk, session: Session) => Fate | Promise<Fate>;

/** In place of a chunk whose stream may end with it. */
export const NOTHING = Buffer.alloc(0);

/** Filters that look at the data of some streams. The fault has shown whenever not just that data passes. */
export function on(streams: StreamName[], shown: () => void, look: Look): Filters {
  return {
    chunk: async (chunk, session) => {
      if (!streams.includes(chunk.stream) || chunk.payload.length === 0) return 'pass';
      const fate = await look(chunk, session);
      if (fate !== 'pass' && !(Buffer.isBuffer(fate) && fate.equals(chunk.payload))) shown();
      return fate;
    },
  };
}

/** What a terminal is told of its size. */
export type Size = Record<'Width' | 'Height', number>;

/** Filters that give a terminal another size, or with undefined none. */
export function resizes(shown: () => void, change: (size: Size) => Size | undefined): Filters {
  return on(['resize'], shown, ({ payload }) => {
    const asked = JSON.parse(payload.toString()) as Size;
    const size = change(asked);
    if (size === undefined) return NOTHING;
    return isDeepStrictEqual(size, asked) ? 'pass' : Buffer.from(JSON.stringify(size));
  });
}

/** A container that runs in the same sandbox as another. */
export async function neighbour({ runtime }: Pick<Cri, 'runtime'>, id: string): Promise<string | undefined> {
  const running = { state: { state: 'CONTAINER_RUNNING' as const } };
  const { containers } = await runtime.ListContainers({ filter: running });
  const pod = containers.find((container) => container.id === id)?.pod_sandbox_id;
  return containers.find((container) => container.id !== id && container.pod_sandbox_id === pod)?.id;
}

/** A session serves no more than so many connections, one after the other too. */
export const servingInAll =
  (most: number) =>
  (shown: () => void): Filters => {
    const requests = new Set<string>();
    return {
      open: (headers) => {
        requests.add(headers.get('requestid') ?? '');
        if (requests.size <= most) return headers;
        shown();
        return 'refuse';
      },
    };
  };

/** A session that is silent for so many ms ends. */
export const endingWhenIdle =
  (ms: number) =>
  (shown: () => void): Filters => {
    let timer: NodeJS.Timeout | undefined;
    return {
      chunk: (_, session) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          shown();
          session.end();
        }, ms).unref();
        return 'pass';
      },
      end: () => {
        clearTimeout(timer);
        return 'pass';
      },
    };
  };
