import type { ContainerInput } from '../../fixtures/configs/container.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { trueConditions } from '../shared/conditions.js';
import { giveUp } from '../shared/given-up.js';
import { unknownId } from '../shared/ids.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

spec(
  {
    id: 'container-lifecycle/same-name-and-attempt-refused',
    title: 'a second container of the same name and attempt in a sandbox is refused',
    level: 'must',
    since: '1.20',
    why: 'A kubelet that lost the answer to CreateContainer asks again; only the refusal keeps the container from running twice.',
    sources: [
      'api.proto: ContainerMetadata ("name and attempt uniquely identify a container within its sandbox")',
      'kubelet: kuberuntime_container.go startContainer',
    ],
    expectations: [32],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const first = await pod.create({ metadata: { name: 'twin', attempt: 0 } });
    const again = pod.create({ metadata: { name: 'twin', attempt: 0 } });
    await check.refuses(again, ANY_REFUSAL, 'CreateContainer with a name and attempt that exist in the sandbox');
    const inPod = async (): Promise<string[]> =>
      (await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } })).containers.map(({ id }) => id);
    check.equal(await inPod(), [first.id], 'the refused container is not listed, the first one is');
    await first.remove();
    const second = await pod.create({ metadata: { name: 'twin', attempt: 0 } });
    check.equal(await inPod(), [second.id], 'after RemoveContainer its name and attempt can be used again');
    check.notEqual(second.id, first.id, 'a new container has a new id');

    const config = await pod.containerConfig({ metadata: { name: 'twin', attempt: 1 } });
    const request = { pod_sandbox_id: pod.id, config, sandbox_config: pod.config };
    // The refusal may wait for what becomes of the other call.
    const signal = t.abortAfter(5_000);
    await Promise.allSettled([0, 1].map(() => t.cri.runtime.CreateContainer(request, { signal })));
    const made = (await inPod()).filter((id) => id !== second.id);
    check.that(made.length <= 1, 'two CreateContainer at once with the same name and attempt make one container', {
      expected: 'one at most',
      observed: made,
    });
  },
);

spec(
  {
    id: 'container-lifecycle/cancelled-create-can-be-retried',
    title:
      'after a CreateContainer whose client went away the kubelet gets its container by the same request or the next attempt',
    level: 'must',
    since: '1.20',
    why: 'The kubelet retries a create that hit its deadline; a name that stays reserved for a container that is not listed keeps the pod from ever starting.',
    sources: ['kubelet: remote_runtime.go createContainer', 'thread: cri-o#7010, cri-o#9097, amazonlinux-2023#1097'],
    expectations: [13],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const configOf = (attempt: number): Promise<ContainerInput> =>
      pod.containerConfig({ metadata: { name: 'retried', attempt } });
    const listed = async (): Promise<string[]> => {
      const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
      return containers.map(({ metadata }) => `attempt ${metadata?.attempt ?? -1}`);
    };
    const request = { pod_sandbox_id: pod.id, config: await configOf(0), sandbox_config: pod.config };
    await giveUp(t, [1, 4, 12], (options) => t.cri.runtime.CreateContainer(request, options));
    // A container that the runtime made all the same is listed, and the kubelet goes on with the next attempt.
    const container = await t.eventually(
      'CreateContainer succeeds, with the next attempt if the container is already listed',
      async () => pod.createConfig(await configOf((await listed()).includes('attempt 0') ? 1 : 0)).catch(String),
      (made) => typeof made !== 'string',
      { withinMs: 20_000, describe: (made) => (typeof made === 'string' ? made : 'success') },
    );
    check.that(typeof container !== 'string', 'CreateContainer succeeds', {
      expected: 'a container',
      observed: container,
    });
    const attempts = await listed();
    check.sameMembers(attempts, [...new Set(attempts)], 'every attempt is listed once');
    await container.start();
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'the container starts');
  },
);

spec(
  {
    id: 'container-lifecycle/refused-create-can-be-put-right',
    title: 'a CreateContainer that is refused leaves nothing in the way of the same container with a config put right',
    level: 'must',
    since: '1.20',
    why: 'The kubelet asks again for the same attempt, since none is listed; a name that stays taken keeps the pod from ever starting, however often its image is put right.',
    sources: [
      'api.proto: ContainerMetadata, LinuxContainerSecurityContext.run_as_group ("the runtime MUST error")',
      'kubelet: kuberuntime_container.go startContainer (CreateContainerError), kubelet.go updateRuntimeUp',
      'thread: cri-o#7010',
    ],
    expectations: [3, 14, 32],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const metadata = { name: `put-right-${nonce()}`, attempt: 0 };
    const ready = await trueConditions(t);
    const wrong: [string, ContainerInput][] = [
      ['an image that is not there', { image: { image: `sha256:${unknownId()}` } }],
      ['run_as_group and no user', { linux: { security_context: { run_as_group: { value: 1004n } } } }],
    ];
    for (const [what, config] of wrong) {
      const call = pod.create({ ...config, metadata });
      await check.refuses(call, ANY_REFUSAL, `CreateContainer with ${what} is refused`);
    }
    check.equal(await trueConditions(t), ready, 'what is refused leaves the conditions of Status true');
    const { state } = (await t.cri.runtime.PodSandboxStatus({ pod_sandbox_id: pod.id })).status ?? {};
    check.equal(state, 'SANDBOX_READY', 'what is refused leaves the sandbox READY');
    const inPod = async (): Promise<string[]> => {
      const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
      return containers.filter((item) => item.metadata?.name === metadata.name).map(({ id }) => id);
    };
    check.equal(await inPod(), [], 'a container that was refused is not listed');
    const container = await check.accepts(
      pod.create({ metadata }),
      'CreateContainer with the name and attempt of containers that were refused succeeds',
    );
    check.equal(await inPod(), [container.id], 'it is listed, once');
  },
);

spec(
  {
    id: 'container-lifecycle/create-in-stopped-sandbox-refused',
    title: 'CreateContainer in a stopped sandbox is refused',
    level: 'should',
    since: '1.20',
    why: 'A container in a sandbox without network and namespaces can never run; it only holds its name and disk until garbage collection.',
    sources: ['api.proto: RuntimeService.StopPodSandbox', 'thread: containerd#13599'],
    expectations: [31],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    await pod.stop();
    await check.refuses(pod.create(), ANY_REFUSAL, 'CreateContainer in a sandbox that is NOTREADY');
    const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
    check.equal(containers.length, 0, 'no container is left in the stopped sandbox');
  },
);
