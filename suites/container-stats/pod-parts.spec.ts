import { isDeepStrictEqual } from 'node:util';
import type { LinuxPodSandboxStats } from '../../src/client/generated/types.js';
import { check, spec, type Container, type Pod, type SpecContext } from '../../src/kit/index.js';
import { checkLater } from '../shared/clock.js';
import { cgroupCpuTime } from '../shared/cgroup.js';
import { figure, hasFigures, largest } from './figures.js';

const MIB = 1024n * 1024n;
/** Where one pod receives what the other sends. */
const PORT = 9999;
const RPCS = ['PodSandboxStats', 'ListPodSandboxStats'];

/** PodSandboxStats.linux once it is as `accept` likes it. */
async function podStats(
  t: SpecContext,
  pod: Pod,
  rule: string,
  accept: (linux: LinuxPodSandboxStats | undefined) => boolean,
): Promise<LinuxPodSandboxStats> {
  const answer = await t.eventually(
    rule,
    () => t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id }),
    ({ stats }) => accept(stats?.linux ?? undefined),
    { withinMs: 20_000, describe: ({ stats }) => [stats?.linux?.cpu, stats?.linux?.network, stats?.linux?.process] },
  );
  return check.present(answer.stats?.linux, 'PodSandboxStats.linux');
}

/** Five processes that wait; once `/tmp/go` is there one of them takes a part of a CPU. */
const FIVE = `for i in 1 2 3 4; do sleep 1000 & done
until [ -e /tmp/go ]; do sleep 0.2; done
while :; do i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; sleep 0.1; done`;

const cpuTime = (linux: LinuxPodSandboxStats | undefined): bigint => linux?.cpu?.usage_core_nano_seconds?.value ?? 0n;

spec(
  {
    id: 'container-stats/pod-and-its-parts',
    title: 'the figures of a pod are of all that ran in it, and those of its containers are of each alone',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'A pod is ranked and billed by the whole, a container is scaled by its part; mixed up, the idle one pays for the busy one.',
    sources: [
      'api.proto: LinuxPodSandboxStats.containers, process, CpuUsage.usage_core_nano_seconds ("since object creation")',
      'kubelet: stats/cri_stats_provider.go addCRIPodContainerStats, addCRIPodCPUStats, addCRIPodProcessStats',
      'KEP-2371',
    ],
    expectations: [54, 55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const { runtime } = t.cri;
    const pod = await t.pods.runOnHostNetwork();
    const [busy, idle] = [await pod.start({ command: ['/bin/sh', '-c', FIVE] }), await pod.start()];
    // One after the other of a StatefulSet, or of another namespace.
    const { name, namespace } = pod.identity;
    const namesakes = await Promise.all(
      [namespace, 'elsewhere'].map((other) => t.pods.runOnHostNetwork({ metadata: { name, namespace: other } })),
    );
    await busy.shell('head -c 25165824 /dev/zero > /dev/shm/block; i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done');
    const burnt = await cgroupCpuTime(busy);
    const linux = await podStats(
      t,
      pod,
      `the pod and the busy container reach the ${burnt} ns that the container has used, and both have figures`,
      (seen) => {
        const ofBusy = seen?.containers.find(({ attributes }) => attributes?.id === busy.id);
        const used = ofBusy?.cpu?.usage_core_nano_seconds?.value ?? 0n;
        return cpuTime(seen) >= burnt && used >= burnt && seen?.containers.filter(hasFigures).length === 2;
      },
    );
    check.between(
      figure(linux.process?.process_count, 'process_count'),
      6n,
      50n,
      'process_count of a pod with five processes in one container and one in the other',
    );
    const part = (container: Container) =>
      check.present(
        linux.containers.find(({ attributes }) => attributes?.id === container.id),
        'PodSandboxStats has an entry of each container',
      );
    const memory = (container: Container): bigint =>
      figure(part(container).memory?.working_set_bytes, 'working_set_bytes of a container');
    check.between(memory(busy), 24n * MIB, 64n * MIB, 'working_set_bytes of the container that holds 24 MiB');
    check.between(memory(idle), 4096n, 20n * MIB, 'working_set_bytes of the container that holds nothing');
    check.between(
      figure(part(idle).cpu?.usage_core_nano_seconds, 'usage_core_nano_seconds of a container'),
      1n,
      await cgroupCpuTime(idle),
      'usage_core_nano_seconds of the idle container, at most what its own cgroup counts',
    );

    const held = ({ memory: used }: LinuxPodSandboxStats): bigint => used?.working_set_bytes?.value ?? 0n;
    for (const { id } of namesakes) {
      const { stats: one } = await runtime.PodSandboxStats({ pod_sandbox_id: id });
      const { stats: list } = await runtime.ListPodSandboxStats({ filter: { id } });
      for (const of of [one?.linux, list[0]?.linux]) {
        const figures = check.present(of, 'the stats of a pod of the same name have a linux part');
        const processes = figures.process?.process_count?.value ?? 0n;
        check.that(
          processes < 6n && held(figures) + 12n * MIB < held(linux),
          'processes and memory of another pod of the same name, in which nothing runs, are its own',
          { expected: `less than 6, and 12 MiB less than ${held(linux)}`, observed: [processes, held(figures)] },
        );
      }
    }

    const { stats } = await t.cri.runtime.ListPodSandboxStats({ filter: { id: pod.id } });
    const listed = cpuTime(stats[0]?.linux ?? undefined);
    // Half and double leave room for samples of another moment; another unit is a thousand times as much or as little.
    check.between(
      listed,
      cpuTime(linux) / 2n,
      cpuTime(linux) * 2n,
      'usage_core_nano_seconds in ListPodSandboxStats, beside that in PodSandboxStats',
    );

    await busy.shell('echo > /tmp/go');
    const rates = new Map<string, bigint>();
    const look = async (): Promise<Map<string, bigint>> => {
      const byId = await t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id });
      const list = await t.cri.runtime.ListPodSandboxStats({ filter: { id: pod.id } });
      for (const [how, of] of [
        ['by id', byId.stats?.linux],
        ['in the list', list.stats[0]?.linux],
      ] as const) {
        const container = of?.containers.find(({ attributes }) => attributes?.id === busy.id);
        rates.set(`pod, ${how}`, largest([rates.get(`pod, ${how}`), of?.cpu?.usage_nano_cores?.value]));
        rates.set(
          `container, ${how}`,
          largest([rates.get(`container, ${how}`), container?.cpu?.usage_nano_cores?.value]),
        );
      }
      return rates;
    };
    await t.eventually(
      'usage_nano_cores of a busy pod, and in it of its busy container, has been above 0',
      look,
      (seen) => [...seen.values()].every((rate) => rate > 0n),
      { withinMs: 20_000 },
    );

    await busy.stop(0);
    await busy.remove();
    const later = await podStats(
      t,
      pod,
      'PodSandboxStats has the container that is left alone, and the five processes of the other are not counted',
      (seen) =>
        (seen?.containers.every(({ attributes }) => attributes?.id === idle.id) ?? false) &&
        (seen?.process?.process_count?.value ?? 0n) < 6n,
    );
    for (const part of ['cpu', 'memory', 'process'] as const)
      checkLater(later[part]?.timestamp, linux[part]?.timestamp, `${part}.timestamp of a pod moves`);
    check.that(cpuTime(later) >= cpuTime(linux), 'the CPU time of a pod does not fall when a container of it is gone', {
      expected: `${cpuTime(linux)} or more`,
      observed: cpuTime(later),
    });

    const added = await pod.start();
    const present = [idle.id, added.id].sort();
    const idsOf = (seen: LinuxPodSandboxStats | null | undefined): string[] =>
      (seen?.containers ?? []).map(({ attributes }) => attributes?.id ?? '').sort();
    for (const [call, ask] of [
      ['PodSandboxStats', async () => (await runtime.PodSandboxStats({ pod_sandbox_id: pod.id })).stats],
      ['ListPodSandboxStats', async () => (await runtime.ListPodSandboxStats({ filter: { id: pod.id } })).stats[0]],
    ] as const)
      await t.eventually(
        `${call} has the container that stayed and the one that was started after the first look`,
        async () => idsOf((await ask())?.linux),
        (ids) => isDeepStrictEqual(ids, present),
        { withinMs: 20_000 },
      );
  },
);

