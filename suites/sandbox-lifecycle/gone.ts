import { check, type Container, type Pod, type SpecContext } from '../../src/kit/index.js';

/** Wants every trace of a removed sandbox and its containers to have left the answers of the runtime. */
export async function checkSandboxGone(t: SpecContext, pod: Pod, containers: Container[]): Promise<void> {
  const { runtime } = t.cri;
  const { items } = await runtime.ListPodSandbox({ filter: { id: pod.id } });
  check.equal(items, [], 'ListPodSandbox with filter.id of a removed sandbox lists nothing');
  check.equal(await pod.listed(), [], 'ListPodSandbox without filter does not list a removed sandbox');
  await check.refuses(pod.status(), ['NOT_FOUND'], 'PodSandboxStatus of a removed sandbox is NotFound');
  const left = await runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
  check.equal(left.containers, [], 'ListContainers lists nothing for a removed sandbox');
  for (const container of containers) {
    check.equal(await container.listed(), [], 'ListContainers does not list a container of a removed sandbox');
    await check.refuses(container.status(), ['NOT_FOUND'], 'ContainerStatus in a removed sandbox is NotFound');
  }
}
