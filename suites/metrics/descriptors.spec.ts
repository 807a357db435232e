import type { MetricDescriptor } from '../../src/client/generated/types.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { RECOMMENDED, REQUIRED } from './names.js';

const LEVEL = 'feature:PodAndContainerStatsFromCRI';
const SOURCES = [
  'api.proto: RuntimeService.ListMetricDescriptors, MetricDescriptor',
  'kubelet: metrics/collectors/cri_metrics.go',
  'KEP-2371',
];

async function descriptors(t: SpecContext): Promise<MetricDescriptor[]> {
  return (await t.cri.runtime.ListMetricDescriptors({})).descriptors;
}

const missing = (of: string[], declared: MetricDescriptor[]): string[] =>
  of.filter((name) => !declared.some((descriptor) => descriptor.name === name));

spec(
  {
    id: 'metrics/descriptors-complete',
    title: 'ListMetricDescriptors declares the container metrics of cAdvisor, each once, with help and label keys',
    level: LEVEL,
    since: '1.26',
    why: 'The kubelet asks once, when it starts, and drops every sample of a metric that was not declared then.',
    sources: SOURCES,
    parity: ['metrics/descriptors-complete'],
    optionalRpcs: ['ListMetricDescriptors'],
  },
  async (t) => {
    const declared = await descriptors(t);
    check.equal(missing(REQUIRED, declared), [], 'metrics of cAdvisor that are not declared');
    for (const { name, help, label_keys } of declared) {
      check.matches(name, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'the name of a metric is one for Prometheus');
      check.present(help, `the help text of ${name} is set`);
      check.that(label_keys.length > 0, `${name} has label keys`, { expected: 'at least one', observed: label_keys });
      for (const key of label_keys)
        check.matches(key, /^[a-zA-Z_][a-zA-Z0-9_]*$/, `the label keys of ${name} are such for Prometheus`);
      check.equal(new Set(label_keys).size, label_keys.length, `the number of different label keys of ${name}`);
    }
    const names = declared.map(({ name }) => name);
    check.sameMembers(names, [...new Set(names)], 'every metric is declared once');
  },
);

spec(
  {
    id: 'metrics/descriptors-are-static',
    title: 'ListMetricDescriptors gives the same answer whatever runs',
    level: LEVEL,
    since: '1.26',
    why: 'The kubelet never asks again: a metric that appears only later, or with other label keys, is lost.',
    sources: SOURCES,
    optionalRpcs: ['ListMetricDescriptors'],
  },
  async (t) => {
    const text = (declared: MetricDescriptor[]): string[] =>
      declared.map(({ name, label_keys }) => `${name}{${label_keys.join(',')}}`).sort();
    const before = text(await descriptors(t));
    const pod = await t.pods.run();
    await pod.start();
    check.equal(
      text(await descriptors(t)),
      before,
      'names and label keys while a pod runs, compared with those before',
    );
  },
);

spec(
  {
    id: 'metrics/descriptors-recommended',
    title: "ListMetricDescriptors declares cAdvisor's metrics of pressure, huge pages and limits too",
    level: 'should',
    since: '1.36',
    why: 'Their graphs go empty when a cluster changes over to stats from the CRI.',
    sources: [...SOURCES, 'thread: containerd#13532'],
    optionalRpcs: ['ListMetricDescriptors'],
  },
  async (t) => {
    check.equal(missing(RECOMMENDED, await descriptors(t)), [], 'metrics of cAdvisor that are not declared');
  },
);
