import type { ContainerStats } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import {
  changeCpu,
  changeMemory,
  changeMemoryBytes,
  changeStats,
  firstSeen,
  growth,
  scaled,
  statsOfPodOf,
} from './stats-facts.js';
import type { Plant } from './shapes.js';

/* Figures of containers: whose they are, in which unit, and whether they move. */

const total = (values: (bigint | undefined)[]): bigint =>
  values.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n);

const cpuTime = ({ cpu }: ContainerStats): bigint | undefined => cpu?.usage_core_nano_seconds?.value;
const workingSet = ({ memory }: ContainerStats): bigint | undefined => memory?.working_set_bytes?.value;

const cpuTimes = (change: (value: bigint) => bigint): Plant =>
  changeCpu(({ usage_core_nano_seconds: time }) => ({ usage_core_nano_seconds: scaled(time, change) }));

const nanoCores = (change: (value: bigint, cpuTime: bigint) => bigint): Plant =>
  changeCpu(({ usage_nano_cores, usage_core_nano_seconds: time }) => ({
    usage_nano_cores: scaled(usage_nano_cores, (value) => change(value, time?.value ?? 0n)),
  }));

export const statsValueFaults: Fault[] = [
  {
    id: 'behaviour/stats-cpu-in-microseconds',
    title: 'usage_core_nano_seconds is in microseconds',
    plant: cpuTimes((value) => value / 1_000n),
  },
  {
    id: 'behaviour/stats-cpu-in-milliseconds',
    title: 'usage_core_nano_seconds is in milliseconds',
    plant: cpuTimes((value) => value / 1_000_000n),
  },
  {
    id: 'behaviour/stats-cpu-constant',
    title: 'usage_core_nano_seconds is that of the first look',
    plant: (planting) => {
      const first = firstSeen<bigint>();
      return changeCpu(({ usage_core_nano_seconds: time }, id) => ({
        usage_core_nano_seconds: scaled(time, (value) => first(id, value)),
      }))(planting);
    },
  },
  {
    id: 'behaviour/stats-cpu-since-last-look',
    title: 'usage_core_nano_seconds counts from the look before',
    plant: (planting) => {
      const since = growth();
      return changeCpu(({ usage_core_nano_seconds: time }, id) => ({
        usage_core_nano_seconds: scaled(time, (value) => since(id, value)),
      }))(planting);
    },
  },
  {
    id: 'behaviour/stats-cpu-falls',
    title: 'usage_core_nano_seconds of every second look is a tenth lower',
    plant: (planting) => {
      const looks = new Map<string, number>();
      return changeCpu(({ usage_core_nano_seconds: time }, id) => {
        looks.set(id, (looks.get(id) ?? 0) + 1);
        const second = (looks.get(id) ?? 0) % 2 === 0;
        return { usage_core_nano_seconds: scaled(time, (value) => (second ? value - value / 10n : value)) };
      })(planting);
    },
  },
  {
    id: 'behaviour/stats-of-pod',
    title: 'every container reports CPU time and memory of its pod',
    source: 'cri-o#3580',
    plant: changeStats(async ({ cpu, memory }, id, planting) => {
      const all = await statsOfPodOf(id, planting);
      return {
        cpu: cpu && { ...cpu, usage_core_nano_seconds: { value: total(all.map(cpuTime)) } },
        memory: memory && { ...memory, working_set_bytes: { value: total(all.map(workingSet)) } },
      };
    }),
  },
  {
    id: 'behaviour/stats-of-another-container',
    title: 'every container reports the figures of the first one of its pod',
    plant: changeStats(async ({ attributes }, id, planting) => {
      const [first] = await statsOfPodOf(id, planting);
      return first === undefined ? {} : { ...first, attributes };
    }),
  },
  {
    id: 'behaviour/stats-frozen',
    title: 'figures and timestamps of a container are those of the first look',
    plant: (planting) => {
      const first = firstSeen<ContainerStats>();
      return changeStats((stats, id) => first(id, stats))(planting);
    },
  },
  {
    id: 'behaviour/stats-cpu-timestamp-constant',
    title: 'cpu.timestamp is that of the first look',
    plant: (planting) => {
      const first = firstSeen<bigint>();
      return changeCpu(({ timestamp }, id) => ({ timestamp: first(id, timestamp) }))(planting);
    },
  },
  {
    id: 'behaviour/stats-timestamps-in-seconds',
    title: 'timestamps of CPU and memory are in seconds',
    plant: changeStats(({ cpu, memory }) => ({
      cpu: cpu && { ...cpu, timestamp: cpu.timestamp / 10n ** 9n },
      memory: memory && { ...memory, timestamp: memory.timestamp / 10n ** 9n },
    })),
  },
  {
    id: 'behaviour/stats-memory-timestamp-in-milliseconds',
    title: 'memory.timestamp is in milliseconds',
    plant: changeMemory(({ timestamp }) => ({ timestamp: timestamp / 10n ** 6n })),
  },
  {
    id: 'behaviour/stats-nano-cores-in-millicores',
    title: 'usage_nano_cores is in thousandths of a core',
    plant: nanoCores((value) => value / 1_000_000n),
  },
  {
    id: 'behaviour/stats-nano-cores-in-percent',
    title: 'usage_nano_cores is in percent of a core',
    plant: nanoCores((value) => value / 10_000_000n),
  },
  {
    id: 'behaviour/stats-nano-cores-is-cpu-time',
    title: 'usage_nano_cores is the CPU time so far',
    plant: nanoCores((_, time) => time * 10n),
  },
  {
    id: 'behaviour/stats-nano-cores-of-all-cores',
    title: 'usage_nano_cores adds up windows of ten seconds',
    plant: nanoCores((value) => value * 10n),
  },
  {
    id: 'behaviour/stats-working-set-is-usage',
    title: 'working_set_bytes counts the file cache',
    source: 'cri-o#7354',
    plant: changeMemory(({ usage_bytes, working_set_bytes }) => ({
      working_set_bytes: usage_bytes ?? working_set_bytes,
    })),
  },
  {
    id: 'behaviour/stats-working-set-above-usage',
    title: 'working_set_bytes is twice usage_bytes',
    plant: changeMemory(({ usage_bytes, working_set_bytes }) => ({
      working_set_bytes: scaled(usage_bytes ?? working_set_bytes, (value) => value * 2n),
    })),
  },
  {
    id: 'behaviour/stats-working-set-is-rss',
    title: 'working_set_bytes is rss_bytes',
    plant: changeMemory(({ working_set_bytes, rss_bytes }) => ({ working_set_bytes: rss_bytes ?? working_set_bytes })),
  },
  {
    id: 'behaviour/stats-working-set-is-peak',
    title: 'working_set_bytes never falls',
    plant: (planting) => {
      const peaks = new Map<string, bigint>();
      return changeMemory(({ working_set_bytes }, id) => ({
        working_set_bytes: scaled(working_set_bytes, (value) => {
          const before = peaks.get(id) ?? 0n;
          const peak = value > before ? value : before;
          peaks.set(id, peak);
          return peak;
        }),
      }))(planting);
    },
  },
  {
    id: 'behaviour/stats-available-is-limit',
    title: 'available_bytes is the limit',
    plant: changeMemory(({ available_bytes, working_set_bytes }) => ({
      available_bytes: scaled(available_bytes, (value) => value + (working_set_bytes?.value ?? 0n)),
    })),
  },
  {
    id: 'behaviour/stats-available-is-limit-without-usage',
    title: 'available_bytes is the limit without usage_bytes',
    source: 'cri-o#7354',
    plant: changeMemory(({ available_bytes, working_set_bytes, usage_bytes }) => ({
      available_bytes: scaled(
        available_bytes,
        (value) => value + (working_set_bytes?.value ?? 0n) - (usage_bytes?.value ?? 0n),
      ),
    })),
  },
  {
    id: 'behaviour/stats-available-is-working-set',
    title: 'available_bytes is working_set_bytes',
    plant: changeMemory(({ working_set_bytes }) => ({ available_bytes: working_set_bytes })),
  },
  {
    id: 'behaviour/stats-rss-is-usage',
    title: 'rss_bytes is usage_bytes',
    source: 'cri-o#7354',
    plant: changeMemory(({ usage_bytes, rss_bytes }) => ({ rss_bytes: usage_bytes ?? rss_bytes })),
  },
  {
    id: 'behaviour/stats-usage-is-rss',
    title: 'usage_bytes is rss_bytes',
    plant: changeMemory(({ usage_bytes, rss_bytes }) => ({ usage_bytes: rss_bytes ?? usage_bytes })),
  },
  {
    id: 'behaviour/stats-memory-in-kib',
    title: 'figures of memory are in KiB',
    plant: changeMemoryBytes((value) => value / 1024n),
  },
  {
    id: 'behaviour/stats-memory-in-pages',
    title: 'figures of memory count pages of 4 KiB',
    plant: changeMemoryBytes((value) => value / 4096n),
  },
  {
    id: 'behaviour/stats-memory-is-0',
    title: 'figures of memory are 0',
    source: 'cri-dockerd#64',
    plant: changeMemoryBytes(() => 0n),
  },
  {
    id: 'behaviour/stats-page-faults-are-major-ones',
    title: 'page_faults counts major page faults',
    plant: changeMemory(({ major_page_faults }) => ({ page_faults: major_page_faults })),
  },
  {
    id: 'behaviour/stats-available-without-limit',
    title:
      'available_bytes of a container without a limit is what the kernel has for no limit, without the working set',
    plant: changeMemory(({ available_bytes, working_set_bytes: used }) =>
      available_bytes?.value ? {} : { available_bytes: { value: 2n ** 63n - 4096n - (used?.value ?? 0n) } },
    ),
  },
];
