import type { Metric, PodSandboxMetrics } from '../../src/client/generated/types.js';
import { check, spec, type Container, type Pod, type SpecContext } from '../../src/kit/index.js';
import { largest } from '../container-stats/figures.js';
import { isNetwork, NEEDS_BLOCK_DEVICE, REQUIRED } from './names.js';

const LEVEL = 'feature:PodAndContainerStatsFromCRI';
const RPCS = ['ListMetricDescriptors', 'ListPodSandboxMetrics'];
const SOURCES = [
  'api.proto: RuntimeService.ListPodSandboxMetrics, PodSandboxMetrics, Metric',
  'kubelet: metrics/collectors/cri_metrics.go',
  'KEP-2371',
];
const MIB = 1024n * 1024n;

/** The entries of a sandbox; one while it is READY. */
async function entriesOf(t: SpecContext, pod: Pod): Promise<PodSandboxMetrics[]> {
  const { pod_metrics } = await t.cri.runtime.ListPodSandboxMetrics({});
  return pod_metrics.filter(({ pod_sandbox_id }) => pod_sandbox_id === pod.id);
}

const samplesOf = (entry: PodSandboxMetrics | undefined, container?: Container): Metric[] => {
  const ofContainers =
    entry?.container_metrics.filter(({ container_id }) => container === undefined || container_id === container.id) ??
    [];
  return [
    ...(container === undefined ? (entry?.metrics ?? []) : []),
    ...ofContainers.flatMap(({ metrics }) => metrics),
  ];
};

/** Values of a metric of a container: several where a label divides it further. */
const valuesOf = (entry: PodSandboxMetrics | undefined, container: Container, name: string): bigint[] =>
  samplesOf(entry, container)
    .filter((metric) => metric.name === name)
    .map(({ value }) => value?.value ?? 0n);

spec(
  {
    id: 'metrics/pod-values-present',
    title: 'ListPodSandboxMetrics has samples of every required metric, as their descriptors say',
    level: LEVEL,
    since: '1.26',
    why: 'What is missing here is missing from /metrics/cadvisor; a sample with the wrong number of labels breaks the scrape.',
    sources: SOURCES,
    parity: ['metrics/pod-values-present'],
    optionalRpcs: RPCS,
  },
  async (t) => {
    const { descriptors } = await t.cri.runtime.ListMetricDescriptors({});
    const keys = new Map(descriptors.map(({ name, label_keys }) => [name, label_keys]));
    const pod = await t.pods.run();
    const container = await pod.start();
    await container.shell('for i in 1 2 3; do echo x > /data/f$i; done; sync');
    const demanded = REQUIRED.filter((name) => !NEEDS_BLOCK_DEVICE.has(name));
    const lacking = (entry: PodSandboxMetrics | undefined): string[] => {
      const seen = new Set(samplesOf(entry).map(({ name }) => name));
      return demanded.filter((name) => !seen.has(name));
    };
    const [entry] = await t.eventually(
      'ListPodSandboxMetrics has one entry of the sandbox, with samples of every required metric',
      () => entriesOf(t, pod),
      (entries) => entries.length === 1 && lacking(entries[0]).length === 0,
      { withinMs: 20_000, describe: (entries) => ({ entries: entries.length, lacking: lacking(entries[0]) }) },
    );
    check.equal(
      entry?.container_metrics.map(({ container_id }) => container_id),
      [container.id],
      'container_metrics has the running containers of the sandbox',
    );
    for (const { name, label_values, value, metric_type } of samplesOf(entry)) {
      const labels = check.present(keys.get(name), `${name}, of which there is a sample, is declared`);
      check.equal(
        label_values.length,
        labels.length,
        `the number of label_values of ${name}, one for each of ${labels.join(', ')}`,
      );
      check.present(value, `the value of a sample of ${name} is set`);
      if (name.endsWith('_total')) check.equal(metric_type, 'COUNTER', `metric_type of ${name}`);
      if (name.endsWith('_working_set_bytes')) check.equal(metric_type, 'GAUGE', `metric_type of ${name}`);
    }
    const series = samplesOf(entry, container).map(({ name, label_values }) => JSON.stringify([name, ...label_values]));
    check.sameMembers(series, [...new Set(series)], 'no two samples of a container have the same name and labels');
    const network = samplesOf(entry).filter(({ name }) => isNetwork(name));
    check.that(
      network.some(({ label_values }) => label_values.includes('eth0')),
      'network metrics name the interface',
      {
        expected: 'a label value eth0',
        observed: network.map(({ label_values }) => label_values),
      },
    );
  },
);

spec(
  {
    id: 'metrics/values-of-container',
    title: 'the samples of a container are its own, in the unit of their name',
    level: LEVEL,
    since: '1.26',
    why: 'Alerts on memory, CPU and limits go by these figures.',
    sources: SOURCES,
    optionalRpcs: RPCS,
  },
  async (t) => {
    await t.cri.runtime.ListPodSandboxMetrics({}); // a runtime that lacks the call shows it before the cost of a pod
    const pod = await t.pods.run();
    const limit = 160n * MIB;
    const linux = {
      resources: {
        memory_limit_in_bytes: limit,
        memory_swap_limit_in_bytes: limit,
        cpu_shares: 512,
        cpu_period: 100_000,
      },
    };
    const [large, small] = await Promise.all([pod.start({ linux }), pod.start()]);
    await large.shell('head -c 33554432 /dev/zero > /dev/shm/block');
    const WORKING_SET = 'container_memory_working_set_bytes';
    const [entry] = await t.eventually(
      `${WORKING_SET} reaches the 32 MiB that the container holds, and the other container is sampled too`,
      () => entriesOf(t, pod),
      ([seen]) =>
        largest(valuesOf(seen, large, WORKING_SET)) >= 32n * MIB && valuesOf(seen, small, WORKING_SET).length > 0,
      { withinMs: 20_000, describe: ([seen]) => valuesOf(seen, large, WORKING_SET) },
    );
    const value = (name: string): bigint => largest(valuesOf(entry, large, `container_${name}`));
    check.between(
      value('memory_working_set_bytes'),
      32n * MIB,
      96n * MIB,
      `${WORKING_SET} of a container that holds 32 MiB`,
    );
    check.between(
      value('memory_usage_bytes'),
      value('memory_working_set_bytes'),
      limit,
      'container_memory_usage_bytes, from the working set to the limit',
    );
    check.equal(value('spec_memory_limit_bytes'), limit, 'container_spec_memory_limit_bytes');
    check.equal(value('spec_cpu_period'), 100_000n, 'container_spec_cpu_period');
    check.between(value('processes'), 1n, 20n, 'container_processes of a container that runs one program');
    check.that(
      largest(valuesOf(entry, small, WORKING_SET)) < 24n * MIB,
      `${WORKING_SET} of a container of the same pod that holds nothing`,
      {
        expected: 'less than 24 MiB',
        observed: valuesOf(entry, small, WORKING_SET),
      },
    );
    const startedAt = (await large.status()).started_at / 1_000_000_000n;
    check.between(
      value('start_time_seconds'),
      startedAt - 60n,
      startedAt + 60n,
      'container_start_time_seconds, near started_at of ContainerStatus',
    );
    await large.stop(0);
    await pod.stop();
    await pod.remove();
    check.equal(await entriesOf(t, pod), [], 'entries of a removed sandbox');
  },
);
