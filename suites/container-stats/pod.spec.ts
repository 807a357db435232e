import type { PodSandboxStats } from '../../src/client/generated/types.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec, type Pod, type SpecContext } from '../../src/kit/index.js';
import { nearId } from '../shared/ids.js';
import { checkAttributes, checkTimestamp, figure, hasFigures } from './figures.js';

const MIB = 1024n * 1024n;
const RPCS = ['PodSandboxStats', 'ListPodSandboxStats'];

/** PodSandboxStats once the figures of the pod and of so many containers are there. */
async function sampledPod(t: SpecContext, pod: Pod, containers: number): Promise<PodSandboxStats> {
  const stats = await t.eventually(
    `PodSandboxStats has figures of the pod and of ${containers} containers`,
    () => t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id }),
    (answer) => {
      const linux = answer.stats?.linux;
      const podHas =
        (linux?.cpu?.usage_core_nano_seconds?.value ?? 0n) > 0n && (linux?.memory?.working_set_bytes?.value ?? 0n) > 0n;
      return podHas && (linux?.containers.filter(hasFigures).length ?? 0) >= containers;
    },
    { withinMs: 20_000, describe: (answer) => answer.stats?.linux?.containers.length },
  );
  return check.present(stats.stats, 'PodSandboxStats returns stats');
}

spec(
  {
    id: 'container-stats/pod-by-id',
    title: 'PodSandboxStats has the attributes of the sandbox, figures of the pod, and those of its running containers',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'With stats from the CRI the summary of a pod, and its eviction, come from this answer alone.',
    sources: [
      'api.proto: PodSandboxStats, LinuxPodSandboxStats',
      'kubelet: stats/cri_stats_provider.go listPodStatsStrictlyFromCRI',
      'KEP-2371',
      'thread: cri-o#6563',
    ],
    expectations: [54, 55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const pod = await t.pods.run();
    const [large, small] = await Promise.all([pod.start(), pod.start()]);
    // The directory is the pod's, the pages are those of the container that wrote them.
    await Promise.all([
      large.shell('head -c 16777216 /dev/zero > /dev/shm/large'),
      small.shell('head -c 8388608 /dev/zero > /dev/shm/small'),
    ]);
    const stats = await sampledPod(t, pod, 2);
    const { metadata, labels, annotations } = pod.config;
    check.equal(
      stats.attributes,
      { id: pod.id, metadata, labels, annotations },
      'attributes are id, metadata, labels and annotations of the sandbox',
    );
    const linux = check.present(stats.linux, 'PodSandboxStats.linux');
    check.sameMembers(
      linux.containers.map(({ attributes }) => attributes?.id ?? ''),
      [large.id, small.id],
      'containers are the running ones of the pod',
    );
    for (const entry of linux.containers)
      checkAttributes(entry, entry.attributes?.id === large.id ? large : small, 'PodSandboxStats');
    checkTimestamp(linux.cpu?.timestamp, 'cpu.timestamp of the pod');
    checkTimestamp(linux.memory?.timestamp, 'memory.timestamp of the pod');
    // A tmpfs page belongs to the cgroup that wrote it, and so to the pod's as well.
    check.between(
      figure(linux.memory?.working_set_bytes, 'memory.working_set_bytes of the pod'),
      24n * MIB,
      128n * MIB,
      'working_set_bytes of a pod whose containers hold 16 and 8 MiB',
    );
    const sum = linux.containers.reduce((total, { cpu }) => total + (cpu?.usage_core_nano_seconds?.value ?? 0n), 0n);
    const ofPod = figure(linux.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds of the pod');
    check.between(
      ofPod,
      sum / 2n,
      600n * 10n ** 9n,
      'usage_core_nano_seconds of the pod, not much below the sum of its containers',
    );
    check.that(
      (linux.process?.process_count?.value ?? 0n) >= 2n,
      'process_count covers the processes of the containers',
      { expected: '2 or more', observed: linux.process },
    );
  },
);

spec(
  {
    id: 'container-stats/pod-network',
    title: 'PodSandboxStats has the traffic of the default interface of a pod with a network of its own',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'Network metrics of pods have no other source once stats come from the CRI.',
    sources: ['api.proto: NetworkUsage ("all found network interfaces, excluding the default")', 'KEP-2371'],
    expectations: [55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const pod = await t.pods.run();
    const container = await pod.start({
      linux: { security_context: { capabilities: { add_capabilities: ['NET_RAW'] } } },
    });
    const device = (await container.shell('ls /sys/class/net')).split(/\s+/).filter((name) => name !== 'lo');
    const gateway = await container.shell("ip route | sed -n 's/^default via \\([0-9.]*\\).*/\\1/p'");
    // Of a packet that nobody takes the sender gets back the beginning: more is sent than received, to tell the two apart.
    await container.exec(['/bin/traceroute', '-n', '-m', '1', '-q', '5', '-w', '1', gateway, '1400'], 20);
    const counted = async (what: 'rx_bytes' | 'tx_bytes'): Promise<bigint> =>
      BigInt(await container.shell(`cat /sys/class/net/${device[0] ?? 'eth0'}/statistics/${what}`));
    const low = { rx: await counted('rx_bytes'), tx: await counted('tx_bytes') };
    const { stats } = await t.eventually(
      `rx_bytes and tx_bytes of the default interface reach the ${low.rx} and ${low.tx} bytes that the container counts`,
      () => t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id }),
      (answer) => {
        const usage = answer.stats?.linux?.network?.default_interface;
        return (usage?.rx_bytes?.value ?? 0n) >= low.rx && (usage?.tx_bytes?.value ?? 0n) >= low.tx;
      },
      { withinMs: 20_000, describe: (answer) => answer.stats?.linux?.network },
    );
    const high = { rx: await counted('rx_bytes'), tx: await counted('tx_bytes') };
    const network = check.present(stats?.linux?.network, 'network');
    const usage = check.present(network.default_interface, 'network.default_interface');
    check.includes(device, usage.name, 'default_interface is an interface of the pod');
    check.excludes(
      network.interfaces.map(({ name }) => name),
      usage.name,
      'interfaces are those besides the default one, so that nothing counts twice',
    );
    const around = 'between two readings of the interface around the call';
    check.between(figure(usage.tx_bytes, 'tx_bytes'), low.tx, high.tx, `tx_bytes, ${around}`);
    check.between(figure(usage.rx_bytes, 'rx_bytes'), low.rx, high.rx, `rx_bytes, ${around}`);
    check.that(
      figure(usage.rx_errors, 'rx_errors') + figure(usage.tx_errors, 'tx_errors') < 1000n,
      'errors are no traffic',
      { expected: 'few', observed: usage },
    );
    const again = await t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id });
    const later = again.stats?.linux?.network?.default_interface;
    check.that(
      figure(later?.tx_bytes, 'tx_bytes') >= figure(usage.tx_bytes, 'tx_bytes') &&
        figure(later?.rx_bytes, 'rx_bytes') >= figure(usage.rx_bytes, 'rx_bytes'),
      'tx_bytes and rx_bytes never fall',
      { expected: `${usage.tx_bytes?.value} and ${usage.rx_bytes?.value}, or more`, observed: later },
    );
  },
);

