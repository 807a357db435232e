import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Input } from '../../client/cri.js';
import { CriCallError, type GrpcCode } from '../../client/errors.js';
import type {
  Container,
  ContainerConfig,
  ContainerStatus,
  CreateContainerRequest,
  ImageService,
  LinuxContainerSecurityContext,
  LinuxSandboxSecurityContext,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  RuntimeService,
} from '../../client/generated/types.js';
import { Refusal, type Fault, type Handlers, type Planting, type ProxiedCall, type RpcName } from '../fault.js';

/* Shapes that many faults have. Each counts as shown only if what passes really differs. */

type Services = RuntimeService & ImageService;
export type UnaryRpc = { [Name in RpcName]: Services[Name]['stream'] extends true ? never : Name }[RpcName];
export type Asked<Name extends RpcName> = Services[Name]['request'];
export type Answer<Name extends RpcName> = Services[Name]['response'];
export type Call<Name extends UnaryRpc> = ProxiedCall<Asked<Name>, Promise<Answer<Name>>>;
/** What a handler may answer with: fields that it leaves out have their defaults. */
type Reply<Name extends RpcName> = Answer<Name> | Input<Answer<Name>>;
export type Plant = Fault['plant'];

/** Takes over one RPC. */
export function handling<Name extends UnaryRpc>(
  rpc: Name,
  handle: (call: Call<Name>, planting: Planting) => Promise<Reply<Name>>,
): Plant {
  return (planting) => ({ [rpc]: (call: Call<Name>) => handle(call, planting) });
}

/** Several at once; of two that take over the same RPC, the later one does. */
export function together(...plants: Plant[]): Plant {
  return (planting) => Object.assign({}, ...plants.map((plant) => plant(planting))) as Handlers;
}

/** Takes a request for another one. */
export function changeRequest<Name extends UnaryRpc>(
  rpc: Name,
  change: (request: Asked<Name>, planting: Planting) => Asked<Name> | Promise<Asked<Name>>,
): Plant {
  return handling(rpc, async ({ request, forward }, planting) => {
    const changed = await change(request, planting);
    if (isDeepStrictEqual(changed, request)) return forward();
    planting.shown();
    return forward(changed as Input<Asked<Name>>);
  });
}

/** Gives another answer than the right one, or throws a {@link Refusal}. */
export function changeAnswer<Name extends UnaryRpc>(
  rpc: Name,
  change: (answer: Answer<Name>, request: Asked<Name>, planting: Planting) => Answer<Name> | Promise<Answer<Name>>,
): Plant {
  return handling(rpc, async ({ request, forward }, planting) => {
    const answer = await forward();
    let changed;
    try {
      changed = await change(answer, request, planting);
    } catch (error) {
      planting.shown();
      throw error;
    }
    if (!isDeepStrictEqual(changed, answer)) planting.shown();
    return changed;
  });
}

/** Makes something else of a refusal: an answer, another error by throwing a {@link Refusal}, or undefined to keep it. */
export function changeRefusal<Name extends UnaryRpc>(
  rpc: Name,
  change: (
    error: CriCallError,
    call: Call<Name>,
    planting: Planting,
  ) => Promise<Reply<Name> | undefined> | Reply<Name> | undefined,
): Plant {
  return handling(rpc, async (call, planting) => {
    try {
      return await call.forward();
    } catch (error) {
      // What a client gave up was not refused.
      if (!(error instanceof CriCallError) || call.signal.aborted) throw error;
      let answer;
      try {
        answer = await change(error, call, planting);
      } catch (other) {
        planting.shown();
        throw other;
      }
      if (answer === undefined) throw error;
      planting.shown();
      return answer;
    }
  });
}

/** Refuses with another code than the right one. */
export function changeCode(rpc: UnaryRpc, from: GrpcCode, to: GrpcCode): Plant {
  return changeRefusal(rpc, ({ code, details }) => {
    if (code === from) throw new Refusal(to, details);
    return undefined;
  });
}

/** Refuses what has to be accepted. */
export function refuse<Name extends UnaryRpc>(
  rpc: Name,
  when: (request: Asked<Name>, planting: Planting) => boolean | Promise<boolean>,
  code: GrpcCode,
  details: string,
): Plant {
  return handling(rpc, async ({ request, forward }, planting) => {
    if (!(await when(request, planting))) return forward();
    planting.shown();
    throw new Refusal(code, details);
  });
}

/** Says OK and does nothing. */
export function doNothing<Name extends UnaryRpc>(
  rpc: Name,
  when: (request: Asked<Name>, planting: Planting) => boolean | Promise<boolean> = () => true,
): Plant {
  return handling(rpc, async ({ request, forward }, planting) => {
    if (!(await when(request, planting))) return forward();
    planting.shown();
    return {};
  });
}

