import { check, spec } from '../../src/kit/index.js';

/** Few for a node, which has hundreds, and more than one looks at by hand. They are not started, which is cheap. */
const MANY = 40;
const AT_ONCE = 10;

spec(
  {
    id: 'multi-container/many-are-all-listed',
    title: 'ListContainers lists all of many containers, each once, by pod, label and state, and without a filter',
    level: 'must',
    since: '1.20',
    why: 'A full node has hundreds of containers; what a list leaves out the kubelet starts a second time, and never removes.',
    sources: ['api.proto: RuntimeService.ListContainers', 'kubelet: kuberuntime_container.go getKubeletContainers'],
    expectations: [16, 17],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const ids: string[] = [];
    while (ids.length < MANY) {
      const created = await Promise.all(Array.from({ length: AT_ONCE }, () => pod.create()));
      ids.push(...created.map(({ id }) => id));
    }
    const label_selector = { 'io.kubernetes.pod.uid': pod.identity.uid };
    for (const [filter, how] of [
      [{ pod_sandbox_id: pod.id }, 'by pod_sandbox_id'],
      [{ label_selector }, 'by a label'],
      [{ pod_sandbox_id: pod.id, state: { state: 'CONTAINER_CREATED' } }, 'by pod_sandbox_id and state'],
      [null, 'without a filter'],
    ] as const) {
      const { containers } = await t.cri.runtime.ListContainers({ filter });
      const ours = containers.filter(({ pod_sandbox_id }) => pod_sandbox_id === pod.id).map(({ id }) => id);
      check.sameMembers(ours, ids, `ListContainers ${how} lists all of ${MANY} containers of a pod`);
    }
  },
);
