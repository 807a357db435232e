import type { Container, ContainerConfig, PodSandbox } from '../../client/generated/types.js';
import { Refusal, type Planting } from '../fault.js';
import { handling, pause, together, type Answer, type Asked, type Call, type Plant, type UnaryRpc } from './shapes.js';

/* Who is related to whom in the real runtime, and calls that overlap. */

/** A container as it is listed; undefined if the real runtime has none of that id. */
export async function listedOf({ cri }: Planting, id: string): Promise<Container | undefined> {
  return (await cri.runtime.ListContainers({ filter: { id } })).containers[0];
}

/** The other containers of the pod that a container is in, as far as they have to do with it. */
export async function siblingsOf(
  planting: Planting,
  id: string,
  related: (other: Container, own: Container) => boolean = () => true,
): Promise<Container[]> {
  const own = await listedOf(planting, id);
  if (own === undefined) return [];
  const filter = { pod_sandbox_id: own.pod_sandbox_id };
  const { containers } = await planting.cri.runtime.ListContainers({ filter });
  return containers.filter((other) => other.id !== own.id && related(other, own));
}

const sameName = (other: Container, own: Container): boolean => other.metadata?.name === own.metadata?.name;

export const attemptOf = ({ metadata }: { metadata: { attempt: number } | null }): number => metadata?.attempt ?? 0;

/** A container by its pod and name, whatever its attempt. */
export const namedIn = (pod: string, metadata: Container['metadata']): string => `${pod} ${metadata?.name}`;

/** The other attempts of a container. */
export function attemptsOf(planting: Planting, id: string): Promise<Container[]> {
  return siblingsOf(planting, id, sameName);
}

/** The attempts before a container. */
export function attemptsBefore(planting: Planting, id: string): Promise<Container[]> {
  return siblingsOf(planting, id, (other, own) => sameName(other, own) && attemptOf(other) < attemptOf(own));
}

/** The pod that a sandbox is of. */
export const podKey = ({ metadata }: Pick<PodSandbox, 'metadata'>): string => `${metadata?.uid} ${metadata?.name}`;

/** Whether two sandboxes are of one pod. */
export const ofOnePod = (one: PodSandbox, other: PodSandbox): boolean => podKey(one) === podKey(other);

/** The other sandboxes of a pod. */
export async function sandboxAttemptsOf({ cri }: Planting, id: string): Promise<PodSandbox[]> {
  const { items } = await cri.runtime.ListPodSandbox({});
  const own = items.find((item) => item.id === id);
  return own === undefined ? [] : items.filter((item) => item.id !== id && ofOnePod(item, own));
}

/** The id of the one made last that has the name of another, be it in another pod or namespace, or of that one itself. */
export function lastNamesake(id: string, all: readonly (Container | PodSandbox)[]): string {
  const own = all.find((item) => item.id === id);
  const named = all.filter(({ metadata }) => own !== undefined && metadata?.name === own.metadata?.name);
  return named.sort((one, other) => (one.created_at < other.created_at ? 1 : -1))[0]?.id ?? id;
}

/** A call that another one of the same RPC overlaps. */
export interface Earlier<Name extends UnaryRpc> {
  request: Asked<Name>;
  answer: Promise<Answer<Name>>;
}

/** What becomes of a call that begins while another one of the same RPC is under way. */
export function overlapping<Name extends UnaryRpc>(
  rpc: Name,
  later: (earlier: Earlier<Name>, call: Call<Name>, planting: Planting) => Promise<Answer<Name>>,
): Plant {
  return (planting) => {
    const under = new Set<Earlier<Name>>();
    return handling(rpc, async (call) => {
      const earlier = [...under].at(-1);
      const answer = earlier === undefined ? call.forward() : later(earlier, call, planting);
      const own = { request: call.request, answer };
      under.add(own);
      try {
        return await answer;
      } finally {
        under.delete(own);
      }
    })(planting);
  };
}

/** Of calls about different things that overlap, the later one says OK and does nothing. */
export function laterLost<Name extends UnaryRpc>(rpc: Name, idOf: (request: Asked<Name>) => string): Plant {
  return overlapping<Name>(rpc, ({ request }, call, { shown }) => {
    if (idOf(request) === idOf(call.request)) return call.forward();
    shown();
    return Promise.resolve({} as Answer<Name>);
  });
}

/** How much longer than the call itself the time is in which it counts as under way: a list is to fall into it. */
const LINGERS_MS = 150;

/** A list is NotFound while a call of the RPC is under way. */
export function failingDuring(rpc: UnaryRpc, list: 'ListContainers' | 'ListPodSandbox', details: string): Plant {
  return (planting) => {
    let busy = 0;
    return together(
      handling(rpc, async ({ forward, signal }) => {
        busy += 1;
        try {
          const answer = await forward();
          await pause(LINGERS_MS, signal);
          return answer;
        } finally {
          busy -= 1;
        }
      }),
      handling(list, ({ forward }, { shown }) => {
        if (busy === 0) return forward();
        shown();
        throw new Refusal('NOT_FOUND', details);
      }),
    )(planting);
  };
}

/** For faults that go by how many ms ago a sandbox or container was made: Infinity before the fault was planted. */
export function knowingAge(
  rpc: 'RunPodSandbox' | 'CreateContainer',
  plant: (ageOf: (id: string) => number) => Plant,
): Plant {
  return (planting) => {
    const born = new Map<string, number>();
    return together(
      handling(rpc, async ({ forward }) => {
        const answer = await forward();
        born.set('container_id' in answer ? answer.container_id : answer.pod_sandbox_id, performance.now());
        return answer;
      }),
      plant((id) => performance.now() - (born.get(id) ?? -Infinity)),
    )(planting);
  };
}

/** For faults of containers whose config says something: which of those that were made since it was planted. */
export function knowingConfig(
  says: (config: ContainerConfig) => boolean,
  plant: (isOne: (id: string) => boolean) => Plant,
): Plant {
  return (planting) => {
    const ones = new Set<string>();
    return together(
      handling('CreateContainer', async ({ request: { config }, forward }) => {
        const answer = await forward();
        if (config !== null && says(config)) ones.add(answer.container_id);
        return answer;
      }),
      plant((id) => ones.has(id)),
    )(planting);
  };
}

/** Notes every sandbox that is to be stopped or removed, before it is. */
export function notingEnds(note: (sandbox: string) => void): Plant {
  const noting = (rpc: 'StopPodSandbox' | 'RemovePodSandbox'): Plant =>
    handling(rpc, ({ request, forward }) => {
      note(request.pod_sandbox_id);
      return forward();
    });
  return together(noting('StopPodSandbox'), noting('RemovePodSandbox'));
}
