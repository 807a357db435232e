import { check, spec, type Container, type Pod, type SpecContext } from '../../src/kit/index.js';
import { nearId } from '../shared/ids.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

const CALLS = [
  'api.proto: StopContainerRequest.container_id, RemoveContainerRequest.container_id ("ID of the container to …")',
  'api.proto: StopPodSandboxRequest.pod_sandbox_id, RemovePodSandboxRequest.pod_sandbox_id ("ID of the PodSandbox to …")',
];

/**
 * Stops and removes what does not exist. How a runtime answers, unknown ids apart, the CRI does not say.
 * @param containerIds passed for ids of containers
 * @param sandboxIds passed for ids of sandboxes
 */
async function stopAndRemove(t: SpecContext, containerIds: string[], sandboxIds: string[]): Promise<void> {
  const { runtime } = t.cri;
  const calls: (() => Promise<unknown>)[] = [
    ...containerIds.flatMap((container_id) => [
      () => runtime.StopContainer({ container_id, timeout: 0 }),
      () => runtime.RemoveContainer({ container_id }),
    ]),
    ...sandboxIds.flatMap((pod_sandbox_id) => [
      () => runtime.StopPodSandbox({ pod_sandbox_id }),
      () => runtime.RemovePodSandbox({ pod_sandbox_id }),
    ]),
  ];
  for (const call of calls) await call().catch((error: unknown) => t.note(String(error)));
}

/** Calls with ids that stand for nothing. The CRI names a code for few of them. */
async function refused(calls: [rpc: string, call: Promise<unknown>][]): Promise<void> {
  const outcomes = calls.map(([rpc, call]) =>
    check.refuses(call, ANY_REFUSAL, `${rpc} is refused if nothing of its kind has the id`),
  );
  await Promise.all(outcomes);
}

/** What is said of a pod and its only container; of what is gone, that it is not listed. */
async function said(t: SpecContext, pod: Pod, container: Container): Promise<object> {
  const { items } = await t.cri.runtime.ListPodSandbox({ filter: { id: pod.id } });
  const [listed] = await container.listed();
  return { sandbox: items[0]?.state ?? 'not listed', container: listed?.state ?? 'not listed' };
}

const UNTOUCHED = { sandbox: 'SANDBOX_READY', container: 'CONTAINER_RUNNING' };

spec(
  {
    id: 'idempotence/only-ids-are-ids',
    title:
      'an id that differs at its end only, or a name, stands for no container or sandbox: nothing is stopped, removed, made or served',
    level: 'must',
    since: '1.20',
    why: 'The kubelet repeats stops and removals of what is long gone; what is there beside it, and its namesakes in every other pod, must live.',
    sources: CALLS,
    expectations: [38, 41, 42, 43],
  },
  async (t) => {
    const { runtime } = t.cri;
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start();
    await stopAndRemove(t, [nearId(container.id)], [nearId(pod.id)]);
    check.equal(await said(t, pod, container), UNTOUCHED, 'after stops and removals of ids that differ at their ends');
    const [container_id, pod_sandbox_id] = [nearId(container.id), nearId(pod.id)];
    const { config: sandbox_config, identity } = pod;
    const config = await pod.containerConfig();
    await refused([
      ['CreateContainer', runtime.CreateContainer({ pod_sandbox_id, config, sandbox_config })],
      ['ReopenContainerLog', runtime.ReopenContainerLog({ container_id })],
      ['Exec', runtime.Exec({ container_id, cmd: ['/bin/true'], stdout: true })],
      ['Attach', runtime.Attach({ container_id, stdout: true })],
      ['PortForward', runtime.PortForward({ pod_sandbox_id, port: [80] })],
    ]);
    const name = container.config.metadata?.name ?? '';
    await stopAndRemove(t, [name], [identity.name, identity.uid]);
    check.equal(
      await said(t, pod, container),
      UNTOUCHED,
      'after stops and removals by names and by the uid of the pod',
    );
    await refused([
      ['ContainerStatus', runtime.ContainerStatus({ container_id: name })],
      ['PodSandboxStatus', runtime.PodSandboxStatus({ pod_sandbox_id: identity.name })],
      ['PodSandboxStatus', runtime.PodSandboxStatus({ pod_sandbox_id: identity.uid })],
    ]);
  },
);

spec(
  {
    id: 'idempotence/ids-of-other-kind',
    title: 'the id of a sandbox is none of a container, and the other way round',
    level: 'should',
    since: '1.20',
    why: 'A client that mixes up the two must be told so, and must not end a whole pod where it means a container, or be shown a process that is no workload.',
    sources: [
      ...CALLS,
      'api.proto: RuntimeService.ContainerStatus, PodSandboxStatus ("if … is not present, returns an error")',
    ],
    expectations: [18, 38, 41],
  },
  async (t) => {
    const { runtime } = t.cri;
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start();
    await refused([
      ['ContainerStatus', runtime.ContainerStatus({ container_id: pod.id })],
      ['ContainerStats', runtime.ContainerStats({ container_id: pod.id })],
      ['ExecSync', runtime.ExecSync({ container_id: pod.id, cmd: ['/bin/true'], timeout: 10 })],
      ['PodSandboxStatus', runtime.PodSandboxStatus({ pod_sandbox_id: container.id })],
    ]);
    await stopAndRemove(t, [], [container.id]);
    check.equal(await said(t, pod, container), UNTOUCHED, "after stop and removal of a sandbox by a container's id");
    await stopAndRemove(t, [pod.id], []);
    check.equal(await said(t, pod, container), UNTOUCHED, "after stop and removal of a container by its sandbox's id");
  },
);