spec(
  {
    id: 'container-stats/pod-network-of-each',
    title: 'PodSandboxStats has for each of two pods the traffic of its own interface',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'The traffic of one pod, shown for another, sends whoever looks for the cause of load to the wrong workload.',
    sources: ['api.proto: LinuxPodSandboxStats.network, NetworkInterfaceUsage', 'KEP-2371'],
    expectations: [55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const pods = await Promise.all([t.pods.run(), t.pods.run()]);
    const [receiver, sender] = pods;
    const listen = `while :; do nc -l -p ${PORT} > /dev/null; done`;
    const containers = await Promise.all([receiver.start({ command: ['/bin/sh', '-c', listen] }), sender.start()]);
    const address = check.present((await receiver.status()).network?.ip, 'PodSandboxStatus.network.ip of the receiver');
    const send = ['/bin/sh', '-c', `head -c 60000 /dev/zero | nc -w 3 ${address} ${PORT}`];
    await t.eventually(
      'one pod sends 60 000 bytes to the other',
      () => containers[1].exec(send),
      ({ exitCode }) => exitCode === 0,
    );
    for (const [index, pod] of pods.entries()) {
      const sent = async (): Promise<bigint> =>
        BigInt((await containers[index]?.shell('cat /sys/class/net/[!l]*/statistics/tx_bytes | head -n 1')) ?? '');
      const low = await sent();
      const { network } = await podStats(
        t,
        pod,
        `tx_bytes of the default interface reaches the ${low} bytes that the pod itself counts`,
        (seen) => (seen?.network?.default_interface?.tx_bytes?.value ?? 0n) >= low,
      );
      check.between(
        figure(network?.default_interface?.tx_bytes, 'tx_bytes'),
        low,
        await sent(),
        'tx_bytes, between what the pod counts on its own interface before and after the call',
      );
    }
  },
);
