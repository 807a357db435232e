import type { Fault, Handlers } from '../fault.js';
import type { Filters, Session } from '../relay/filters.js';
import { lastNamesake } from './relations.js';
import { changeRequest, stateOf, type Plant } from './shapes.js';
import { ALL, endingWhenIdle, inSessions, on, relayed, STREAM_RPCS, type SessionRpc } from './streaming-shapes.js';

/* Sessions and what they are sessions of: what the end of a container, a pod or a log means to them, and of whom. */

interface Live {
  of: string;
  session: Session;
}

/** Keeps account of the sessions that are on; the handlers may end some. */
export function tracked(
  rpcs: SessionRpc[],
  handlers: (planting: Parameters<Plant>[0], end: (when: (of: string) => boolean) => void) => Handlers,
): Plant {
  return (planting) => {
    const all = new Set<Live>();
    const follow = (of: string): Filters => {
      let own: Live | undefined;
      return {
        chunk: (_, session) => {
          own ??= { of, session };
          all.add(own);
          return 'pass';
        },
        end: () => {
          if (own !== undefined) all.delete(own);
          return 'pass';
        },
      };
    };
    interface Call {
      request: { container_id?: string; pod_sandbox_id?: string; port?: number[] };
      forward: () => Promise<{ url: string }>;
    }
    const open = async ({ request, forward }: Call): Promise<{ url: string }> => {
      const { container_id, pod_sandbox_id, port } = request;
      const filters = {
        ...(port === undefined ? {} : { ports: port }),
        ...follow(container_id ?? pod_sandbox_id ?? ''),
      };
      return { url: await planting.relay((await forward()).url, filters) };
    };
    const end = (when: (of: string) => boolean): void => {
      for (const { of, session } of all) {
        if (!when(of)) continue;
        planting.shown();
        session.end();
      }
    };
    return { ...Object.fromEntries(rpcs.map((rpc) => [rpc, open])), ...handlers(planting, end) };
  };
}

/** Keeps the end of a session, or of a connection, from the client if it comes when something is over. */
const endLost = (shown: () => void, over: () => Promise<boolean>): Filters => ({
  chunk: async ({ direction, last, stream }) => {
    if (direction === 'up' || !(last || stream === 'error') || !(await over())) return 'pass';
    shown();
    return 'drop';
  },
  end: async (direction) => {
    if (direction === 'up' || !(await over())) return 'pass';
    shown();
    return 'drop';
  },
});

/** Remembers the pods whose stop has begun: their sessions end before they are NOTREADY. */
function stops() {
  const stopping = new Set<string>();
  const StopPodSandbox: Handlers['StopPodSandbox'] = ({ request, forward }) => {
    stopping.add(request.pod_sandbox_id);
    return forward();
  };
  return { stopping, StopPodSandbox };
}

/** Remembers the containers that are being stopped or removed: their sessions end before they are EXITED. */
function endings() {
  const ending = new Set<string>();
  interface Call<T> {
    request: { container_id: string };
    forward: () => T;
  }
  const remember = <T>({ request, forward }: Call<T>): T => {
    ending.add(request.container_id);
    return forward();
  };
  return { ending, StopContainer: remember, RemoveContainer: remember };
}

const IDLE_MS = 30_000;

