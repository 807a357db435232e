import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { cgroupLimits } from '../shared/cgroup.js';

const MIB = 1024n * 1024n;
const LIMITS = { cpu_period: 100_000, cpu_quota: 30_000, cpu_shares: 307, memory_limit_in_bytes: 61n * MIB };

spec(
  {
    id: 'container-lifecycle/update-resources-again',
    title:
      'UpdateContainerResources can be repeated at once, and changes no other container of the pod and no later attempt',
    level: 'must',
    since: '1.20',
    why: 'The CPU manager sends the cpuset of each container anew when in doubt, and a resize is tried until it shows; the others of the pod keep their limits, and a restart has those of its config.',
    sources: [
      'api.proto: RuntimeService.UpdateContainerResources, UpdateContainerResourcesRequest.container_id',
      'kubelet: cm/cpumanager/cpu_manager.go reconcileState, kuberuntime_manager.go doPodResizeAction',
    ],
    expectations: [21, 32, 45],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const linux = { resources: LIMITS };
    const name = `updated-again-${nonce()}`;
    const [container, running, created] = await Promise.all([
      pod.start({ linux, metadata: { name, attempt: 0 } }),
      pod.start({ linux }),
      pod.create({ linux }),
    ]);
    const [limits, status] = [await cgroupLimits(running), await running.status()];
    const facts = async (): Promise<object> => {
      const { state, created_at, started_at, finished_at, labels, annotations } = await container.status();
      return { state, created_at, started_at, finished_at, labels, annotations };
    };
    const before = await facts();
    // Of the update, not of the container.
    const annotations = { 'example.com/resized-by': 'crivet' };
    const asked = { cpu_period: 50_000, cpu_quota: 45_000, cpu_shares: 911, memory_limit_in_bytes: 97n * MIB };
    const update = (figures: object): Promise<unknown> =>
      t.cri.runtime.UpdateContainerResources({ container_id: container.id, linux: figures, annotations });
    // Followed at once by one that lowers all of it.
    await update({ cpu_period: 50_000, cpu_quota: 90_000, cpu_shares: 1800, memory_limit_in_bytes: 180n * MIB });
    for (const time of ['first', 'second', 'third']) {
      await check.accepts(update(asked), `UpdateContainerResources with the same request, the ${time} time`);
      const { memory, cpuQuota, cpuPeriod } = await cgroupLimits(container);
      check.equal(
        { memory, cpuQuota, cpuPeriod },
        { memory: 97n * MIB, cpuQuota: 45_000, cpuPeriod: 50_000 },
        `limits of the container after the ${time} update`,
      );
    }
    check.equal(await facts(), before, 'state, times, labels and annotations of the container after the updates');
    check.equal(await cgroupLimits(running), limits, 'limits of another container of the pod after the updates');
    check.equal(await running.status(), status, 'status of another container of the pod after the updates');
    await created.start();
    check.equal(await cgroupLimits(created), limits, 'limits of one that was not started yet when they came');
    await container.stop(0);
    const next = await pod.start({ linux, metadata: { name, attempt: 1 } });
    check.equal(await cgroupLimits(next), limits, 'limits of the next attempt of the container, by its own config');
  },
);
