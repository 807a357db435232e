import type { Fault, Planting } from '../fault.js';
import { Refusal } from '../fault.js';
import type { Filters, Part, Session } from '../relay/filters.js';
import { faultOf, neighbour, NOTHING, relayed } from './streaming-shapes.js';

/* What attach sessions are sessions of, and what they do to the container and to each other. */

const fault = faultOf('Attach');

/** The sessions that are open now, by container. */
export class Open {
  private readonly sessions = new Map<string, Set<Session>>();

  of(containerId: string): Set<Session> {
    const known = this.sessions.get(containerId) ?? new Set();
    this.sessions.set(containerId, known);
    return known;
  }

  /** Filters that keep count; `first` is called for a session's first data, before it counts. */
  counting(containerId: string, first: (others: Set<Session>, session: Session) => void): Filters {
    const open = this.of(containerId);
    let self: Session | undefined;
    return {
      chunk: (_chunk, session) => {
        if (self === undefined) {
          self = session;
          first(open, session);
          open.add(session);
        }
        return 'pass';
      },
      end: () => {
        if (self !== undefined) open.delete(self);
        return 'pass';
      },
    };
  }
}

const leaves = (happens: (planting: Planting, containerId: string) => Promise<unknown>) => (planting: Planting) =>
  relayed(planting, ['Attach'], ({ containerId, shown }) => {
    let over = false;
    return {
      end: async (direction) => {
        if (direction === 'up' && !over) {
          shown();
          await happens(planting, containerId).catch(() => undefined);
        }
        over = true;
        return 'pass' as const;
      },
    };
  });