export const sessionContainerFaults: Fault[] = [
  {
    id: 'behaviour/sessions-survive-their-container',
    title: 'Exec, Attach: a session stays open when its container was killed',
    hangs: true,
    plant: (planting) => {
      const { ending, ...ends } = endings();
      const sessions = relayed(planting, STREAM_RPCS, ({ containerId, shown }) =>
        endLost(shown, () => Promise.resolve(ending.has(containerId))),
      );
      return { ...sessions, ...ends };
    },
  },
  {
    id: 'behaviour/exec-survives-its-pod',
    title: 'Exec: a session stays open when its pod was stopped',
    hangs: true,
    plant: (planting) => {
      const { stopping, StopPodSandbox } = stops();
      const isOver = async (id: string): Promise<boolean> => {
        const [own] = (await planting.cri.runtime.ListContainers({ filter: { id } })).containers;
        return own !== undefined && stopping.has(own.pod_sandbox_id);
      };
      const sessions = relayed(planting, ['Exec'], ({ containerId, shown }) =>
        endLost(shown, () => isOver(containerId)),
      );
      return { ...sessions, StopPodSandbox };
    },
  },
  {
    id: 'behaviour/exec-succeeds-when-container-dies',
    title: 'Exec: a command that died with its container is reported as a success',
    plant: (planting) => {
      const { ending, ...ends } = endings();
      const sessions = relayed(planting, ['Exec'], ({ containerId, shown }) =>
        on(['error'], shown, async () =>
          !ending.has(containerId) && (await stateOf(planting, containerId)) === 'CONTAINER_RUNNING'
            ? 'pass'
            : Buffer.from('{"metadata":{},"status":"Success"}'),
        ),
      );
      return { ...sessions, ...ends };
    },
  },
  {
    id: 'behaviour/exec-goes-by-name',
    title: 'Exec in a container that has ended runs in the next attempt',
    plant: changeRequest('Exec', async (request, { cri: { runtime } }) => {
      const { containers } = await runtime.ListContainers({});
      const own = containers.find(({ id }) => id === request.container_id);
      const next = containers.find(
        ({ state, pod_sandbox_id, metadata }) =>
          state === 'CONTAINER_RUNNING' &&
          pod_sandbox_id === own?.pod_sandbox_id &&
          metadata?.name === own.metadata?.name,
      );
      const goes = own?.state === 'CONTAINER_EXITED' && next !== undefined;
      return goes ? { ...request, container_id: next.id } : request;
    }),
  },
  {
    id: 'behaviour/port-forward-goes-by-name',
    title: 'PortForward to a stopped sandbox goes to the next one of the pod',
    plant: changeRequest('PortForward', async (request, { cri: { runtime } }) => {
      const { items } = await runtime.ListPodSandbox({});
      const own = items.find(({ id }) => id === request.pod_sandbox_id);
      const next = items.find(
        ({ state, metadata }) => state === 'SANDBOX_READY' && metadata?.uid === own?.metadata?.uid,
      );
      const goes = own?.state === 'SANDBOX_NOTREADY' && next !== undefined;
      return goes ? { ...request, pod_sandbox_id: next.id } : request;
    }),
  },
  {
    id: 'behaviour/sessions-end-with-neighbour',
    title: 'Exec, Attach: stopping a container ends the sessions of the others of its pod',
    plant: tracked(STREAM_RPCS, ({ cri }, end) => ({
      StopContainer: async ({ request: { container_id }, forward }) => {
        const answer = await forward();
        const { containers } = await cri.runtime.ListContainers({});
        const podOf = (of: string): string | undefined => containers.find(({ id }) => id === of)?.pod_sandbox_id;
        end((of) => of !== container_id && podOf(of) === podOf(container_id));
        return answer;
      },
    })),
  },
  {
    id: 'behaviour/port-forward-ends-with-container',
    title: 'PortForward: stopping one container of the pod ends the sessions',
    plant: tracked(['PortForward'], ({ cri }, end) => ({
      StopContainer: async ({ request, forward }) => {
        const answer = await forward();
        const { containers } = await cri.runtime.ListContainers({ filter: { id: request.container_id } });
        end((of) => of === containers[0]?.pod_sandbox_id);
        return answer;
      },
    })),
  },
  {
    id: 'behaviour/reopened-log-ends-sessions',
    title: 'Attach: ReopenContainerLog ends the sessions of the container',
    plant: tracked(['Attach'], (_, end) => ({
      ReopenContainerLog: async ({ request, forward }) => {
        const answer = await forward();
        end((of) => of === request.container_id);
        return answer;
      },
    })),
  },
  {
    id: 'behaviour/port-forward-goes-on-after-stop',
    title: 'PortForward: a connection stays open when its pod has been stopped',
    hangs: true,
    plant: ({ relay, shown }) => {
      const { stopping, StopPodSandbox } = stops();
      return {
        StopPodSandbox,
        PortForward: async ({ request: { pod_sandbox_id: id, port }, forward }) => {
          const filters = endLost(shown, () => Promise.resolve(stopping.has(id)));
          return { url: await relay((await forward()).url, { ports: port, ...filters }) };
        },
      };
    },
  },
  {
    id: 'behaviour/sessions-end-when-idle',
    title: 'a session without traffic for half a minute ends',
    plant: inSessions(ALL, ({ shown }) => endingWhenIdle(IDLE_MS)(shown)),
  },
  {
    id: 'behaviour/update-ends-sessions',
    title: 'Exec, Attach: UpdateContainerResources ends the sessions of the container',
    plant: tracked(STREAM_RPCS, (_, end) => ({
      UpdateContainerResources: async ({ request, forward }) => {
        const answer = await forward();
        end((of) => of === request.container_id);
        return answer;
      },
    })),
  },
  {
    id: 'behaviour/exec-shows-at-attach',
    title: 'Exec: what commands print comes on the attach sessions of the container, too',
    plant: (planting) => {
      const attached = new Map<Session, string>();
      return {
        ...relayed(planting, ['Attach'], ({ containerId }) => ({
          chunk: (_, session) => {
            attached.set(session, containerId);
            return 'pass';
          },
          end: (_, session) => {
            attached.delete(session);
            return 'pass';
          },
        })),
        ...relayed(planting, ['Exec'], ({ containerId, shown }) => ({
          chunk: (chunk) => {
            if (chunk.stream !== 'stdout') return 'pass';
            for (const [session, of] of attached) {
              if (of !== containerId) continue;
              shown();
              session.send('down', { ...chunk, last: false });
            }
            return 'pass';
          },
        })),
      };
    },
  },
  ...STREAM_RPCS.map((rpc) => ({
    id: `behaviour/${rpc.toLowerCase()}-to-namesake`,
    title: `${rpc}: of running containers of one name in several pods, the one made last gets all sessions`,
    plant: changeRequest(rpc as 'Exec', async (request, { cri }) => {
      const filter = { state: { state: 'CONTAINER_RUNNING' as const } };
      const { containers } = await cri.runtime.ListContainers({ filter });
      return { ...request, container_id: lastNamesake(request.container_id, containers) };
    }),
  })),
];
