import type { Container } from '../../src/kit/index.js';
import { check } from '../../src/kit/index.js';

/** Limits of a container's cgroup as a process inside reads them; undefined where the cgroup version has no such file. */
export interface CgroupLimits {
  /** Bytes; null for no limit. */
  memory: bigint | null;
  /** Memory and swap together, in bytes; null for no limit, undefined where the kernel does not account for swap. */
  memoryAndSwap: bigint | null | undefined;
  /** Microseconds per period; null for no limit. */
  cpuQuota: number | null;
  /** Microseconds. */
  cpuPeriod: number;
  /** cgroup v1 only. */
  cpuShares: number | undefined;
  /** cgroup v2 only. */
  cpuWeight: number | undefined;
  /** List notation, such as `0-1`. */
  cpuset: string;
}

const V1 = {
  memory: 'memory/memory.limit_in_bytes',
  memsw: 'memory/memory.memsw.limit_in_bytes',
  quota: 'cpu/cpu.cfs_quota_us',
  period: 'cpu/cpu.cfs_period_us',
  shares: 'cpu/cpu.shares',
  cpuset: 'cpuset/cpuset.cpus',
};
const V2 = {
  memory: 'memory.max',
  swap: 'memory.swap.max',
  cpu: 'cpu.max',
  weight: 'cpu.weight',
  cpuset: 'cpuset.cpus',
};

/** cgroup v1 has no word for "no limit" but a number near 2^63. */
const UNLIMITED_V1 = 1n << 62n;

/** Reads the container's limits from the cgroup file system that every container sees its own part of. */
export async function cgroupLimits(container: Pick<Container, 'shell'>): Promise<CgroupLimits> {
  const files = [...Object.values(V1), ...Object.values(V2)].join(' ');
  const script = `cd /sys/fs/cgroup && for f in ${files}; do [ -r $f ] && echo "$f $(cat $f)"; done; true`;
  const lines = (await container.shell(script)).split('\n');
  const values = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
  return values.has(V1.memory) ? limitsV1(values) : limitsV2(values);
}

/** The CPUs that a container may use, as the kernel lists them, such as `0-3,8`. */
export async function usableCpus(container: Pick<Container, 'output'>): Promise<string> {
  return container.output(['/bin/sed', '-n', 's/^Cpus_allowed_list:[[:space:]]*//p', '/proc/self/status']);
}

/** The same CPUs, each by its number: `0,1,2,3,8`. */
export function oneByOne(cpus: string): string {
  const numbers = cpus.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return numbers.join(',');
}

/** CPU time of the container in ns, from its own cgroup. */
export async function cgroupCpuTime(container: Pick<Container, 'shell'>): Promise<bigint> {
  const script = 'cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || grep ^usage_usec /sys/fs/cgroup/cpu.stat';
  const text = await container.shell(script);
  const [, micros] = /^usage_usec (\d+)/.exec(text) ?? [];
  return micros === undefined ? BigInt(text.trim()) : BigInt(micros) * 1000n;
}

/** Bytes of cached files that the kernel gives up first, from the container's own cgroup. */
export async function cgroupInactiveFile(container: Pick<Container, 'shell'>): Promise<bigint> {
  const text = await container.shell('cd /sys/fs/cgroup; cat memory/memory.stat 2>/dev/null || cat memory.stat');
  const [, bytes] = /^total_inactive_file (\d+)$/m.exec(text) ?? /^inactive_file (\d+)$/m.exec(text) ?? [];
  return BigInt(check.present(bytes, 'memory.stat of the container has inactive_file'));
}

function limitsV1(values: ReadonlyMap<string, string>): CgroupLimits {
  const bytes = (file: string): bigint | null => {
    const text = values.get(file);
    return text === undefined || BigInt(text) >= UNLIMITED_V1 ? null : BigInt(text);
  };
  const quota = Number(needed(values, V1.quota));
  return {
    memory: bytes(V1.memory),
    memoryAndSwap: values.has(V1.memsw) ? bytes(V1.memsw) : undefined,
    cpuQuota: quota < 0 ? null : quota,
    cpuPeriod: Number(needed(values, V1.period)),
    cpuShares: Number(needed(values, V1.shares)),
    cpuWeight: undefined,
    cpuset: needed(values, V1.cpuset),
  };
}

function limitsV2(values: ReadonlyMap<string, string>): CgroupLimits {
  const bytes = (file: string): bigint | null => {
    const text = values.get(file) ?? 'max';
    return text === 'max' ? null : BigInt(text);
  };
  const [quota = 'max', period = ''] = needed(values, V2.cpu).split(' ');
  const memory = bytes(V2.memory);
  const swap = bytes(V2.swap);
  return {
    memory,
    memoryAndSwap: values.has(V2.swap) ? (memory === null || swap === null ? null : memory + swap) : undefined,
    cpuQuota: quota === 'max' ? null : Number(quota),
    cpuPeriod: Number(period),
    cpuShares: undefined,
    cpuWeight: Number(needed(values, V2.weight)),
    // Empty: no set of its own. The file is missing where the controller is not passed on.
    cpuset: values.get(V2.cpuset) ?? '',
  };
}

function needed(values: ReadonlyMap<string, string>, file: string): string {
  return check.present(values.get(file), `the container can read ${file} of its cgroup below /sys/fs/cgroup`);
}
