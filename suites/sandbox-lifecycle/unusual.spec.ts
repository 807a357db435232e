import { createHash } from 'node:crypto';
import { check, spec } from '../../src/kit/index.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';
import { overlay } from '../../fixtures/configs/merge.js';

/** A label key of 264 characters: a prefix of 200, as long ones go, and a name of 63, which is the most. */
const LONG_KEY = `${`${'a'.repeat(39)}.`.repeat(4)}${'b'.repeat(40)}/${'c'.repeat(63)}`;

const LONG_VALUE = 'v'.repeat(63);

/** Past what a byte holds: a container that crashes every five minutes gets there in a day. */
const ATTEMPT = 300;

/** What the kubelet tells since 1.23 of the size of a pod, and of what its runtime class adds to that. */
const SIZES = {
  resources: { cpu_period: 100_000, cpu_shares: 102, memory_limit_in_bytes: 256 * 1024 ** 2 },
  overhead: { cpu_period: 100_000, cpu_shares: 25, memory_limit_in_bytes: 32 * 1024 ** 2 },
};

/** Twenty labels, one of them with a long key and a value of 63 characters, which is the most. */
const manyLabels = (): Record<string, string> => ({
  ...Object.fromEntries(Array.from({ length: 19 }, (_, index) => [`example.com/label-${index}`, String(index)])),
  [LONG_KEY]: LONG_VALUE,
});

spec(
  {
    id: 'sandbox-lifecycle/unusual-values',
    title:
      'long names with dots, uids of static pods, high attempts, long label keys and many labels come back as they were sent',
    level: 'must',
    since: '1.20',
    why: 'All these are legal in Kubernetes, and the kubelet knows its pods and counts its restarts by nothing else.',
    sources: [
      'api.proto: PodSandboxMetadata, ContainerMetadata.attempt (uint32), PodSandbox.labels, Container.labels',
      'api.proto: LinuxPodSandboxConfig.overhead, resources',
      'kubelet: kuberuntime/labels.go; kuberuntime_container.go startContainer; config/common.go applyDefaults (uid of a static pod); kuberuntime_sandbox_linux.go applySandboxResources',
    ],
    expectations: [15, 19, 20],
  },
  async (t) => {
    const { runtime } = t.cri;
    // 120 characters, of 253 that the name of a pod may have; the kubelet cuts the host name, which is not the subject here.
    const name = `${nonce()}.long-name.with.dots.${'x'.repeat(60)}.${'y'.repeat(28)}`;
    // A pod from a file on the node has an MD5 sum for its uid.
    const uid = createHash('md5').update(name).digest('hex');
    const labels = { 'io.kubernetes.pod.name': name, 'io.kubernetes.pod.uid': uid, ...manyLabels() };
    const { identity, config } = await t.pods.config(
      overlay(HOST_NETWORK, { metadata: { name, uid, attempt: ATTEMPT }, labels, linux: SIZES }),
    );
    const pod = await t.pods.runConfig({ ...identity, uid }, config);
    const container = await pod.create({ metadata: { name: 'unusual', attempt: ATTEMPT }, labels: manyLabels() });

    const [listedPod] = (await runtime.ListPodSandbox({ filter: { id: pod.id } })).items;
    for (const [call, seen] of [
      ['PodSandboxStatus', await pod.status()],
      ['ListPodSandbox', check.present(listedPod, 'ListPodSandbox lists the sandbox')],
    ] as const) {
      check.equal(seen.metadata, { ...pod.config.metadata }, `${call} returns metadata with a long name unchanged`);
      check.equal(seen.labels, { ...pod.config.labels }, `${call} returns many labels, and long keys, unchanged`);
    }
    const [listed] = (await runtime.ListContainers({ filter: { id: container.id } })).containers;
    for (const [call, seen] of [
      ['ContainerStatus', await container.status()],
      ['ListContainers', check.present(listed, 'ListContainers lists the container')],
    ] as const) {
      check.equal(seen.metadata, { ...container.config.metadata }, `${call} returns attempt ${ATTEMPT} unchanged`);
      check.equal(seen.labels, { ...container.config.labels }, `${call} returns many labels, and long keys, unchanged`);
    }
    const byLabel = await runtime.ListPodSandbox({
      filter: { label_selector: { [LONG_KEY]: LONG_VALUE, 'io.kubernetes.pod.uid': pod.identity.uid } },
    });
    const found = byLabel.items.map(({ id }) => id);
    check.equal(found, [pod.id], 'ListPodSandbox finds the sandbox by a label with a long key');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/same-name',
    title: 'pods of one name run side by side if namespace or uid differ, and end each for itself',
    level: 'must',
    since: '1.20',
    why: 'Names are unique in a namespace only, and a pod of a StatefulSet or a static pod comes again under its name while the last one is still there.',
    sources: [
      'api.proto: PodSandboxMetadata (name, uid, namespace)',
      'api.proto: StopPodSandboxRequest.pod_sandbox_id, RemovePodSandboxRequest.pod_sandbox_id',
      'kubelet: kuberuntime_sandbox.go generatePodSandboxConfig',
    ],
    expectations: [8, 20],
  },
  async (t) => {
    const first = await t.pods.runOnHostNetwork();
    const { name } = first.identity;
    const inNamespace = async (namespace: string) => {
      const { identity, config } = await t.pods.config(HOST_NETWORK);
      const labels = { ...config.labels, 'io.kubernetes.pod.name': name, 'io.kubernetes.pod.namespace': namespace };
      const named = { ...config, metadata: { ...config.metadata, name, namespace }, labels };
      return check.accepts(t.pods.runConfig(identity, named), `RunPodSandbox of ${namespace}/${name} once more`);
    };
    const pods = [first, await inNamespace(first.identity.namespace), await inNamespace('crivet-other')];
    for (const pod of pods) {
      const status = await pod.status();
      check.equal(status.state, 'SANDBOX_READY', 'each of three pods of one name is READY');
      check.equal(status.metadata, { ...pod.config.metadata }, 'each of three pods of one name has its own metadata');
      const uid = { 'io.kubernetes.pod.uid': pod.identity.uid };
      const { items } = await t.cri.runtime.ListPodSandbox({ filter: { label_selector: uid } });
      const ids = items.map(({ id }) => id);
      check.equal(ids, [pod.id], 'each of three pods of one name is listed under its uid');
    }
    const listed = async () => {
      const { items } = await t.cri.runtime.ListPodSandbox({});
      return items.filter(({ id }) => pods.some((pod) => pod.id === id)).map(({ id, state }) => `${id} ${state}`);
    };
    const [, ...others] = pods.map(({ id }) => `${id} SANDBOX_READY`);
    await first.stop();
    const stopped = `${first.id} SANDBOX_NOTREADY`;
    check.sameMembers(
      await listed(),
      [stopped, ...others],
      'all three are listed; the one that was stopped is NOTREADY',
    );
    await first.remove();
    check.sameMembers(await listed(), others, 'the others are listed as READY when it has been removed');
  },
);
