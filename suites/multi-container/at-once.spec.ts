import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { inBackground } from '../shared/background.js';
import { cgroupLimits } from '../shared/cgroup.js';
import { environment } from '../shared/environment.js';
import { Listener } from '../streaming/listener.js';
import { run, shell } from '../streaming/sessions.js';
import { KUBELET_TRANSPORT } from '../streaming/transports.js';

const ids = (containers: readonly { id: string }[]): string[] => containers.map(({ id }) => id);

spec(
  {
    id: 'multi-container/calls-at-once-are-all-done',
    title:
      'UpdateContainerResources, StopContainer, RemoveContainer and ListContainers are each done when several come at once',
    level: 'must',
    since: '1.20',
    why: 'The kubelet ends all containers of a pod at once, and pods beside each other; a call that gets lost leaves a container behind.',
    sources: [
      'api.proto: RuntimeService.UpdateContainerResources, StopContainer, RemoveContainer, ListContainers',
      'kubelet: kuberuntime_container.go killContainersWithSyncResult (a goroutine per container), pleg/generic.go Relist',
    ],
    expectations: [16, 17, 38, 43, 45],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [one, two, stays] = await Promise.all([pod.start(), pod.start(), pod.start()]);
    const list = async (id?: string): Promise<string[]> => {
      const { containers } = await t.cri.runtime.ListContainers({ filter: id === undefined ? null : { id } });
      return ids(containers);
    };
    const [all, first, second] = await Promise.all([list(), list(one.id), list(two.id)]);
    check.equal([first, second], [[one.id], [two.id]], 'ListContainers at once, each with the id of another container');
    for (const { id } of [one, two, stays])
      check.includes(all, id, 'ListContainers without filter, while others come with one, has every container');

    const updates = [one, two].map(async ({ id }, index) => {
      const linux = { memory_limit_in_bytes: BigInt(64 + index) * 1024n ** 2n };
      await t.cri.runtime.UpdateContainerResources({ container_id: id, linux });
      return linux.memory_limit_in_bytes;
    });
    const limits = await Promise.all(updates);
    for (const [index, container] of [one, two].entries()) {
      const { memory } = await cgroupLimits(container);
      check.equal(memory, limits[index], 'memory limit of each of two that were updated at once');
    }

    await Promise.all([one.stop(0), two.stop(0)]);
    for (const container of [one, two])
      check.equal((await container.status()).state, 'CONTAINER_EXITED', 'of two stopped at once each is EXITED');

    const removals = inBackground(Promise.all([one.remove(), two.remove()]));
    const during = await check.accepts(list(), 'ListContainers answers while containers are being removed');
    check.includes(during, stays.id, 'ListContainers meanwhile has the container that stays');
    await removals;
    for (const container of [one, two])
      check.equal(await container.listed(), [], 'of two removed at once neither is listed afterwards');
    check.equal((await stays.status()).state, 'CONTAINER_RUNNING', 'a container that nobody stopped runs on');
  },
);

spec(
  {
    id: 'multi-container/answers-at-once-are-of-each',
    title:
      'of the same call made several times at once, about different pods and containers, each is answered about its own',
    level: 'must',
    since: '1.20',
    why: 'The kubelet asks about all its pods at the same time; an answer that goes to another caller puts the state of one pod on the next.',
    sources: [
      'api.proto: RuntimeService.ContainerStatus, PodSandboxStatus, ListPodSandbox, ContainerStats, ListContainerStats',
      'kubelet: pod_workers.go (a goroutine per pod), pleg/generic.go updateCache, stats/cri_stats_provider.go',
    ],
    expectations: [15, 16, 53],
  },
  async (t) => {
    const pods = await Promise.all([t.pods.shared(), t.pods.runOnHostNetwork()]);
    const subjects = await Promise.all(pods.map(async (pod) => ({ pod: pod.id, container: (await pod.start()).id })));
    const { runtime } = t.cri;
    type Subject = (typeof subjects)[number];
    /** What a call says that it is about. */
    const calls: Record<string, (subject: Subject) => Promise<(string | undefined)[]>> = {
      ContainerStatus: async ({ container }) => [
        (await runtime.ContainerStatus({ container_id: container })).status?.id,
      ],
      PodSandboxStatus: async ({ pod }) => [(await runtime.PodSandboxStatus({ pod_sandbox_id: pod })).status?.id],
      ListContainers: async ({ pod, container }) =>
        ids((await runtime.ListContainers({ filter: { pod_sandbox_id: pod, id: container } })).containers),
      ListPodSandbox: async ({ pod }) => ids((await runtime.ListPodSandbox({ filter: { id: pod } })).items),
      ContainerStats: async ({ container }) => [
        (await runtime.ContainerStats({ container_id: container })).stats?.attributes?.id,
      ],
      ListContainerStats: async ({ pod, container }) =>
        (await runtime.ListContainerStats({ filter: { pod_sandbox_id: pod, id: container } })).stats.map(
          ({ attributes }) => attributes?.id,
        ),
    };
    for (const [name, ask] of Object.entries(calls)) {
      const asked = [...subjects, ...subjects];
      check.equal(
        await Promise.all(asked.map(ask)),
        asked.map(({ pod, container }) => [/Sandbox/.test(name) ? pod : container]),
        `${name}, at once about two pods, answers each time about what it was asked for`,
      );
    }
  },
);

spec(
  {
    id: 'multi-container/namesakes-in-other-pods-stay',
    title:
      'Exec, ExecSync, Attach, StopContainer and RemoveContainer take a container by its id, and leave its namesake in another pod alone',
    level: 'must',
    since: '1.20',
    why: 'All replicas of a deployment have containers of one name; whoever goes by it ends the replicas beside each other.',
    sources: [
      'api.proto: ContainerMetadata ("(name, attempt) is unique within a sandbox"), StopContainerRequest.container_id',
      'kubelet: kuberuntime_container.go killContainer',
    ],
    expectations: [8, 38, 43],
  },
  async (t) => {
    const metadata = { name: `web-${nonce()}`, attempt: 0 };
    const [shared, pod] = await Promise.all([t.pods.shared(), t.pods.runOnHostNetwork()]);
    const script = "trap 'exit 0' TERM; while sleep 0.05; do echo $MARK; done";
    const marked = (MARK: string) => ({ metadata, envs: environment({ MARK }), command: shell(script) });
    const [stopped, other] = [await shared.start(marked('one')), await pod.start(marked('other'))];
    const before = await other.status();
    for (const [container, mark] of [
      [stopped, 'one'],
      [other, 'other'],
    ] as const) {
      const which = 'takes the container by its id';
      check.equal(await container.shell('echo $MARK'), mark, `ExecSync ${which}`);
      const { stdout } = await run(t, KUBELET_TRANSPORT, container, shell('echo $MARK'));
      check.equal(stdout, `${mark}\n`, `Exec ${which}`);
      const watched = await t.streams.attach(container.id, { stderr: false }, KUBELET_TRANSPORT);
      await new Listener(watched.stdout, 'stdout').until(new RegExp(`^(${mark}\n)+$`), `Attach ${which}`);
      watched.close();
    }
    await stopped.stop(2);
    check.equal((await stopped.status()).state, 'CONTAINER_EXITED', 'the container that is stopped is EXITED');
    check.equal(await other.status(), before, 'StopContainer changes nothing of the one in the other pod');
    await stopped.remove();
    check.equal(await other.status(), before, 'RemoveContainer changes nothing of the one in the other pod');
    await other.output(['/bin/true'], 'a command runs in the one in the other pod');
  },
);
