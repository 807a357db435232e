import type { ContainerStats, NetworkInterfaceUsage, PodSandboxStats } from '../../client/generated/types.js';
import { Refusal, type Fault, type Planting } from '../fault.js';
import { changeNetwork, changePodStats, firstSeen, lastAnswers, scaled } from './stats-facts.js';
import { changeAnswer, changeRefusal, handling, together, type Plant } from './shapes.js';

/* Figures of pods. */

const changeInterface = (change: (usage: NetworkInterfaceUsage) => Partial<NetworkInterfaceUsage>): Plant =>
  changeNetwork(({ default_interface: usage }) => ({ default_interface: usage && { ...usage, ...change(usage) } }));

/** @throws {Refusal} if a container has exited in one of the pods */
async function refuseBesideEnded({ cri }: Planting, pods: readonly (PodSandboxStats | null)[]): Promise<void> {
  const state = { state: 'CONTAINER_EXITED' as const };
  const { containers } = await cri.runtime.ListContainers({ filter: { state } });
  const ids = pods.map((stats) => stats?.attributes?.id);
  if (containers.some((one) => ids.includes(one.pod_sandbox_id))) throw new Refusal('NOT_FOUND', 'task not found');
}

export const podStatsFaults: Fault[] = [
  {
    id: 'behaviour/pod-stats-without-containers',
    title: 'linux.containers of the stats of pods is empty',
    source: 'cri-o#6563',
    plant: changePodStats(() => ({ containers: [] })),
  },
  {
    id: 'behaviour/pod-stats-miss-a-container',
    title: 'linux.containers has one container less than the pod',
    plant: changePodStats(({ containers }) => ({ containers: containers.slice(1) })),
  },
  {
    id: 'behaviour/pod-stats-double-containers',
    title: 'linux.containers has every container twice',
    plant: changePodStats(({ containers }) => ({ containers: [...containers, ...containers] })),
  },
  {
    id: 'behaviour/pod-stats-containers-of-node',
    title: 'linux.containers has the containers of every pod',
    plant: changePodStats(async (_, __, { cri }) => ({ containers: (await cri.runtime.ListContainerStats({})).stats })),
  },
  {
    id: 'behaviour/pod-stats-of-one-container',
    title: 'CPU time and memory of a pod are those of one of its containers',
    plant: changePodStats(({ cpu, memory, containers: [first] }) => ({
      cpu: first?.cpu ?? cpu,
      memory: first?.memory ?? memory,
    })),
  },
  {
    id: 'behaviour/pod-stats-cpu-in-microseconds',
    title: 'usage_core_nano_seconds of a pod is in microseconds',
    plant: changePodStats(({ cpu }) => ({
      cpu: cpu && { ...cpu, usage_core_nano_seconds: scaled(cpu.usage_core_nano_seconds, (value) => value / 1000n) },
    })),
  },
  {
    id: 'behaviour/pod-stats-cpu-of-node',
    title: 'usage_core_nano_seconds of a pod is the time since the node was started',
    plant: changePodStats(({ cpu }) => ({
      cpu: cpu && { ...cpu, usage_core_nano_seconds: { value: process.hrtime.bigint() * 10n } },
    })),
  },
  {
    id: 'behaviour/pod-stats-memory-in-kib',
    title: 'working_set_bytes of a pod is in KiB',
    plant: changePodStats(({ memory }) => ({
      memory: memory && {
        ...memory,
        working_set_bytes: scaled(memory.working_set_bytes, (value) => value / 1024n),
      },
    })),
  },
  {
    id: 'behaviour/pod-stats-memory-of-sandbox',
    title: 'memory of a pod does not count its containers',
    plant: changePodStats(({ memory }) => ({
      memory: memory && { ...memory, working_set_bytes: { value: 262_144n }, usage_bytes: { value: 262_144n } },
    })),
  },
  {
    id: 'behaviour/pod-stats-timestamps-in-seconds',
    title: 'timestamps of the figures of pods are in seconds',
    plant: changePodStats(({ cpu, memory }) => ({
      cpu: cpu && { ...cpu, timestamp: cpu.timestamp / 10n ** 9n },
      memory: memory && { ...memory, timestamp: memory.timestamp / 10n ** 9n },
    })),
  },
  {
    id: 'behaviour/pod-stats-count-one-process',
    title: 'process_count of a pod is 1',
    plant: changePodStats(({ process }) => ({ process: process && { ...process, process_count: { value: 1n } } })),
  },
  {
    id: 'behaviour/pod-network-swapped',
    title: 'received and sent bytes of a pod are swapped',
    plant: changeInterface(({ rx_bytes, tx_bytes }) => ({ rx_bytes: tx_bytes, tx_bytes: rx_bytes })),
  },
  {
    id: 'behaviour/pod-network-is-0',
    title: 'received and sent bytes of a pod are 0',
    plant: changeInterface(() => ({ rx_bytes: { value: 0n }, tx_bytes: { value: 0n } })),
  },
  {
    id: 'behaviour/pod-network-received-is-sent',
    title: 'received bytes of a pod are those it sent',
    plant: changeInterface(({ tx_bytes }) => ({ rx_bytes: tx_bytes })),
  },
  {
    id: 'behaviour/pod-network-in-packets',
    title: 'received and sent bytes of a pod count packets',
    plant: changeInterface(({ rx_bytes, tx_bytes }) => ({
      rx_bytes: scaled(rx_bytes, (value) => value / 1000n),
      tx_bytes: scaled(tx_bytes, (value) => value / 1000n),
    })),
  },
  {
    id: 'behaviour/pod-network-of-loopback',
    title: 'default_interface of a pod is lo',
    plant: changeInterface(() => ({ name: 'lo' })),
  },
  {
    id: 'behaviour/pod-network-named-by-host',
    title: 'default_interface of a pod has the name of its peer on the host',
    plant: changeInterface(() => ({ name: 'veth1a2b3c4d' })),
  },
  {
    id: 'behaviour/pod-network-timestamp-in-seconds',
    title: 'timestamp of the traffic of pods is in seconds',
    plant: changeNetwork(({ timestamp }) => ({ timestamp: timestamp / 10n ** 9n })),
  },
  {
    id: 'behaviour/pod-stats-list-fails-for-stopped',
    title: 'ListPodSandboxStats fails if one of the sandboxes is stopped',
    source: 'containerd#10013',
    plant: changeAnswer('ListPodSandboxStats', async (answer, { filter }, { cri, shown }) => {
      const { items } = await cri.runtime.ListPodSandbox({
        filter: {
          id: filter?.id ?? '',
          label_selector: filter?.label_selector ?? {},
          state: { state: 'SANDBOX_NOTREADY' },
        },
      });
      if (items.length === 0) return answer;
      shown();
      throw new Refusal('NOT_FOUND', 'failed to fetch metrics for sandbox: task not found');
    }),
  },
  {
    id: 'behaviour/pod-stats-list-without-host-network',
    title: 'ListPodSandboxStats leaves out pods without a network of their own',
    plant: changeAnswer('ListPodSandboxStats', ({ stats }) => ({
      stats: stats.filter(({ linux }) => linux?.network != null),
    })),
  },
  {
    id: 'behaviour/pod-stats-list-matches-any-field',
    title: 'ListPodSandboxStats lists what matches id or labels',
    plant: handling('ListPodSandboxStats', async ({ request, forward }, { cri, shown }) => {
      const { id = '', label_selector = {} } = request.filter ?? {};
      if (id === '' || Object.keys(label_selector).length === 0) return forward();
      const lists = await Promise.all(
        [{ id }, { label_selector }].map((filter) => cri.runtime.ListPodSandboxStats({ filter })),
      );
      const all = new Map(lists.flatMap(({ stats }) => stats).map((entry) => [entry.attributes?.id, entry]));
      shown();
      return { stats: [...all.values()] };
    }),
  },
  {
    id: 'behaviour/pod-stats-list-doubles-entries',
    title: 'ListPodSandboxStats has every sandbox twice',
    plant: changeAnswer('ListPodSandboxStats', ({ stats }) => ({ stats: [...stats, ...stats] })),
  },
  {
    id: 'behaviour/pod-stats-of-unknown-are-empty',
    title: 'PodSandboxStats of an unknown sandbox answers without stats',
    plant: together(
      changeRefusal('PodSandboxStats', ({ code }) => (code === 'NOT_FOUND' ? { stats: null } : undefined)),
    ),
  },
  {
    id: 'behaviour/pod-stats-default-among-interfaces',
    title: 'interfaces of the stats of a pod has the default interface, too, so that its traffic counts twice',
    plant: changeNetwork(({ default_interface, interfaces }) =>
      default_interface === null || interfaces.some(({ name }) => name === default_interface.name)
        ? {}
        : { interfaces: [default_interface, ...interfaces] },
    ),
  },
  {
    id: 'behaviour/pod-stats-list-minds-first-label-only',
    title: 'ListPodSandboxStats minds only the first of several labels that it has to filter by',
    plant: changeAnswer('ListPodSandboxStats', async (answer, { filter }, { cri }) => {
      const [first, ...others] = Object.entries(filter?.label_selector ?? {});
      if (first === undefined || others.length === 0) return answer;
      const label_selector = Object.fromEntries([first]);
      const { stats } = await cri.runtime.ListPodSandboxStats({ filter: { id: filter?.id ?? '', label_selector } });
      const found = new Set(answer.stats.map(({ attributes }) => attributes?.id));
      return { stats: [...answer.stats, ...stats.filter(({ attributes }) => !found.has(attributes?.id))] };
    }),
  },
  {
    id: 'behaviour/pod-stats-keep-first-containers',
    title: 'linux.containers of the stats of a pod has no container that was started after the first look',
    plant: (planting) => {
      const first = firstSeen<string[]>();
      const idsOf = (entries: ContainerStats[]): string[] => entries.map(({ attributes }) => attributes?.id ?? '');
      return changePodStats(({ containers }, id) => {
        const known = first(id, idsOf(containers));
        return { containers: containers.filter((entry) => idsOf([entry]).some((own) => known.includes(own))) };
      })(planting);
    },
  },
  {
    id: 'behaviour/pod-stats-of-removed-are-the-last',
    title: 'PodSandboxStats of a removed sandbox answers what it last did',
    plant: lastAnswers('PodSandboxStats', ({ pod_sandbox_id }) => pod_sandbox_id),
  },
  {
    id: 'behaviour/pod-stats-refused-beside-ended',
    title: 'PodSandboxStats and ListPodSandboxStats fail for a pod in which one container has exited',
    source: 'containerd#10013',
    plant: together(
      changeAnswer('PodSandboxStats', async (answer, _, planting) => {
        await refuseBesideEnded(planting, [answer.stats]);
        return answer;
      }),
      changeAnswer('ListPodSandboxStats', async (answer, _, planting) => {
        await refuseBesideEnded(planting, answer.stats);
        return answer;
      }),
    ),
  },
];
