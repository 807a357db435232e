import { check, spec } from '../../src/kit/index.js';
import { nonce } from '../../fixtures/configs/identity.js';
import type { Input } from '../../src/client/cri.js';
import type { PodSandboxFilter } from '../../src/client/generated/types.js';
import { nearId, unknownId } from '../shared/ids.js';

const READY = { state: 'SANDBOX_READY' } as const;
const NOT_READY = { state: 'SANDBOX_NOTREADY' } as const;

spec(
  {
    id: 'sandbox-lifecycle/list-filters',
    title: 'ListPodSandbox lists the sandboxes that meet every condition of the filter, and only those',
    level: 'must',
    since: '1.20',
    why: 'The kubelet looks for the sandboxes of one pod by label and for running ones by state, and trusts the answer.',
    sources: [
      'api.proto: ListPodSandboxRequest.filter, PodSandboxFilter',
      'kubelet: kuberuntime_sandbox.go getKubeletSandboxes, getSandboxIDByPodUID',
    ],
    expectations: [16],
  },
  async (t) => {
    const set = nonce();
    const labels = (role: string) => ({ 'crivet.dev/set': set, 'crivet.dev/role': role });
    const running = (role: string) => t.pods.runOnHostNetwork({ labels: labels(role) });
    // More than two or three, as a pod has that crashed often.
    const [ready, stopped, ...more] = await Promise.all([
      running('ready'),
      running('stopped'),
      running('third'),
      running('fourth'),
    ]);
    const others = more.map(({ id }) => id);
    await stopped.stop();
    const select = (more: Record<string, string>): PodSandboxFilter['label_selector'] => ({
      'crivet.dev/set': set,
      ...more,
    });

    const cases: [string, Input<PodSandboxFilter>, string[]][] = [
      ['a shared label', { label_selector: select({}) }, [ready.id, stopped.id, ...others]],
      ['two labels', { label_selector: select({ 'crivet.dev/role': 'ready' }) }, [ready.id]],
      [
        'two labels, the first with another value',
        { label_selector: { ...labels('ready'), 'crivet.dev/set': nonce() } },
        [],
      ],
      ['a label with another value', { label_selector: select({ 'crivet.dev/role': 'read' }) }, []],
      ['a label that none has', { label_selector: select({ 'crivet.dev/none': '' }) }, []],
      ['a label and READY', { label_selector: select({}), state: READY }, [ready.id, ...others]],
      ['a label and NOTREADY', { label_selector: select({}), state: NOT_READY }, [stopped.id]],
      ['an id', { id: stopped.id }, [stopped.id]],
      ['an id and its state', { id: stopped.id, state: NOT_READY }, [stopped.id]],
      ['an id and the other state', { id: ready.id, state: NOT_READY }, []],
      ['an id and the label of another', { id: ready.id, label_selector: labels('stopped') }, []],
      ['an id, its label and its state', { id: ready.id, label_selector: labels('ready'), state: READY }, [ready.id]],
    ];
    for (const [conditions, filter, expected] of cases) {
      const { items } = await t.cri.runtime.ListPodSandbox({ filter });
      const ids = items.map(({ id }) => id);
      check.sameMembers(ids, expected, `a filter with ${conditions} lists what meets it`);
    }

    const { items } = await t.cri.runtime.ListPodSandbox({ filter: { state: READY } });
    const notReady = items.filter(({ state }) => state !== 'SANDBOX_READY');
    check.equal(notReady, [], 'a filter with READY alone lists no sandbox that is not');
    const ids = (await t.cri.runtime.ListPodSandbox({ filter: {} })).items.map(({ id }) => id);
    for (const { id } of [ready, stopped]) check.includes(ids, id, 'an empty filter lists sandboxes in every state');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/list-no-match',
    title: 'a filter that nothing meets gives an empty list, not an error',
    level: 'must',
    since: '1.20',
    why: 'The kubelet asks for pods that may be gone; an error there stops the sync of all pods.',
    sources: ['api.proto: PodSandboxFilter, ContainerFilter', 'kubelet: kuberuntime_sandbox.go getSandboxIDByPodUID'],
    expectations: [16],
  },
  async (t) => {
    const { runtime } = t.cri;
    const label_selector = { 'crivet.dev/set': nonce() };
    const [pod, container] = [await t.pods.shared(), await t.pods.sharedContainer()];
    for (const filter of [{ id: unknownId() }, { id: nearId(pod.id) }, { label_selector }]) {
      const { items } = await runtime.ListPodSandbox({ filter });
      check.equal(items, [], `ListPodSandbox with an unknown ${Object.keys(filter).join()} lists nothing`);
    }
    for (const filter of [
      { id: unknownId() },
      { id: nearId(container.id) },
      { pod_sandbox_id: unknownId() },
      { pod_sandbox_id: nearId(pod.id) },
      { label_selector },
    ]) {
      const { containers } = await runtime.ListContainers({ filter });
      check.equal(containers, [], `ListContainers with an unknown ${Object.keys(filter).join()} lists nothing`);
    }
    for (const filter of [{ id: nearId(container.id) }, { pod_sandbox_id: nearId(pod.id) }]) {
      const { stats } = await runtime.ListContainerStats({ filter });
      check.equal(stats, [], `ListContainerStats with an unknown ${Object.keys(filter).join()} lists nothing`);
    }
  },
);
