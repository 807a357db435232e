import { expect, test } from 'vitest';
import { SpecViolation } from '../../../src/kit/violation.js';
import { cgroupCpuTime, cgroupLimits } from '../../../suites/shared/cgroup.js';

/** A container whose shell prints this: the text that the kernel's files have on either version of cgroups. */
const printing = (text: string): { shell: () => Promise<string> } => ({ shell: () => Promise.resolve(text) });

test('limits of cgroup v1', async () => {
  const text = [
    'memory/memory.limit_in_bytes 67108864',
    'memory/memory.memsw.limit_in_bytes 9223372036854771712',
    'cpu/cpu.cfs_quota_us -1',
    'cpu/cpu.cfs_period_us 100000',
    'cpu/cpu.shares 409',
    'cpuset/cpuset.cpus 0-1',
  ];
  expect(await cgroupLimits(printing(text.join('\n')))).toEqual({
    memory: 67_108_864n,
    memoryAndSwap: null,
    cpuQuota: null,
    cpuPeriod: 100_000,
    cpuShares: 409,
    cpuWeight: undefined,
    cpuset: '0-1',
  });
});

test('limits of cgroup v2, where swap is counted apart from memory', async () => {
  const text = ['memory.max 67108864', 'memory.swap.max 0', 'cpu.max 40000 100000', 'cpu.weight 16', 'cpuset.cpus '];
  expect(await cgroupLimits(printing(text.join('\n')))).toEqual({
    memory: 67_108_864n,
    memoryAndSwap: 67_108_864n,
    cpuQuota: 40_000,
    cpuPeriod: 100_000,
    cpuShares: undefined,
    cpuWeight: 16,
    cpuset: '',
  });
});

test('no limits on cgroup v2', async () => {
  const text = 'memory.max max\nmemory.swap.max max\ncpu.max max 100000\ncpu.weight 100\ncpuset.cpus 0';
  const { memory, memoryAndSwap, cpuQuota } = await cgroupLimits(printing(text));
  expect({ memory, memoryAndSwap, cpuQuota }).toEqual({ memory: null, memoryAndSwap: null, cpuQuota: null });
});

test('a container that does not see its cgroup is a violation that names the file', async () => {
  const limits = cgroupLimits(printing(''));
  await expect(limits).rejects.toThrow(SpecViolation);
  await expect(limits).rejects.toThrow(/cpu\.max/);
});

test('CPU time is in ns on both versions', async () => {
  expect(await cgroupCpuTime(printing('123456789'))).toBe(123_456_789n);
  expect(await cgroupCpuTime(printing('usage_usec 1234'))).toBe(1_234_000n);
});