export const attachFaults: Fault[] = [
  {
    id: 'behaviour/attach-is-exec',
    title: 'Attach: the session is one of a new shell',
    source: 'pelagos#403',
    plant: ({ shown, cri }) => ({
      Attach: ({ request }) => {
        shown();
        return cri.runtime.Exec({ ...request, cmd: ['/bin/sh'] });
      },
    }),
  },
  {
    id: 'behaviour/attach-to-other-container',
    title: 'Attach: the session is one of another container of the pod',
    plant: ({ shown, cri }) => ({
      Attach: async ({ request, forward }) => {
        const other = await neighbour(cri, request.container_id);
        if (other === undefined) return forward();
        shown();
        return forward({ ...request, container_id: other });
      },
    }),
  },
  {
    id: 'behaviour/attach-replays',
    title: 'Attach: what earlier sessions brought comes once more',
    plant: (planting) => {
      const past = new Map<string, Part[]>();
      return relayed(planting, ['Attach'], ({ containerId, shown }) => {
        const known = past.get(containerId) ?? [];
        past.set(containerId, known);
        const replay = known.slice();
        return {
          chunk: (chunk, session) => {
            for (const part of replay.splice(0)) {
              shown();
              session.send('down', part);
            }
            if (chunk.direction === 'down' && !chunk.last && chunk.stream !== 'error') known.push(chunk);
            return 'pass';
          },
        };
      });
    },
  },
  {
    id: 'behaviour/attach-end-closes-stdin',
    title: 'Attach: the end of a session closes stdin, although stdin_once is not set',
    source: 'containerd/cri#406',
    plant: ({ shown }) => ({
      CreateContainer: ({ request, forward }) => {
        const { config } = request;
        if (config?.stdin !== true || config.stdin_once) return forward();
        shown();
        return forward({ ...request, config: { ...config, stdin_once: true } });
      },
      Attach: ({ forward }) => forward(),
    }),
  },
  {
    id: 'behaviour/attach-leaves-stdin-open',
    title: 'Attach: the end of a session leaves stdin open, although stdin_once is set',
    plant: ({ shown }) => ({
      CreateContainer: ({ request, forward }) => {
        const { config } = request;
        if (config?.stdin !== true || !config.stdin_once) return forward();
        shown();
        return forward({ ...request, config: { ...config, stdin_once: false } });
      },
      Attach: ({ forward }) => forward(),
    }),
  },
  {
    id: 'behaviour/attach-ends-earlier-session',
    title: 'Attach: a new session ends the ones before it',
    plant: (planting) => {
      const open = new Open();
      return relayed(planting, ['Attach'], ({ containerId, shown }) =>
        open.counting(containerId, (others) => {
          for (const other of others) {
            shown();
            other.end();
          }
        }),
      );
    },
  },
  {
    id: 'behaviour/attach-one-at-a-time',
    title: 'Attach: a second session at the same time is refused',
    plant: (planting) => {
      const open = new Open();
      return relayed(planting, ['Attach'], ({ containerId, shown }) => ({
        connect: () => {
          if (open.of(containerId).size === 0) return true;
          shown();
          return 409;
        },
        ...open.counting(containerId, () => undefined),
      }));
    },
  },
  {
    id: 'behaviour/attach-once',
    title: 'Attach: a container that had a session is refused another',
    plant: ({ shown }) => {
      const seen = new Set<string>();
      return {
        Attach: ({ request, forward }) => {
          if (!seen.has(request.container_id)) {
            seen.add(request.container_id);
            return forward();
          }
          shown();
          return Promise.reject(new Refusal('FAILED_PRECONDITION', 'already attached'));
        },
      };
    },
  },
  {
    id: 'behaviour/attach-newest-takes-output',
    title: 'Attach: of several sessions only the newest gets output',
    plant: (planting) => {
      const newest = new Map<string, Session>();
      return relayed(planting, ['Attach'], ({ containerId, shown }) => {
        let self: Session | undefined;
        return {
          chunk: ({ direction, payload, last }, session) => {
            if (self === undefined) newest.set(containerId, session);
            self = session;
            if (newest.get(containerId) === session || direction === 'up' || last || payload.length === 0)
              return 'pass';
            shown();
            return NOTHING;
          },
        };
      });
    },
  },
  {
    id: 'behaviour/attach-doubles-output',
    title: 'Attach: with several sessions each gets output as often as there are sessions',
    plant: (planting) => {
      const open = new Open();
      return relayed(planting, ['Attach'], ({ containerId, shown }) => {
        const counting = open.counting(containerId, () => undefined);
        return {
          ...counting,
          chunk: async (chunk, session) => {
            await counting.chunk?.(chunk, session);
            const { size } = open.of(containerId);
            if (size < 2 || chunk.direction === 'up' || chunk.last || chunk.stream === 'error') return 'pass';
            shown();
            return Array.from({ length: size }, () => chunk);
          },
        };
      });
    },
  },
  {
    id: 'behaviour/attach-end-ends-others',
    title: 'Attach: a session that leaves ends the others',
    plant: (planting) => {
      const open = new Open();
      return relayed(planting, ['Attach'], ({ containerId, shown }) => ({
        ...open.counting(containerId, () => undefined),
        end: (direction, session) => {
          const others = open.of(containerId);
          others.delete(session);
          if (direction === 'up') {
            for (const other of others) {
              shown();
              other.end();
            }
          }
          return 'pass';
        },
      }));
    },
  },
  {
    id: 'behaviour/attach-end-kills',
    title: 'Attach: the container is killed when a session leaves',
    plant: leaves(({ cri }, container_id) => cri.runtime.StopContainer({ container_id, timeout: 0 })),
  },
  {
    id: 'behaviour/attach-end-terminates',
    title: 'Attach: the container is told to stop when a session leaves',
    plant: leaves(({ cri }, container_id) => cri.runtime.StopContainer({ container_id, timeout: 3 })),
  },
  fault('silent-ends', 'a session without output for 100 ms ends', (shown) => {
    let timer: NodeJS.Timeout | undefined;
    const watch = (session: Session): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        shown();
        session.end();
      }, 100);
    };
    return {
      chunk: ({ direction }, session) => {
        if (direction === 'down' || timer === undefined) watch(session);
        return 'pass';
      },
      end: () => {
        clearTimeout(timer);
        return 'pass';
      },
    };
  }),
  fault(
    'never-ends',
    'the session goes on when the container has ended',
    (shown) => ({
      chunk: ({ direction, stream, last }) => (direction === 'down' && (last || stream === 'error') ? 'drop' : 'pass'),
      end: (direction) => {
        if (direction === 'up') return 'pass';
        shown();
        return 'drop';
      },
    }),
    { hangs: true },
  ),
  fault('output-only-after-input', 'output comes only to sessions that have sent something', (shown) => {
    let typed = false;
    return {
      chunk: ({ direction, payload, last }) => {
        typed ||= direction === 'up' && payload.length > 0;
        if (typed || direction === 'up' || last || payload.length === 0) return 'pass';
        shown();
        return NOTHING;
      },
    };
  }),
];
