import type { ContainerStats, PodSandboxStats } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { listedOf } from './relations.js';
import { changeAnswer, handling, together } from './shapes.js';
import { changePodStats } from './stats-facts.js';

/* Figures of what is gone, of the whole for its part, and of another pod. */

const GONE_MS = 3_000;

export const statsPartFaults: Fault[] = [
  {
    id: 'behaviour/stats-list-keeps-removed',
    title: 'ListContainerStats without a filter still has a container for a while after RemoveContainer',
    plant: (planting) => {
      const gone: { at: number; stats: ContainerStats }[] = [];
      return together(
        handling('RemoveContainer', async ({ request: { container_id }, forward }, { cri }) => {
          const last = await cri.runtime.ContainerStats({ container_id }).catch(() => undefined);
          const answer = await forward();
          if (last?.stats) gone.push({ at: Date.now(), stats: last.stats });
          return answer;
        }),
        changeAnswer('ListContainerStats', ({ stats }, { filter }) => {
          const kept = gone.filter(({ at }) => Date.now() - at < GONE_MS).map((entry) => entry.stats);
          const asked =
            filter !== null && (filter.id || filter.pod_sandbox_id || Object.keys(filter.label_selector).length);
          return { stats: asked ? stats : [...stats, ...kept] };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/pod-stats-list-keeps-removed',
    title: 'ListPodSandboxStats without a filter still has a sandbox for a while after RemovePodSandbox',
    plant: (planting) => {
      const last = new Map<string, PodSandboxStats>();
      const gone = new Map<string, number>();
      const keep = async (pod_sandbox_id: string): Promise<void> => {
        const { stats } = await planting.cri.runtime.PodSandboxStats({ pod_sandbox_id }).catch(() => ({ stats: null }));
        if (stats !== null) last.set(pod_sandbox_id, stats);
      };
      return together(
        handling('StopPodSandbox', async ({ request, forward }) => {
          await keep(request.pod_sandbox_id);
          return forward();
        }),
        handling('RemovePodSandbox', async ({ request, forward }) => {
          await keep(request.pod_sandbox_id);
          const answer = await forward();
          gone.set(request.pod_sandbox_id, Date.now());
          return answer;
        }),
        changeAnswer('ListPodSandboxStats', ({ stats }, { filter }) => {
          if (filter !== null && (filter.id !== '' || Object.keys(filter.label_selector).length > 0)) return { stats };
          const kept = [...last].filter(([id]) => Date.now() - (gone.get(id) ?? 0) < GONE_MS).map(([, entry]) => entry);
          return { stats: [...stats, ...kept] };
        }),
      )(planting);
    },
  },
  {
    id: 'behaviour/pod-cpu-falls-with-containers',
    title: 'usage_core_nano_seconds of a pod loses that of a container that ends',
    plant: (planting) => {
      const seen = new Map<string, Map<string, bigint>>();
      return changePodStats(({ cpu, containers }, pod) => {
        const known = seen.get(pod) ?? new Map<string, bigint>();
        seen.set(pod, known);
        const ids = new Set(containers.map(({ attributes }) => attributes?.id));
        for (const { attributes, cpu: own } of containers) {
          known.set(attributes?.id ?? '', own?.usage_core_nano_seconds?.value ?? 0n);
        }
        const lost = [...known].reduce((sum, [id, value]) => (ids.has(id) ? sum : sum + value), 0n);
        const usage = cpu?.usage_core_nano_seconds;
        return cpu && usage ? { cpu: { ...cpu, usage_core_nano_seconds: { value: usage.value - lost } } } : {};
      })(planting);
    },
  },
  {
    id: 'behaviour/pod-stats-containers-have-figures-of-pod',
    title: 'every entry of linux.containers has CPU time and memory of the pod',
    plant: changePodStats(({ cpu, memory, containers }) => ({
      containers: containers.map((container) => ({ ...container, cpu, memory })),
    })),
  },
  {
    id: 'behaviour/pod-stats-count-containers',
    title: 'process_count of a pod is the number of its running containers, and one for the sandbox',
    plant: changePodStats(({ process, containers }) => ({
      process: process && { ...process, process_count: { value: BigInt(containers.length + 1) } },
    })),
  },
  {
    id: 'behaviour/pod-network-of-oldest-pod',
    title: 'network of the stats of every pod is that of the oldest one which has a network of its own',
    plant: changePodStats(async ({ network }, id, { cri }) => {
      const { items } = await cri.runtime.ListPodSandbox({ filter: { state: { state: 'SANDBOX_READY' } } });
      for (const pod of items.sort((a, b) => (a.created_at < b.created_at ? -1 : 1))) {
        if (pod.id === id) break;
        const { stats } = await cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id }).catch(() => ({ stats: null }));
        if (stats?.linux?.network) return { network: stats.linux.network };
      }
      return { network };
    }),
  },
  {
    id: 'behaviour/pod-stats-list-in-microseconds',
    title: 'usage_core_nano_seconds of pods is in microseconds in ListPodSandboxStats, and only there',
    plant: changeAnswer('ListPodSandboxStats', ({ stats }) => ({
      stats: stats.map((entry) => {
        const usage = entry.linux?.cpu?.usage_core_nano_seconds;
        if (!entry.linux?.cpu || !usage) return entry;
        const cpu = { ...entry.linux.cpu, usage_core_nano_seconds: { value: usage.value / 1000n } };
        return { ...entry, linux: { ...entry.linux, cpu } };
      }),
    })),
  },
  {
    id: 'behaviour/pod-stats-keep-removed-containers',
    title: 'linux.containers of the stats of a pod keeps containers that were removed, as they were last seen',
    plant: (planting) => {
      const seen = new Map<string, Map<string, ContainerStats>>();
      return changePodStats(async ({ containers }, pod, planting) => {
        const known = seen.get(pod) ?? new Map<string, ContainerStats>();
        seen.set(pod, known);
        for (const entry of containers) known.set(entry.attributes?.id ?? '', entry);
        const now = new Set(containers.map(({ attributes }) => attributes?.id));
        const gone: ContainerStats[] = [];
        for (const [id, entry] of known) {
          if (!now.has(id) && (await listedOf(planting, id)) === undefined) gone.push(entry);
        }
        return { containers: [...containers, ...gone] };
      })(planting);
    },
  },
];