spec(
  {
    id: 'container-stats/pod-network-timestamp',
    title: 'PodSandboxStats says when the traffic was counted',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'A rate is the growth of a counter over time; without the time of the sample there is none.',
    sources: ['api.proto: NetworkUsage.timestamp', 'KEP-2371'],
    expectations: [55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const pod = await t.pods.run();
    await pod.start();
    const { stats } = await t.eventually(
      'PodSandboxStats has the network of the pod',
      () => t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id }),
      (answer) => answer.stats?.linux?.network?.default_interface != null,
      { withinMs: 20_000, describe: (answer) => answer.stats?.linux?.network },
    );
    checkTimestamp(stats?.linux?.network?.timestamp, 'network.timestamp');
  },
);

type Filter = Parameters<SpecContext['cri']['runtime']['ListPodSandboxStats']>[0]['filter'];

spec(
  {
    id: 'container-stats/pod-list-filter',
    title: 'ListPodSandboxStats returns the sandboxes that match every field of the filter',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'A filter that is ignored attributes the usage of other pods to the one that was asked for.',
    sources: ['api.proto: PodSandboxStatsFilter', 'kubelet: remote_runtime.go ListPodSandboxStats'],
    expectations: [16, 18, 55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const [pod, other] = await Promise.all([
      t.pods.runOnHostNetwork({ labels: { app: 'web', tier: 'front' } }),
      t.pods.runOnHostNetwork({ labels: { app: 'web' } }),
    ]);
    const container = await pod.start({ labels: { 'crivet.dev/of-container': 'yes' } });
    const uid = { 'io.kubernetes.pod.uid': pod.identity.uid };
    const cases: [string, Filter, string[]][] = [
      ['id', { id: pod.id }, [pod.id]],
      ['all of its labels', { label_selector: { ...uid, app: 'web', tier: 'front' } }, [pod.id]],
      ['a label with another value', { label_selector: { ...uid, app: 'db' } }, []],
      ['a label with its value in another case', { label_selector: { ...uid, app: 'Web' } }, []],
      ['a label of its container', { label_selector: { ...uid, 'crivet.dev/of-container': 'yes' } }, []],
      ['an annotation', { label_selector: { ...uid, 'kubernetes.io/config.source': 'api' } }, []],
      ['a label with no value, which has one', { label_selector: { ...uid, app: '' } }, []],
      ['a label with no value, which it lacks', { label_selector: { ...uid, absent: '' } }, []],
      ['an id and a label it lacks', { id: other.id, label_selector: { tier: 'front' } }, []],
      ['the id of no sandbox', { id: 'f'.repeat(64) }, []],
      ['an id that differs at its end from that of a sandbox', { id: nearId(pod.id) }, []],
    ];
    for (const [what, filter, expected] of cases) {
      const { stats } = await t.cri.runtime.ListPodSandboxStats({ filter });
      const ids = stats.map(({ attributes }) => attributes?.id ?? '');
      check.sameMembers(ids, expected, `ListPodSandboxStats filtered by ${what}`);
    }
    const both = [pod.id, other.id];
    const listed = both.map((id) => t.cri.runtime.ListPodSandboxStats({ filter: { id } }));
    const single = both.map((pod_sandbox_id) => t.cri.runtime.PodSandboxStats({ pod_sandbox_id }));
    const ofList = (await Promise.all(listed)).map((answer) => answer.stats.map(({ attributes }) => attributes?.id));
    check.equal(ofList, [[pod.id], [other.id]], 'ListPodSandboxStats at once, each with the id of another sandbox');
    const ofEach = (await Promise.all(single)).map((answer) => answer.stats?.attributes?.id);
    check.equal(ofEach, both, 'PodSandboxStats at once, each of another sandbox');
    const { stats } = await t.cri.runtime.ListPodSandboxStats({ filter: { id: pod.id } });
    const containers = stats[0]?.linux?.containers.map(({ attributes }) => attributes?.id);
    check.equal(containers, [container.id], 'the entry has the running containers of the sandbox');
    for (const unknown of ['f'.repeat(64), nearId(pod.id)]) {
      const call = t.cri.runtime.PodSandboxStats({ pod_sandbox_id: unknown });
      await check.refuses(call, ['NOT_FOUND'], 'PodSandboxStats of an unknown sandbox');
    }
  },
);

spec(
  {
    id: 'container-stats/pod-list-with-stopped',
    title: 'a stopped sandbox, and containers that do not run, do not fail the stats of pods',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'A node has stopped sandboxes at any time; the stats of all other pods must not be lost for them.',
    sources: [
      'api.proto: RuntimeService.ListPodSandboxStats',
      'kubelet: stats/cri_stats_provider.go',
      'thread: containerd#10013',
    ],
    expectations: [55],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const mine = { 'example.com/spec': nonce() };
    const [pod, stopped] = await Promise.all([
      t.pods.runOnHostNetwork({ labels: mine }),
      t.pods.runOnHostNetwork({ labels: mine }),
    ]);
    const [running] = await Promise.all([pod.start(), pod.create(), pod.runToExit(['/bin/true'])]);
    const { stats: one } = await t.cri.runtime.PodSandboxStats({ pod_sandbox_id: pod.id });
    const ofPod = one?.linux?.containers.map(({ attributes }) => attributes?.id) ?? [];
    check.includes(ofPod, running.id, 'PodSandboxStats has the RUNNING container beside a CREATED and an EXITED one');
    await stopped.stop();
    const { stats } = await t.cri.runtime.ListPodSandboxStats({ filter: { label_selector: mine } });
    const ids = stats.map(({ attributes }) => attributes?.id);
    check.equal(
      ids.filter((id) => id === pod.id).length,
      1,
      'entries of the READY sandbox in a list that a stopped one matches too',
    );
  },
);
