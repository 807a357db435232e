import { check, spec, type Container, type ContainerHost } from '../../src/kit/index.js';
import { nonce } from '../../fixtures/configs/identity.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';

/** Two containers that differ in an environment variable, so that it shows in which of them a command ran. */
async function startPair(pod: ContainerHost): Promise<[Container, string][]> {
  const pair: [Container, string][] = [];
  for (let count = 0; count < 2; count += 1) {
    const word = nonce();
    const value = Buffer.from(word);
    const envs: ContainerInput['envs'] = [
      { key: 'CRIVET_WHO', value },
      { key: `CRIVET_${count}`, value },
    ];
    pair.push([await pod.start({ envs }), word]);
  }
  return pair;
}

spec(
  {
    id: 'multi-container/exec-each',
    title: 'ExecSync runs in the container it names, with that container’s environment and files',
    level: 'must',
    since: '1.20',
    why: 'A probe that ran in another container would restart the wrong one.',
    sources: ['api.proto: ExecSyncRequest.container_id', 'kubelet: prober/prober.go'],
    parity: ['multi-container/exec-each'],
    expectations: [49],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const pair = await startPair(pod);
    for (const [container, word] of pair) {
      const script = 'echo $CRIVET_WHO; echo $CRIVET_WHO > /data/who; env | grep -c ^CRIVET_';
      const seen = await container.exec(['/bin/sh', '-c', script]);
      const expected = { stdout: `${word}\n2\n`, stderr: '', exitCode: 0 };
      check.equal(seen, expected, 'ExecSync runs with the environment of the container it names');
    }
    for (const [container, word] of pair) {
      const file = await container.output(['/bin/cat', '/data/who']);
      check.equal(file, word, 'each container has files of its own');
    }
  },
);

spec(
  {
    id: 'multi-container/separate-logs',
    title: 'the output of each container of a pod goes to its own log, and only there',
    level: 'must',
    since: '1.20',
    why: 'kubectl logs -c reads the file of one container; lines of another would be shown as its own.',
    sources: [
      'api.proto: PodSandboxConfig.log_directory, ContainerConfig.log_path, ContainerStatus.log_path',
      'kubelet: kuberuntime_container.go generateContainerConfig, kuberuntime_logs.go ReadLogs',
    ],
    parity: ['multi-container/separate-logs'],
    expectations: [24, 48],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const words = [nonce(), nonce()];
    const containers: [Container, string][] = [];
    for (const word of words) {
      const script = `echo out ${word}; echo err ${word} >&2; echo end ${word}; exec pause`;
      containers.push([await pod.start({ command: ['/bin/sh', '-c', script] }), word]);
    }
    const written = (container: Container) =>
      container.log('the log has what the container wrote', (seen) => seen.length >= 3);
    // What one wrote may come to the log of another later than to its own.
    for (const [container] of containers) await written(container);
    for (const [container, word] of containers) {
      const entries = await written(container);
      const of = (stream: string): string[] =>
        entries.filter((entry) => entry.stream === stream).map((entry) => entry.content.toString());
      check.equal(of('stdout'), [`out ${word}`, `end ${word}`], 'the log has the stdout of its container alone');
      check.equal(of('stderr'), [`err ${word}`], 'the log has the stderr of its container alone');
      const { log_path } = await container.status();
      check.equal(log_path, container.logPath, 'ContainerStatus.log_path is log_directory/log_path of the configs');
    }
  },
);

