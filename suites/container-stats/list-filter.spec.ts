import { check, spec, type SpecContext } from '../../src/kit/index.js';

type Filter = Parameters<SpecContext['cri']['runtime']['ListContainerStats']>[0]['filter'];

/** Ids in the answer, in its order; an entry without id shows as an empty string. */
async function listedIds(t: SpecContext, filter: Filter): Promise<string[]> {
  const { stats } = await t.cri.runtime.ListContainerStats({ filter });
  return stats.map(({ attributes }) => attributes?.id ?? '');
}

spec(
  {
    id: 'container-stats/list-by-id',
    title: 'ListContainerStats with filter.id lists that container and no other',
    level: 'must',
    since: '1.20',
    why: 'A filter that is ignored makes every question about one container one about all of the node.',
    sources: ['api.proto: ContainerStatsFilter.id'],
    parity: ['container-stats/list-by-id'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [container] = await Promise.all([pod.start(), pod.start()]);
    check.equal(await listedIds(t, { id: container.id }), [container.id], 'ListContainerStats with filter.id');
    check.equal(await listedIds(t, { id: 'f'.repeat(64) }), [], 'ListContainerStats with the id of no container');
  },
);

spec(
  {
    id: 'container-stats/list-by-label-selector',
    title: 'ListContainerStats with a label_selector lists the containers that have all of the labels',
    level: 'must',
    since: '1.20',
    why: 'Matching any label instead of all attributes the usage of other pods to this one.',
    sources: ['api.proto: ContainerStatsFilter.label_selector ("only exact matches of all labels")'],
    parity: ['container-stats/list-by-label-selector'],
    expectations: [16],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const mine = { 'example.com/spec': pod.identity.uid };
    const [both, one, other] = await Promise.all([
      pod.start({ labels: { ...mine, foo: 'bar', tier: 'front' } }),
      pod.start({ labels: { ...mine, foo: 'bar' } }),
      pod.start({ labels: { ...mine, foo: 'baz', tier: 'front' } }),
    ]);
    const cases: [Record<string, string>, string[]][] = [
      [mine, [both.id, one.id, other.id]],
      [{ ...mine, foo: 'bar' }, [both.id, one.id]],
      [{ ...mine, foo: 'bar', tier: 'front' }, [both.id]],
      [{ ...mine, foo: 'ba' }, []],
      [{ ...mine, foo: '' }, []],
      [{ ...mine, absent: '' }, []],
    ];
    for (const [label_selector, expected] of cases) {
      const asked = JSON.stringify({ ...label_selector, 'example.com/spec': '…' });
      check.sameMembers(await listedIds(t, { label_selector }), expected, `ListContainerStats by the labels ${asked}`);
    }
  },
);

spec(
  {
    id: 'container-stats/list-by-pod-sandbox-id',
    title:
      'ListContainerStats with filter.pod_sandbox_id lists the running containers of that sandbox, ANDed with the other fields',
    level: 'must',
    since: '1.20',
    why: 'The usage of a pod is the sum of what this filter returns.',
    sources: ['api.proto: ContainerStatsFilter.pod_sandbox_id', 'kubelet: stats/cri_stats_provider.go'],
    expectations: [16, 53],
  },
  async (t) => {
    const [pod, other] = await Promise.all([
      t.pods.runOnHostNetwork({ labels: { 'crivet.dev/of-pod': 'yes' } }),
      t.pods.runOnHostNetwork(),
    ]);
    const [web, db, foreign] = await Promise.all([
      pod.start({ labels: { app: 'web' }, annotations: { note: 'noted' } }),
      pod.start({ labels: { app: 'db' } }),
      other.start({ labels: { app: 'web' } }),
    ]);
    const of = { pod_sandbox_id: pod.id };
    const cases: [string, Filter, string[]][] = [
      ['pod_sandbox_id', { pod_sandbox_id: pod.id }, [web.id, db.id]],
      ['pod_sandbox_id of the other pod', { pod_sandbox_id: other.id }, [foreign.id]],
      ['pod_sandbox_id and label', { pod_sandbox_id: pod.id, label_selector: { app: 'web' } }, [web.id]],
      ['pod_sandbox_id and id', { pod_sandbox_id: pod.id, id: db.id }, [db.id]],
      ['pod_sandbox_id and the id of another pod', { pod_sandbox_id: pod.id, id: foreign.id }, []],
      ['pod_sandbox_id and a label of the pod', { ...of, label_selector: { 'crivet.dev/of-pod': 'yes' } }, []],
      ['pod_sandbox_id and an annotation', { ...of, label_selector: { note: 'noted' } }, []],
      ['pod_sandbox_id and a label in another case', { ...of, label_selector: { app: 'Web' } }, []],
      ['id and a label it lacks', { id: web.id, label_selector: { app: 'db' } }, []],
      ['the id of no sandbox', { pod_sandbox_id: 'f'.repeat(64) }, []],
    ];
    for (const [what, filter, expected] of cases) {
      check.sameMembers(await listedIds(t, filter), expected, `ListContainerStats filtered by ${what}`);
    }
  },
);
spec(
  {
    id: 'container-stats/list-running-only',
    title: 'ListContainerStats has no container that does not run, and not the sandbox itself',
    level: 'should',
    since: '1.20',
    why: 'Entries of dead containers cost the kubelet time, and everybody who adds them up counts too much.',
    sources: ['api.proto: RuntimeService.ListContainerStats ("stats of all running containers")'],
    expectations: [53],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const [running, stopped] = await Promise.all([
      pod.start(),
      pod.start(),
      pod.create(),
      pod.runToExit(['/bin/true']),
    ]);
    await stopped.stop(0);
    const listed = await listedIds(t, { pod_sandbox_id: pod.id });
    check.sameMembers(
      listed,
      [running.id],
      'ListContainerStats of a pod with a RUNNING, a CREATED and two EXITED containers',
    );
  },
);

spec(
  {
    id: 'container-stats/list-with-others-that-do-not-run',
    title: 'containers that were not started or have exited neither fail the list nor hide those that run',
    level: 'must',
    since: '1.20',
    why: 'A node has exited containers at any time, one of every restart; the stats of all others must not be lost.',
    sources: [
      'api.proto: RuntimeService.ListContainerStats',
      'kubelet: stats/cri_stats_provider.go listPodStatsPartiallyFromCRI',
      'thread: containerd#8655',
    ],
    expectations: [53],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const [running] = await Promise.all([pod.start(), pod.create(), pod.runToExit(['/bin/true'])]);
    const { stats } = await t.cri.runtime.ListContainerStats({ filter: { pod_sandbox_id: pod.id } });
    const ofRunning = stats.filter(({ attributes }) => attributes?.id === running.id);
    check.equal(ofRunning.length, 1, 'entries of the RUNNING container of a pod with a CREATED and an EXITED one');
    check.present(ofRunning[0]?.memory, 'its memory');
  },
);
