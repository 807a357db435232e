import { check, spec } from '../../src/kit/index.js';
import { nonce } from '../../fixtures/configs/identity.js';

type Labels = Record<string, string>;

/** Selectors that come near to the labels of a thing and do not match; `other` are labels of what it belongs to. */
const nearMisses = (other: Labels): [string, Labels][] => [
  ['a label that only its pod or container has', other],
  ['an annotation', { 'crivet.dev/note': 'noted' }],
  ['a value in lower case', { tier: 'front' }],
  ['a key with an empty value', { tier: '' }],
  ['a key in another case', { Tier: 'Front' }],
  ['a key under another prefix', { 'y.crivet.dev/zone': 'a' }],
  ['a key without its prefix', { zone: 'a' }],
  ['a prefix for a key that has none', { 'x.crivet.dev/tier': 'Front' }],
  ['key and value changed over', { Front: 'tier' }],
];

/** Labels that each count in a selector, be they the first or the last. */
const MANY: Labels = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [`crivet.dev/${index}`, String(index)]),
);

spec(
  {
    id: 'container-lifecycle/selectors-are-exact',
    title:
      'a label selector matches all labels of the thing itself, to the letter, as they and its state are at the time',
    level: 'must',
    since: '1.20',
    why: 'The kubelet finds the sandboxes of a pod by its uid label, and other clients the containers of an application; one too many is stopped or removed in error.',
    sources: [
      'api.proto: ContainerFilter.label_selector, PodSandboxFilter.label_selector ("only exact matches")',
      'kubelet: kuberuntime_sandbox.go getSandboxIDByPodUID; kuberuntime_container.go getKubeletContainers',
    ],
    expectations: [16, 17],
  },
  async (t) => {
    const { runtime } = t.cri;
    const set = { 'crivet.dev/set': nonce() };
    const labels = { ...set, tier: 'Front', 'x.crivet.dev/zone': 'a', ...MANY };
    const annotations = { 'crivet.dev/note': 'noted' };
    const [ofPod, ofContainer] = [{ 'crivet.dev/of-pod': 'yes' }, { 'crivet.dev/of-container': 'yes' }];
    const pod = await t.pods.runOnHostNetwork({ labels: { ...labels, ...ofPod }, annotations });
    const container = await pod.start({ labels: { ...labels, ...ofContainer }, annotations });
    const containers = async (label_selector: Labels, state?: 'CONTAINER_RUNNING' | 'CONTAINER_EXITED') => {
      const filter = { label_selector, ...(state && { state: { state } }) };
      return (await runtime.ListContainers({ filter })).containers.map((item) => [item.id, item.state]);
    };
    const pods = async (label_selector: Labels) =>
      (await runtime.ListPodSandbox({ filter: { label_selector } })).items.map((item) => [item.id, item.state]);

    const running = [container.id, 'CONTAINER_RUNNING'];
    check.equal(await containers(labels), [running], 'ListContainers by the labels of a container');
    check.equal(await pods(labels), [[pod.id, 'SANDBOX_READY']], 'ListPodSandbox by the labels of a sandbox');
    for (const [what, miss] of nearMisses(ofPod))
      check.equal(await containers({ ...set, ...miss }), [], `ListContainers by ${what} has nothing`);
    for (const [what, miss] of nearMisses(ofContainer))
      check.equal(await pods({ ...set, ...miss }), [], `ListPodSandbox by ${what} has nothing`);
    for (const key of Object.keys(MANY)) {
      const selector = { ...labels, [key]: 'another' };
      check.equal(await containers(selector), [], `ListContainers by labels of which ${key} has another value`);
      check.equal(await pods(selector), [], `ListPodSandbox by labels of which ${key} has another value`);
    }

    check.equal(await containers(set, 'CONTAINER_RUNNING'), [running], 'ListContainers by a label and RUNNING');
    await container.stop(0);
    check.equal(
      await containers(set, 'CONTAINER_RUNNING'),
      [],
      'ListContainers by a label and RUNNING when StopContainer has returned',
    );
    const ended = [[container.id, 'CONTAINER_EXITED']];
    check.equal(await containers(set, 'CONTAINER_EXITED'), ended, 'ListContainers by a label and EXITED then');
    await pod.stop();
    check.equal(await pods(set), [[pod.id, 'SANDBOX_NOTREADY']], 'ListPodSandbox by a label after StopPodSandbox');
    await pod.remove();
    check.equal(await pods(set), [], 'ListPodSandbox by a label when RemovePodSandbox has returned');
    check.equal(await containers(set), [], 'ListContainers by a label when RemovePodSandbox has returned');
  },
);
