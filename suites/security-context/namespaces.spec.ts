import { existsSync } from 'node:fs';
import { check, spec, type Pod } from '../../src/kit/index.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { succeeds } from './mounts.js';
import { namespaceIds, namespaces, nodeNamespace, sees, startMarked } from './namespace-ids.js';

const OPTIONS = 'api.proto: NamespaceOption, NamespaceMode';
const KUBELET = 'kubelet: kuberuntime/util/util.go NamespacesForPod';

/** The kubelet compares the network mode in the status with the one it wants; the others are there for the same use. */
async function echoesModes(pod: Pod): Promise<void> {
  const asked = pod.config.linux?.security_context?.namespace_options;
  const told = (await pod.status()).linux?.namespaces?.options;
  const modes = { network: told?.network, pid: told?.pid, ipc: told?.ipc };
  const expected = { network: asked?.network, pid: asked?.pid, ipc: asked?.ipc };
  check.equal(modes, expected, 'PodSandboxStatus.linux.namespaces.options repeats the modes of the request');
}

spec(
  {
    id: 'security-context/host-pid',
    title: 'with pid NODE containers are in the node’s process namespace and see its processes',
    level: 'must',
    since: '1.20',
    why: 'hostPID: true is how node agents watch and signal the processes of the node.',
    sources: [OPTIONS, KUBELET],
    parity: ['security-context/host-pid'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork(namespaces({ pid: 'NODE' }));
    const [one, other] = [await startMarked(pod), await startMarked(pod)];
    const ids = await namespaceIds(t, one);
    const node = await nodeNamespace(t, 'pid');
    check.equal(ids.first.pid, node, 'the first process is in the node’s pid namespace');
    check.equal(ids.execed.pid, node, 'an exec’ed process is in the node’s pid namespace');
    check.equal(await sees(one, other), true, 'a container sees the process of another one in /proc');
    if (t.env.settings.hostAccess) {
      const seen = await one.container.exec(['/bin/cat', `/proc/${process.pid}/cmdline`]);
      check.equal(seen.exitCode, 0, 'a process of the node is in the container’s /proc, under its own pid');
    }
    await echoesModes(pod);
  },
);

spec(
  {
    id: 'security-context/pod-pid',
    title: 'with pid POD the containers of a pod share one process namespace, which is not the node’s',
    level: 'must',
    since: '1.20',
    why: 'shareProcessNamespace: true lets a side-car signal and inspect the main container, and nothing else.',
    sources: [OPTIONS, KUBELET],
    parity: ['security-context/pod-pid'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork(namespaces({ pid: 'POD' }));
    const [one, other] = [await startMarked(pod), await startMarked(pod)];
    const [ids, others] = [await namespaceIds(t, one), await namespaceIds(t, other)];
    check.equal(others.first.pid, ids.first.pid, 'the first processes of both containers share a pid namespace');
    check.equal(ids.execed.pid, ids.first.pid, 'an exec’ed process shares it');
    check.notEqual(ids.first.pid, await nodeNamespace(t, 'pid'), 'that namespace is not the node’s');
    check.notEqual(ids.pid, 1, 'process 1 is the sandbox’s: it outlives the first container');
    check.notEqual(others.pid, 1, 'process 1 is the sandbox’s: it outlives the second container');
    check.equal(await sees(one, other), true, 'the first container sees the second one’s process');
    check.equal(await sees(other, one), true, 'the second container sees the first one’s process');
    const third = (await namespaceIds(t, await startMarked(pod))).first;
    check.equal(
      [third.pid, third.ipc],
      [ids.first.pid, ids.first.ipc],
      'the pid and IPC namespaces of a third container are those of the first',
    );
    await echoesModes(pod);
    await one.container.stop(1);
    const rule = 'the stop of one container signals no process of another';
    check.equal(await check.accepts(sees(other, other), rule), true, rule);
  },
);

spec(
  {
    id: 'security-context/container-pid',
    title: 'with pid CONTAINER a container’s process is number 1 in a namespace of its own',
    level: 'must',
    since: '1.20',
    why: 'This is what the kubelet asks for by default: containers of a pod must not see or signal each other.',
    sources: [OPTIONS, KUBELET],
    parity: ['security-context/container-pid'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const [one, other] = [await startMarked(pod), await startMarked(pod)];
    const [ids, others] = [await namespaceIds(t, one), await namespaceIds(t, other)];
    check.equal([ids.pid, others.pid], [1, 1], 'the first process of each container is process 1');
    check.equal(ids.execed.pid, ids.first.pid, 'an exec’ed process joins the container’s pid namespace');
    check.notEqual(ids.first.pid, others.first.pid, 'two containers have two pid namespaces');
    check.equal(await sees(one, one), true, 'a container sees its own process');
    check.equal(await sees(one, other), false, 'a container does not see the process of its sibling');
    await echoesModes(pod);
  },
);

spec(
  {
    id: 'security-context/pid-target',
    title: 'with pid TARGET a container joins the process namespace of the container named by target_id',
    level: 'must',
    since: '1.20',
    why: 'kubectl debug --target runs an ephemeral container that has to see the processes of the one it debugs.',
    sources: ['api.proto: NamespaceMode.TARGET, NamespaceOption.target_id', 'kubelet: kuberuntime_container.go'],
    expectations: [35],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [bystander, target] = [await startMarked(pod), await startMarked(pod)];
    const debug = await startMarked(pod, namespaces({ pid: 'TARGET', target_id: target.container.id }));
    const [ids, targets] = [await namespaceIds(t, debug), await namespaceIds(t, target)];
    check.equal(ids.first.pid, targets.first.pid, 'the first process is in the target’s pid namespace');
    check.equal(ids.execed.pid, targets.first.pid, 'an exec’ed process is in the target’s pid namespace');
    check.notEqual(ids.first.mnt, targets.first.mnt, 'its root file system stays its own');
    check.equal(await sees(debug, target), true, 'it sees the target’s process');
    check.equal(await sees(debug, bystander), false, 'it does not see the process of a third container');
    await debug.container.stop(0);
    check.equal((await target.container.status()).state, 'CONTAINER_RUNNING', 'the target outlives the debugger');
  },
);

spec(
  {
    id: 'security-context/pid-target-refused',
    title: 'pid TARGET is refused for a container that does not exist, has ended or belongs to another pod',
    level: 'must',
    since: '1.20',
    why: 'A user allowed to debug one pod must not reach into the processes of another.',
    sources: ['api.proto: NamespaceOption.target_id: a container of the same pod'],
    expectations: [35],
  },
  async (t) => {
    const [pod, foreign] = await Promise.all([t.pods.runOnHostNetwork(), t.pods.runOnHostNetwork()]);
    const stranger = await foreign.start();
    const attempt = (target_id: string): Promise<unknown> => pod.start(namespaces({ pid: 'TARGET', target_id }));
    await check.refuses(attempt(stranger.id), ANY_REFUSAL, 'a target of another pod is refused');
    await check.refuses(attempt('0'.repeat(64)), ANY_REFUSAL, 'a target that does not exist is refused');
    const ended = await pod.runToExit(['/bin/true']);
    await check.refuses(
      attempt(ended.id),
      ANY_REFUSAL,
      'a target that has ended, and its namespace with it, is refused',
    );
  },
);

spec(
  {
    id: 'security-context/host-ipc',
    title: 'with ipc NODE pods are in the node’s IPC namespace and share its /dev/shm',
    level: 'must',
    since: '1.20',
    why: 'hostIPC: true pods exchange data with each other and the node through shared memory.',
    sources: [OPTIONS, KUBELET],
    parity: ['security-context/host-ipc'],
  },
  async (t) => {
    const pods = await Promise.all([0, 1].map(() => t.pods.runOnHostNetwork(namespaces({ ipc: 'NODE' }))));
    const [one, other] = await Promise.all(pods.map((pod) => startMarked(pod)));
    if (pods[0] === undefined || one === undefined || other === undefined) return;
    const [ids, others] = await Promise.all([namespaceIds(t, one), namespaceIds(t, other)]);
    check.equal(others.first.ipc, ids.first.ipc, 'the first processes of two pods are in one IPC namespace');
    check.equal(ids.execed.ipc, ids.first.ipc, 'an exec’ed process is in the same');
    const file = `/dev/shm/crivet-${one.marker}`;
    try {
      await one.container.shell(`echo shared > ${file}`);
      check.equal(await other.container.output(['/bin/cat', file]), 'shared', 'both pods have one /dev/shm');
      const onNode = !t.env.settings.hostAccess || existsSync(file);
      check.equal(onNode, true, 'what is written there is in /dev/shm of the node');
    } finally {
      // It lies on the node, so it does not go with the pod.
      await one.container.shell(`rm -f ${file}`);
    }
    await echoesModes(pods[0]);
  },
);

spec(
  {
    id: 'security-context/pod-ipc',
    title:
      'with ipc POD the containers of a pod share one IPC namespace and /dev/shm, which are neither the node’s nor another pod’s',
    level: 'must',
    since: '1.20',
    why: 'Containers of a pod exchange data through shared memory that no other pod may reach.',
    sources: [OPTIONS, KUBELET],
    parity: ['security-context/pod-ipc'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const restarted = { metadata: { name: 'restarted', attempt: 1 } };
    const [one, other] = [await startMarked(pod), await startMarked(pod, restarted)];
    const stranger = await startMarked(await t.pods.shared());
    const [ids, others] = [await namespaceIds(t, one), await namespaceIds(t, other)];
    check.equal(others.first.ipc, ids.first.ipc, 'the first processes of both containers share an IPC namespace');
    check.equal(ids.execed.ipc, ids.first.ipc, 'an exec’ed process shares it');
    check.notEqual(ids.first.ipc, await nodeNamespace(t, 'ipc'), 'that namespace is not the node’s');
    const file = `/dev/shm/crivet-${one.marker}`;
    await one.container.shell(`echo shared > ${file}`);
    check.equal(await other.container.output(['/bin/cat', file]), 'shared', 'both containers have one /dev/shm');
    const onNode = t.env.settings.hostAccess && existsSync(file);
    const elsewhere = await succeeds(stranger.container, `test -e ${file}`);
    await one.container.shell(`rm ${file}`);
    check.equal(onNode, false, 'what is written there is not in /dev/shm of the node');
    check.equal(elsewhere, false, 'what is written there is not in /dev/shm of another pod');
    const foreign = (await namespaceIds(t, stranger)).first;
    check.notEqual(foreign.ipc, ids.first.ipc, 'the IPC namespace is not that of another pod');
    await echoesModes(pod);
  },
);

spec(
  {
    id: 'security-context/host-network',
    title: 'with network NODE containers are in the node’s network namespace',
    level: 'must',
    since: '1.20',
    why: 'hostNetwork: true is how network plug-ins and the control plane run; the kubelet recreates a sandbox whose status shows another mode.',
    sources: [OPTIONS, 'kubelet: kuberuntime/util/util.go PodSandboxChanged'],
    parity: ['security-context/host-network'],
    expectations: [9],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const ids = await namespaceIds(t, await startMarked(pod));
    const node = await nodeNamespace(t, 'net');
    check.equal(ids.first.net, node, 'the first process is in the node’s network namespace');
    check.equal(ids.execed.net, node, 'an exec’ed process is in the node’s network namespace');
    await echoesModes(pod);
  },
);

spec(
  {
    id: 'security-context/pod-network',
    title: 'with network POD the containers of a pod share one network namespace, which is not the node’s',
    level: 'must',
    since: '1.20',
    why: 'Containers of a pod reach each other on localhost, and no other pod and nothing on the node does.',
    sources: [OPTIONS, 'kubelet: kuberuntime/util/util.go PodSandboxChanged'],
    parity: ['security-context/pod-network'],
    expectations: [9],
  },
  async (t) => {
    const pod = await t.pods.run();
    const [one, other] = [await startMarked(pod), await startMarked(pod)];
    const [ids, others] = [await namespaceIds(t, one), await namespaceIds(t, other)];
    check.equal(others.first.net, ids.first.net, 'the first processes of both containers share a network namespace');
    check.equal(ids.execed.net, ids.first.net, 'an exec’ed process shares it');
    check.equal(others.first.uts, ids.first.uts, 'both containers share the namespace of the pod’s host name');
    check.notEqual(ids.first.net, await nodeNamespace(t, 'net'), 'that namespace is not the node’s');
    await echoesModes(pod);
  },
);
