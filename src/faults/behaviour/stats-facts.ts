import type {
  ContainerStats,
  CpuUsage,
  LinuxPodSandboxStats,
  MemoryUsage,
  NetworkUsage,
  UInt64Value,
} from '../../client/generated/types.js';
import type { Planting } from '../fault.js';
import { changeAnswer, handling, together, type Answer, type Asked, type Plant, type UnaryRpc } from './shapes.js';

/* What faults of statistics have in common. */

type Change<T> = (value: T, id: string, planting: Planting) => Partial<T> | Promise<Partial<T>>;

/** A figure changed; one that is not there stays so. */
export const scaled = (figure: UInt64Value | null, change: (value: bigint) => bigint): UInt64Value | null =>
  figure && { value: change(figure.value) };

async function changed(stats: ContainerStats, change: Change<ContainerStats>, planting: Planting) {
  return { ...stats, ...(await change(stats, stats.attributes?.id ?? '', planting)) };
}

/** Something of each container or pod as it was at the first look. */
export function firstSeen<T>(): (id: string, now: T) => T {
  const first = new Map<string, T>();
  return (id, now) => {
    const known = first.get(id) ?? now;
    first.set(id, known);
    return known;
  };
}

/** What a counter has grown by since it was last looked at. */
export function growth(): (id: string, now: bigint) => bigint {
  const before = new Map<string, bigint>();
  return (id, now) => {
    const last = before.get(id) ?? 0n;
    before.set(id, now);
    return now >= last ? now - last : now;
  };
}

/** In ContainerStats and ListContainerStats. */
export function changeStats(change: Change<ContainerStats>): Plant {
  return together(
    changeAnswer('ContainerStats', async (answer, _, planting) => ({
      stats: answer.stats && (await changed(answer.stats, change, planting)),
    })),
    changeAnswer('ListContainerStats', async ({ stats }, _, planting) => ({
      stats: await Promise.all(stats.map((entry) => changed(entry, change, planting))),
    })),
  );
}

export function changeCpu(change: Change<CpuUsage>): Plant {
  return changeStats(async ({ cpu }, id, planting) => ({
    cpu: cpu && { ...cpu, ...(await change(cpu, id, planting)) },
  }));
}

export function changeMemory(change: Change<MemoryUsage>): Plant {
  return changeStats(async ({ memory }, id, planting) => ({
    memory: memory && { ...memory, ...(await change(memory, id, planting)) },
  }));
}

/** Every figure of bytes. */
export function changeMemoryBytes(change: (value: bigint) => bigint): Plant {
  return changeMemory(({ working_set_bytes, available_bytes, usage_bytes, rss_bytes }) => ({
    working_set_bytes: scaled(working_set_bytes, change),
    available_bytes: scaled(available_bytes, change),
    usage_bytes: scaled(usage_bytes, change),
    rss_bytes: scaled(rss_bytes, change),
  }));
}

/** Which entries a list has. */
export function changeStatsList(change: (entries: ContainerStats[]) => ContainerStats[]): Plant {
  return changeAnswer('ListContainerStats', ({ stats }) => ({ stats: change(stats) }));
}

/** The running containers of the pod that a container is in, itself included. */
export async function statsOfPodOf(id: string, { cri }: Planting): Promise<ContainerStats[]> {
  const { containers } = await cri.runtime.ListContainers({ filter: { id } });
  const pod_sandbox_id = containers[0]?.pod_sandbox_id ?? '';
  return (await cri.runtime.ListContainerStats({ filter: { pod_sandbox_id } })).stats;
}

/** In PodSandboxStats and ListPodSandboxStats. */
export function changePodStats(change: Change<LinuxPodSandboxStats>): Plant {
  const changedPod = async (linux: LinuxPodSandboxStats | null, id: string, planting: Planting) =>
    linux && { ...linux, ...(await change(linux, id, planting)) };
  return together(
    changeAnswer('PodSandboxStats', async ({ stats }, { pod_sandbox_id }, planting) => ({
      stats: stats && { ...stats, linux: await changedPod(stats.linux, pod_sandbox_id, planting) },
    })),
    changeAnswer('ListPodSandboxStats', async ({ stats }, _, planting) => ({
      stats: await Promise.all(
        stats.map(async (entry) => ({
          ...entry,
          linux: await changedPod(entry.linux, entry.attributes?.id ?? '', planting),
        })),
      ),
    })),
  );
}

export function changeNetwork(change: (network: NetworkUsage) => Partial<NetworkUsage>): Plant {
  return changePodStats(({ network }) => ({ network: network && { ...network, ...change(network) } }));
}

/** What is refused by now is answered as it last was. */
export function lastAnswers<Name extends UnaryRpc>(rpc: Name, keyOf: (request: Asked<Name>) => string): Plant {
  return (planting) => {
    const last = new Map<string, Answer<Name>>();
    return handling(rpc, async ({ request, forward, signal }) => {
      try {
        const answer = await forward();
        last.set(keyOf(request), answer);
        return answer;
      } catch (error) {
        const known = last.get(keyOf(request));
        if (known === undefined || signal.aborted) throw error;
        planting.shown();
        return known;
      }
    })(planting);
  };
}