/** Says OK at once and does it a little later, whatever becomes of it. */
export function doLater(rpc: UnaryRpc, afterMs: number): Plant {
  return handling(rpc, ({ request }, { cri, shown, defer }) => {
    shown();
    const call = { ...cri.runtime, ...cri.image }[rpc] as (request: object) => Promise<unknown>;
    const timer = setTimeout(() => void call(request).catch(() => undefined), afterMs);
    defer(() => clearTimeout(timer));
    return Promise.resolve({});
  });
}

/** Waits, and no longer than the client does. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/* Configs on their way in. */

export function changeContainer(
  change: (config: ContainerConfig, request: CreateContainerRequest) => Partial<ContainerConfig>,
): Plant {
  return changeRequest('CreateContainer', (request) => {
    const { config } = request;
    return config === null ? request : { ...request, config: { ...config, ...change(config, request) } };
  });
}

export function changeContainerSecurity(
  change: (
    context: LinuxContainerSecurityContext,
    config: ContainerConfig,
    request: CreateContainerRequest,
  ) => Partial<LinuxContainerSecurityContext>,
): Plant {
  return changeContainer((config, request) => {
    const context = config.linux?.security_context;
    if (!config.linux || !context) return {};
    return { linux: { ...config.linux, security_context: { ...context, ...change(context, config, request) } } };
  });
}

export function changePod(change: (config: PodSandboxConfig) => Partial<PodSandboxConfig>): Plant {
  return changeRequest('RunPodSandbox', (request) => {
    const { config } = request;
    return config === null ? request : { ...request, config: { ...config, ...change(config) } };
  });
}

export function changePodSecurity(
  change: (context: LinuxSandboxSecurityContext) => Partial<LinuxSandboxSecurityContext>,
): Plant {
  return changePod(({ linux }) => {
    const context = linux?.security_context;
    if (!linux || !context) return {};
    return { linux: { ...linux, security_context: { ...context, ...change(context) } } };
  });
}

/* Facts on their way out. */

type ContainerFacts = Pick<Container | ContainerStatus, keyof Container & keyof ContainerStatus>;
type PodFacts = Pick<PodSandbox | PodSandboxStatus, keyof PodSandbox & keyof PodSandboxStatus>;

export function changeContainerStatus(
  change: (status: ContainerStatus, planting: Planting) => Partial<ContainerStatus> | Promise<Partial<ContainerStatus>>,
): Plant {
  return changeAnswer('ContainerStatus', async (answer, _, planting) => {
    const { status } = answer;
    return status === null ? answer : { ...answer, status: { ...status, ...(await change(status, planting)) } };
  });
}

export function changeListedContainers(
  change: (item: Container, all: readonly Container[]) => Partial<Container>,
): Plant {
  return changeAnswer('ListContainers', ({ containers }) => ({
    containers: containers.map((item) => ({ ...item, ...change(item, containers) })),
  }));
}

/** In ContainerStatus and in ListContainers. */
export function changeContainerFacts(change: (facts: ContainerFacts) => Partial<ContainerFacts>): Plant {
  return together(changeContainerStatus(change), changeListedContainers(change));
}

export function changePodStatus(
  change: (status: PodSandboxStatus, planting: Planting) => Partial<PodSandboxStatus>,
): Plant {
  return changeAnswer('PodSandboxStatus', (answer, _, planting) => {
    const { status } = answer;
    return status === null ? answer : { ...answer, status: { ...status, ...change(status, planting) } };
  });
}

export function changeListedPods(change: (item: PodSandbox, all: readonly PodSandbox[]) => Partial<PodSandbox>): Plant {
  return changeAnswer('ListPodSandbox', ({ items }) => ({
    items: items.map((item) => ({ ...item, ...change(item, items) })),
  }));
}

/** In PodSandboxStatus and in ListPodSandbox. */
export function changePodFacts(change: (facts: PodFacts) => Partial<PodFacts>): Plant {
  return together(changePodStatus(change), changeListedPods(change));
}

/** Whether a container, listed or by its status, has ended. */
export const ended = ({ state }: { state: string }): boolean => state === 'CONTAINER_EXITED';

/** The state of a container in the real runtime; undefined if it has none of that id. */
export async function stateOf(planting: Planting, container_id: string): Promise<ContainerStatus['state'] | undefined> {
  try {
    return (await planting.cri.runtime.ContainerStatus({ container_id })).status?.state;
  } catch {
    return undefined;
  }
}

/** Takes a request that is refused for another one that is not; what that one is refused for too stays refused. */
export function acceptRepaired<Name extends UnaryRpc>(
  rpc: Name,
  repair: (request: Asked<Name>, error: CriCallError) => Asked<Name> | undefined,
): Plant {
  return changeRefusal(rpc, async (error, { request, forward }) => {
    const repaired = repair(request, error);
    if (repaired === undefined) return undefined;
    return forward(repaired as Input<Asked<Name>>).catch(() => undefined);
  });
}