spec(
  {
    id: 'multi-container/listed-with-their-pod',
    title: 'every container of a pod is listed once, with the id of its pod, its own name, labels, image and state',
    level: 'must',
    since: '1.20',
    why: 'The kubelet puts its picture of a pod together from this list; what is missing is started a second time.',
    sources: ['api.proto: Container.pod_sandbox_id, ContainerFilter', 'kubelet: kuberuntime_manager.go GetPods'],
    expectations: [16, 17],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork({ labels: { 'crivet.dev/of': 'pod' } });
    const waits = await pod.create({ metadata: { name: 'waits' }, labels: { 'crivet.dev/waits': 'yes' } });
    const runs = await pod.start({ metadata: { name: 'runs' } });
    const ended = await pod.runToExit(['/bin/false'], { metadata: { name: 'ended' } });
    const other = await pod.create({ metadata: { name: 'other' } }, 'ignores-term');
    const elsewhere = await (await t.pods.shared()).start();
    const expected = new Map([
      [waits.id, 'waits CONTAINER_CREATED'],
      [runs.id, 'runs CONTAINER_RUNNING'],
      [ended.id, 'ended CONTAINER_EXITED'],
      [other.id, 'other CONTAINER_CREATED'],
    ]);
    const labels = new Map([waits, runs, ended, other].map(({ id, config }) => [id, { ...config.labels }]));
    // References to an image may differ, but have to lead to it.
    const imageId = async (ref: string) => (await t.images.status(ref))?.id;
    const general = await imageId((await t.images.shared('general')).ref);
    const otherImage = await imageId((await t.images.shared('ignores-term')).ref);
    const filtered = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
    const everything = await t.cri.runtime.ListContainers({});
    const ours = everything.containers.filter(({ id }) => expected.has(id));
    for (const [list, how] of [
      [filtered.containers, 'filtered by pod_sandbox_id'],
      [ours, 'without a filter'],
    ] as const) {
      check.sameMembers(
        list.map(({ id }) => id),
        [...expected.keys()],
        `ListContainers ${how} lists each container of the pod once`,
      );
      for (const { id, pod_sandbox_id, metadata, state, labels: told, image, image_ref } of list) {
        const images = [await imageId(image?.image ?? ''), await imageId(image_ref)];
        const image_id = id === other.id ? otherImage : general;
        check.equal(images, [image_id, image_id], `ListContainers ${how} tells the image of each container`);
        check.equal(told, labels.get(id), `ListContainers ${how} tells the labels of each container, not its pod's`);
        check.equal(pod_sandbox_id, pod.id, `ListContainers ${how} tells the sandbox of each container`);
        check.equal(`${metadata?.name ?? ''} ${state}`, expected.get(id), `ListContainers ${how} tells name and state`);
      }
    }
    check.equal((await waits.status()).labels, labels.get(waits.id), 'ContainerStatus tells the labels alike');
    check.equal(
      everything.containers.find(({ id }) => id === elsewhere.id)?.pod_sandbox_id,
      elsewhere.pod.id,
      'ListContainers without a filter tells the sandbox of a container of another pod',
    );
  },
);

spec(
  {
    id: 'multi-container/one-ends-others-stay',
    title: 'a container that is stopped and removed takes neither the others nor the sandbox along',
    level: 'must',
    since: '1.20',
    why: 'The kubelet restarts single containers of a pod; the others must not notice.',
    sources: ['api.proto: StopContainer, RemoveContainer', 'kubelet: kuberuntime_manager.go SyncPod, killContainer'],
    expectations: [8, 44],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const [first, other] = [await pod.start(), await pod.start()];
    const before = await other.status();
    await first.stop(2);
    check.equal((await first.status()).state, 'CONTAINER_EXITED', 'the container that is stopped is EXITED');
    check.equal(await other.status(), before, 'StopContainer changes nothing of another container');
    await first.remove();
    check.equal(await first.listed(), [], 'the container that is removed is not listed');
    for (const filter of [
      { pod_sandbox_id: pod.id },
      { label_selector: { 'io.kubernetes.pod.uid': pod.identity.uid } },
      { pod_sandbox_id: pod.id, state: { state: 'CONTAINER_RUNNING' } } as const,
    ]) {
      const { containers } = await t.cri.runtime.ListContainers({ filter });
      const ids = containers.map(({ id }) => id);
      check.equal(ids, [other.id], `ListContainers by ${Object.keys(filter).join(' and ')} has the one that is left`);
    }
    check.equal(await other.status(), before, 'RemoveContainer changes nothing of another container');
    await other.output(['/bin/true'], 'a command runs in the other container');
    await other.stop(2);
    check.equal((await pod.status()).state, 'SANDBOX_READY', 'the sandbox stays READY when its last container ended');
    await other.remove();
    check.equal(
      (await pod.status()).state,
      'SANDBOX_READY',
      'the sandbox stays READY when none of its containers is left',
    );
    const next = await pod.start({ metadata: { attempt: 1 } });
    check.equal((await next.status()).state, 'CONTAINER_RUNNING', 'a new container can be started in the sandbox');
  },
);

spec(
  {
    id: 'multi-container/statuses-with-timestamp',
    title: 'PodSandboxStatus with a timestamp has the statuses of all containers',
    level: 'must',
    since: '1.26',
    why: 'With a timestamp the kubelet takes containers_statuses for the whole truth: what is missing there is gone for it.',
    sources: [
      'api.proto: PodSandboxStatusResponse.containers_statuses, timestamp',
      'kubelet: kuberuntime_manager.go GetPodStatus; KEP-3386',
      'thread: containerd/containerd#10728',
    ],
    expectations: [30],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const containers = [await pod.create(), await pod.start(), await pod.runToExit(['/bin/false'])];
    const answer = await t.cri.runtime.PodSandboxStatus({ pod_sandbox_id: pod.id });
    const listed = answer.containers_statuses.map(({ id }) => id);
    const expected = answer.timestamp === 0n && listed.length === 0 ? [] : containers.map(({ id }) => id);
    check.sameMembers(listed, expected, 'containers_statuses has all containers, or there is no timestamp either');
    for (const status of answer.containers_statuses) {
      const { status: alone } = await t.cri.runtime.ContainerStatus({ container_id: status.id });
      check.equal(status, alone, 'containers_statuses says what ContainerStatus says');
    }
  },
);
