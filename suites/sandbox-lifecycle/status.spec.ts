import { check, spec } from '../../src/kit/index.js';
import { overlay } from '../../fixtures/configs/merge.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { nearId, unknownId } from '../shared/ids.js';
import { checkJson, checkVerbosity } from '../shared/verbose.js';

/** Texts that a runtime might be tempted to trim, re-encode, cut or take for its own. */
const ANNOTATIONS = {
  'crivet.dev/json': '{"list": [1, 2], "nested": {"quote": "\\""}}',
  'crivet.dev/lines': 'first line\n\tsecond line\r\n',
  'crivet.dev/unicode': 'größer ☃ 𝄞',
  'crivet.dev/empty': '',
  // Of the 256 KiB that the API server lets all annotations of a pod have, more than any 16-bit length.
  'crivet.dev/long': 'x'.repeat(200_000),
  ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`crivet.dev/one-of-many-${index}`, String(index)])),
};

spec(
  {
    id: 'sandbox-lifecycle/attributes-round-trip',
    title: 'metadata, labels and annotations of a sandbox come back exactly as RunPodSandbox was sent them',
    level: 'must',
    since: '1.20',
    why: 'The kubelet finds its pods again by nothing else, and compares annotations to tell whether a pod changed.',
    sources: [
      'api.proto: PodSandboxConfig.annotations, PodSandboxStatus, PodSandbox',
      'kubelet: kuberuntime/labels.go getPodSandboxInfoFromLabels; kuberuntime_manager.go SyncPod (generatePodSandboxConfig)',
    ],
    parity: ['sandbox-lifecycle/attributes-round-trip'],
    expectations: [15, 20],
  },
  async (t) => {
    const labels = { 'crivet.dev/nonce': nonce(), 'crivet.dev/empty': '', 'UPPER.lower_1': 'MixedCase-1.2_3' };
    const pod = await t.pods.runOnHostNetwork({ metadata: { attempt: 2 }, labels, annotations: ANNOTATIONS });
    const told = async (when = ''): Promise<void> => {
      const status = await pod.status();
      const { items } = await t.cri.runtime.ListPodSandbox({ filter: { id: pod.id } });
      check.equal(items.length, 1, 'ListPodSandbox with filter.id lists exactly one sandbox');
      const [listed] = items;
      for (const field of ['metadata', 'labels', 'annotations'] as const) {
        const sent = { ...pod.config[field] };
        check.equal(
          status[field],
          sent,
          `PodSandboxStatus returns the ${field} that were sent, and nothing else${when}`,
        );
        check.equal(
          listed?.[field],
          sent,
          `ListPodSandbox returns the ${field} that were sent, and nothing else${when}`,
        );
      }
    };
    await told();
    // The kubelet sends the pod as it is by then, which may have been labelled and annotated since.
    const since = { 'crivet.dev/since': 'yes' };
    const sandbox_config = overlay(pod.config, { labels: since, annotations: since });
    const config = await pod.containerConfig();
    await t.cri.runtime.CreateContainer({ pod_sandbox_id: pod.id, config, sandbox_config });
    await told(', whatever CreateContainer says of the pod');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/namespaces-echoed',
    title: 'PodSandboxStatus tells the namespace modes that were asked for',
    level: 'must',
    since: '1.20',
    why: 'In every sync the kubelet replaces a sandbox whose network mode is not the one the pod wants.',
    sources: [
      'api.proto: LinuxPodSandboxStatus.namespaces, NamespaceOption',
      'kubelet: kuberuntime/util/util.go PodSandboxChanged',
    ],
    expectations: [9],
  },
  async (t) => {
    const modes = [
      { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
      { network: 'NODE', pid: 'POD', ipc: 'NODE' },
      { network: 'NODE', pid: 'NODE', ipc: 'POD' },
    ] as const;
    const pods = modes.map((namespace_options) => {
      const hostname = namespace_options.network === 'NODE' ? { hostname: '' } : {};
      return t.pods.run({ ...hostname, linux: { security_context: { namespace_options } } });
    });
    // All are there before the first is asked for.
    for (const [index, pod] of (await Promise.all(pods)).entries()) {
      const { linux } = await pod.status();
      const echoed = check.present(linux?.namespaces?.options, 'PodSandboxStatus has linux.namespaces.options');
      const { network, pid, ipc } = echoed;
      const asked = Object.entries(modes[index] ?? {}).map((mode) => mode.join(' '));
      const rule = `namespaces.options has the modes of the request (${asked.join(', ')})`;
      check.equal({ network, pid, ipc }, { ...modes[index] }, rule);
    }
  },
);

spec(
  {
    id: 'sandbox-lifecycle/status-info-verbose',
    title: 'PodSandboxStatus and ContainerStatus have info only if asked to be verbose, and then it is JSON',
    level: 'should',
    since: '1.20',
    why: 'The kubelet polls both for every pod and must not be sent debug data; crictl inspect parses it as JSON.',
    sources: ['api.proto: PodSandboxStatusResponse.info, ContainerStatusResponse.info'],
    expectations: [5],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start();
    const { runtime } = t.cri;
    const [otherPod, other] = [await t.pods.shared(), await t.pods.sharedContainer()];
    const compare = async (when: string): Promise<void> => {
      const terse = await runtime.PodSandboxStatus({ pod_sandbox_id: pod.id, verbose: false });
      const verbose = await runtime.PodSandboxStatus({ pod_sandbox_id: pod.id, verbose: true });
      checkVerbosity('PodSandboxStatus', terse.info, verbose.info);
      checkJson('PodSandboxStatus', verbose.info);
      check.equal(verbose.status, terse.status, `a verbose PodSandboxStatus returns the same status, ${when}`);
      const terseContainer = await runtime.ContainerStatus({ container_id: container.id, verbose: false });
      const verboseContainer = await runtime.ContainerStatus({ container_id: container.id, verbose: true });
      checkVerbosity('ContainerStatus', terseContainer.info, verboseContainer.info);
      checkJson('ContainerStatus', verboseContainer.info);
      const rule = `a verbose ContainerStatus returns the same status, ${when}`;
      check.equal(verboseContainer.status, terseContainer.status, rule);
    };
    await compare('while they run');
    const infos = [
      (await runtime.PodSandboxStatus({ pod_sandbox_id: otherPod.id, verbose: true })).info,
      (await runtime.ContainerStatus({ container_id: other.id, verbose: true })).info,
    ];
    for (const { id } of [pod, container])
      check.that(!JSON.stringify(infos).includes(id), 'info of one sandbox and container speaks of no other', {
        expected: `nothing of ${id}, which was asked for before`,
        observed: infos,
      });
    await pod.stop();
    await compare('once they have stopped');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/status-unknown-not-found',
    title: 'PodSandboxStatus of an id that was never issued is NotFound',
    level: 'must',
    since: '1.20',
    why: 'The kubelet takes this code alone to mean that a sandbox is gone; with any other the pod cannot be synced.',
    sources: ['api.proto: RuntimeService.PodSandboxStatus', 'kubelet: kuberuntime_manager.go GetPodStatus'],
    expectations: [18],
  },
  async (t) => {
    const near = nearId((await t.pods.shared()).id);
    for (const verbose of [false, true]) {
      for (const pod_sandbox_id of [unknownId(), near]) {
        const call = t.cri.runtime.PodSandboxStatus({ pod_sandbox_id, verbose });
        await check.refuses(call, ['NOT_FOUND'], `PodSandboxStatus (verbose ${verbose}) of an unknown id is NotFound`);
      }
    }
  },
);

spec(
  {
    id: 'sandbox-lifecycle/minimal-config',
    title: 'a sandbox needs no more than metadata, labels and a cgroup parent',
    level: 'should',
    since: '1.20',
    why: 'The kubelet fills in more, but crictl and other clients of the CRI leave out what they have no use for.',
    sources: ['api.proto: PodSandboxConfig'],
    parity: ['sandbox-lifecycle/run-becomes-ready'],
    expectations: [8, 10],
  },
  async (t) => {
    const { identity, config } = await t.pods.config();
    const { metadata, labels, linux } = config;
    const minimal = { metadata, labels, linux: { cgroup_parent: linux?.cgroup_parent } };
    const pod = await t.pods.runConfig(identity, minimal);
    const status = await pod.status();
    check.equal(status.state, 'SANDBOX_READY', 'the sandbox is READY');
    check.equal(status.annotations, {}, 'a sandbox without annotations reports none');
    check.equal(status.metadata, { ...config.metadata }, 'PodSandboxStatus returns the metadata');
    check.present(status.network?.ip, 'the pod has an address: its network mode is POD where none is given');
  },
);
