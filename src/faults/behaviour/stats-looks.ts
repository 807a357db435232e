import type { ContainerStats, MemoryUsage, NetworkInterfaceUsage, ProcessUsage } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { attemptsBefore } from './relations.js';
import { changeAnswer, handling, together } from './shapes.js';
import { changeCpu, changeMemory, changePodStats, firstSeen, growth, scaled } from './stats-facts.js';

/* Figures that are right at the first look and wrong at the next one. */

export const statsLookFaults: Fault[] = [
  {
    id: 'behaviour/stats-list-of-look-before',
    title: 'ListContainerStats has the CPU time and memory of the look before under timestamps of now',
    plant: (planting) => {
      const before = new Map<string, ContainerStats>();
      return changeAnswer('ListContainerStats', ({ stats }) => ({
        stats: stats.map((entry) => {
          const id = entry.attributes?.id ?? '';
          const last = before.get(id) ?? entry;
          before.set(id, entry);
          const { cpu, memory } = entry;
          return {
            ...entry,
            cpu: cpu && { ...(last.cpu ?? cpu), timestamp: cpu.timestamp },
            memory: memory && { ...(last.memory ?? memory), timestamp: memory.timestamp },
          };
        }),
      }))(planting);
    },
  },
  {
    id: 'behaviour/stats-memory-of-first-look',
    title: 'figures of memory are those of the first look, under timestamps of now and beside CPU time that moves',
    plant: (planting) => {
      const first = firstSeen<MemoryUsage>();
      return changeMemory((memory, id) => ({ ...first(id, memory), timestamp: memory.timestamp }))(planting);
    },
  },
  {
    id: 'behaviour/stats-page-faults-since-look',
    title: 'page_faults counts from the look before',
    plant: (planting) => {
      const since = growth();
      return changeMemory(({ page_faults }, id) => ({ page_faults: scaled(page_faults, (value) => since(id, value)) }))(
        planting,
      );
    },
  },
  {
    id: 'behaviour/pod-stats-processes-of-first-look',
    title: 'process_count of a pod is that of the first look',
    plant: (planting) => {
      const first = firstSeen<ProcessUsage>();
      return changePodStats(({ process }, id) => ({
        process: process && { ...first(id, process), timestamp: process.timestamp },
      }))(planting);
    },
  },
  {
    id: 'behaviour/pod-stats-traffic-since-look',
    title: 'received and sent bytes of a pod count from the look before',
    plant: (planting) => {
      const [received, sent] = [growth(), growth()];
      const counted = (id: string, usage: NetworkInterfaceUsage): NetworkInterfaceUsage => ({
        ...usage,
        rx_bytes: scaled(usage.rx_bytes, (value) => received(id, value)),
        tx_bytes: scaled(usage.tx_bytes, (value) => sent(id, value)),
      });
      return changePodStats(({ network }, id) => ({
        network: network && {
          ...network,
          default_interface: network.default_interface && counted(id, network.default_interface),
        },
      }))(planting);
    },
  },
  {
    id: 'behaviour/stats-available-of-old-limit',
    title: 'available_bytes goes on to be counted from the limit that the container was created with',
    plant: (planting) => {
      const limits = new Map<string, bigint>();
      return together(
        handling('UpdateContainerResources', async ({ request: { container_id }, forward }, { cri }) => {
          const { stats } = await cri.runtime.ContainerStats({ container_id }).catch(() => ({ stats: null }));
          const { available_bytes: available, working_set_bytes: used } = stats?.memory ?? {};
          if (!limits.has(container_id) && available && used) limits.set(container_id, available.value + used.value);
          return forward();
        }),
        changeMemory(({ available_bytes, working_set_bytes: used }, id) => ({
          available_bytes: scaled(
            available_bytes,
            (value) => (limits.get(id) ?? value + (used?.value ?? 0n)) - (used?.value ?? 0n),
          ),
        })),
      )(planting);
    },
  },
  {
    id: 'behaviour/stats-cpu-of-attempts-before',
    title: 'usage_core_nano_seconds of a container counts that of its earlier attempts as well',
    plant: changeCpu(async ({ usage_core_nano_seconds: time }, id, planting) => {
      let before = 0n;
      for (const { id: container_id } of await attemptsBefore(planting, id)) {
        const { stats } = await planting.cri.runtime.ContainerStats({ container_id }).catch(() => ({ stats: null }));
        before += stats?.cpu?.usage_core_nano_seconds?.value ?? 0n;
      }
      return { usage_core_nano_seconds: scaled(time, (value) => value + before) };
    }),
  },
  {
    id: 'behaviour/stats-memory-timestamp-constant',
    title: 'the timestamp of the memory of a container is that of the first look',
    plant: (planting) => {
      const first = firstSeen<bigint>();
      return changeMemory(({ timestamp }, id) => ({ timestamp: first(id, timestamp) }))(planting);
    },
  },
];
