import { check, spec } from '../../src/kit/index.js';
import { cgroupInactiveFile } from '../shared/cgroup.js';
import { figure, hasFigures, sampled } from './figures.js';

const MIB = 1024n * 1024n;

spec(
  {
    id: 'container-stats/working-set-without-file-cache',
    title: 'working_set_bytes leaves out cached files that the kernel can give up, and usage_bytes counts them',
    level: 'must',
    since: '1.23',
    why: 'With the cache counted, whoever reads or writes much is evicted although the node has memory to spare.',
    sources: [
      'api.proto: MemoryUsage.working_set_bytes, usage_bytes',
      'Kubernetes documentation: Node-pressure eviction, memory.available ("inactive_file")',
      'thread: cri-o#7354',
    ],
    expectations: [54],
    requires: ['host-access'],
  },
  async (t) => {
    const mount = { host_path: await t.directory(), container_path: '/cached' };
    const pod = await t.pods.shared();
    const limit = 96n * MIB;
    const resources = { memory_limit_in_bytes: limit, memory_swap_limit_in_bytes: limit };
    const container = await pod.start({ mounts: [mount], linux: { resources } });
    await sampled(t, container, 'CPU and memory of a running container are sampled', hasFigures);
    await container.shell('head -c 25165824 /dev/zero > /cached/file');
    // On a filesystem in memory there is no cache to give up: 0, and the rule holds by itself.
    const cached = await cgroupInactiveFile(container);
    t.note(`the cgroup counts ${cached} bytes as inactive_file`);
    const { memory } = await sampled(
      t,
      container,
      `working_set_bytes is usage_bytes without the ${cached} bytes of inactive_file, to within 2 MiB`,
      (stats) => {
        const without = (stats.memory?.usage_bytes?.value ?? 0n) - (stats.memory?.working_set_bytes?.value ?? 0n);
        return without + 2n * MIB >= cached;
      },
    );
    const workingSet = figure(memory?.working_set_bytes, 'working_set_bytes');
    check.between(workingSet, 4096n, 24n * MIB, 'working_set_bytes of a container that runs nothing');
    check.equal(
      figure(memory?.available_bytes, 'available_bytes'),
      limit - workingSet,
      'available_bytes is the limit without working_set_bytes: the cache is available',
    );
  },
);
