import { codeOf } from '../../src/client/errors.js';
import { check, spec } from '../../src/kit/index.js';
import { hasFigures, sampled } from './figures.js';

spec(
  {
    id: 'container-stats/list-without-removed',
    title: 'ListContainerStats without filter has no container any more when RemoveContainer has returned',
    level: 'must',
    since: '1.20',
    why: 'The summary and the eviction manager go by this list; the usage of a container that is gone is held against its pod.',
    sources: [
      'api.proto: RuntimeService.ListContainerStats ("all running containers"), RemoveContainer',
      'kubelet: stats/cri_stats_provider.go listPodStatsPartiallyFromCRI',
    ],
    expectations: [43, 53],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [stopped, running, stays] = await Promise.all([pod.start(), pod.start(), pod.start()]);
    await sampled(t, running, 'CPU and memory of a running container are sampled', hasFigures);
    await stopped.stop(0);
    await Promise.all([stopped.remove(), running.remove()]);
    // The list may fail if another spec's container goes at the wrong moment (containerd#10796).
    const listed = await t.eventually(
      'ListContainerStats without filter answers',
      () =>
        t.cri.runtime.ListContainerStats({}).then(
          ({ stats }) => stats.map(({ attributes }) => attributes?.id ?? ''),
          (error: unknown) => {
            if (codeOf(error) === 'NOT_FOUND') return undefined;
            throw error;
          },
        ),
      (ids) => ids !== undefined,
      { describe: (ids: string[] | undefined) => ids?.length ?? 'NotFound' },
    );
    for (const { id } of [stopped, running])
      check.excludes(listed ?? [], id, 'ListContainerStats without filter after RemoveContainer');
    check.includes(listed ?? [], stays.id, 'ListContainerStats has the container that stays');
    const one = t.cri.runtime.ContainerStats({ container_id: running.id });
    await check.refuses(one, ['NOT_FOUND'], 'ContainerStats of a container that had figures before it was removed');
  },
);

spec(
  {
    id: 'container-stats/pod-list-without-removed',
    title: 'ListPodSandboxStats without filter has no sandbox any more when RemovePodSandbox has returned',
    level: 'feature:PodAndContainerStatsFromCRI',
    since: '1.23',
    why: 'With stats from the CRI this list is the summary of the node; a pod that is gone is counted on.',
    sources: [
      'api.proto: RuntimeService.ListPodSandboxStats, RemovePodSandbox',
      'kubelet: stats/cri_stats_provider.go listPodStatsStrictlyFromCRI',
    ],
    expectations: [42, 55],
    optionalRpcs: ['ListPodSandboxStats'],
    // containerd 1.6 fails this list while any sandbox is stopped (containerd#10013), as those of other specs may be.
    alone: true,
  },
  async (t) => {
    const [removed, stays] = await Promise.all([t.pods.runOnHostNetwork(), t.pods.runOnHostNetwork()]);
    const listed = async (filter: object | null = null): Promise<string[]> =>
      (await t.cri.runtime.ListPodSandboxStats({ filter })).stats.map(({ attributes }) => attributes?.id ?? '');
    for (const { id } of [removed, stays]) {
      check.includes(await listed(), id, 'ListPodSandboxStats without filter has every READY sandbox');
      // As the kubelet asks.
      check.includes(await listed({}), id, 'ListPodSandboxStats with an empty filter has every READY sandbox');
    }
    const one = () => t.cri.runtime.PodSandboxStats({ pod_sandbox_id: removed.id });
    await one();
    await removed.stop();
    await removed.remove();
    const after = await listed();
    check.excludes(after, removed.id, 'ListPodSandboxStats without filter after RemovePodSandbox');
    check.includes(after, stays.id, 'ListPodSandboxStats has the sandbox that stays');
    await check.refuses(one(), ['NOT_FOUND'], 'PodSandboxStats of a sandbox that had figures before it was removed');
  },
);
