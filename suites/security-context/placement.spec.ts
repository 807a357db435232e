import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { inBackground } from '../shared/background.js';
import { markedSleep } from '../shared/processes.js';
import { firstInNamespaceOf, processOf, textOf } from '../shared/host-processes.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { attempt, succeeds } from './mounts.js';
import { startMarked } from './namespace-ids.js';
import { firstAndExeced } from './process.js';

const RESOURCES = 'api.proto: LinuxContainerResources';

/** Read access to the kernel log may be restricted to this capability. */
const SYSLOG = { linux: { security_context: { capabilities: { add_capabilities: ['SYSLOG'] } } } };

const KMSG_IN_CONTAINER = '/dev/crivet/kernel-log';

const kmsg = (permissions: string): ContainerInput => ({
  ...SYSLOG,
  devices: [{ host_path: '/dev/kmsg', container_path: KMSG_IN_CONTAINER, permissions }],
});

/** A link on the host to its kernel log; where specs do not share the host, the path of the device itself. */
async function linkToKmsg(t: SpecContext): Promise<string> {
  if (!t.env.settings.hostAccess) return '/dev/kmsg';
  const link = join(await t.directory(), 'linked');
  await symlink('/dev/kmsg', link);
  return link;
}

/** Whether the device can be opened for reading and for writing; nothing is read or written. */
function opens(container: Container): Promise<{ reading: boolean; writing: boolean }> {
  return attempt(container, { reading: `: < ${KMSG_IN_CONTAINER}`, writing: `: >> ${KMSG_IN_CONTAINER}` });
}

spec(
  {
    id: 'security-context/devices',
    title: 'devices of the request are in the container under their path, for the access that was asked for',
    level: 'must',
    since: '1.20',
    why: 'Device plug-ins hand accelerators to containers this way, and may allow reading only.',
    sources: ['api.proto: Device', 'kubelet: kuberuntime_container.go makeDevices, kubelet_pods.go makeBlockVolumes'],
    expectations: [34],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const both = await pod.start(kmsg('rwm'));
    const device = await both.output(['/bin/stat', '-c', '%F %t %T', KMSG_IN_CONTAINER]);
    check.equal(device, 'character special file 1 b', 'the node at container_path is the device at host_path');
    check.equal(await opens(both), { reading: true, writing: true }, 'permissions rwm allow reading and writing');
    await t.cri.runtime.UpdateContainerResources({ container_id: both.id, linux: { cpu_shares: 512 } });
    check.equal(
      await opens(both),
      { reading: true, writing: true },
      'the device can still be used after UpdateContainerResources, which says nothing of devices',
    );
    // Beside a device that may be used in every way.
    const nothing = { host_path: '/dev/null', container_path: '/dev/crivet/nothing', permissions: 'mrw' };
    // The kubelet passes a block volume on as a link that it made to the device.
    const linked = { host_path: await linkToKmsg(t), container_path: '/dev/crivet/linked', permissions: 'r' };
    const { devices = [], ...rest } = kmsg('r');
    // One that was started again needs its devices as well.
    const again = { metadata: { attempt: 1 } };
    const reader = await pod.start({ ...rest, devices: [nothing, linked, ...devices], ...again });
    const rule = 'permissions r allow reading only, whatever another device of the container allows';
    check.equal(await opens(reader), { reading: true, writing: false }, rule);
    const nodeAt = async (path: string): Promise<string> =>
      (await reader.exec(['/bin/stat', '-c', '%F %t %T', path])).stdout.trim();
    const [other, target] = [await nodeAt('/dev/crivet/nothing'), await nodeAt('/dev/crivet/linked')];
    check.equal(other, 'character special file 1 3', 'the first device of the container is there as well');
    check.equal(target, 'character special file 1 b', 'a host_path that is a link is the device that it leads to');
    const without = await pod.start();
    check.equal(await succeeds(without, '! test -e /dev/crivet'), true, 'the next container has none of them');
    const missing = { devices: [{ host_path: '/dev/crivet-none', container_path: '/dev/none', permissions: 'r' }] };
    await check.refuses(pod.start(missing), ANY_REFUSAL, 'a device that the node does not have is refused');
  },
);

spec(
  {
    id: 'security-context/devices-of-every-user',
    title: 'a device that every user of the node may use can be used by a container that does not run as root',
    level: 'should',
    since: '1.20',
    why: 'Accelerators, /dev/kvm and /dev/fuse are open to everybody on the node so that pods need no root for them.',
    sources: [
      'api.proto: Device',
      'Kubernetes blog: Non-root Containers And Devices (the node has the owner and the mode of the host)',
    ],
    expectations: [34],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const devices = [
      { host_path: '/dev/null', container_path: '/dev/crivet/nothing', permissions: 'rw' },
      { host_path: '/dev/zero', container_path: '/dev/crivet/zeros', permissions: 'rw' },
    ];
    const container = await pod.start({ devices, linux: { security_context: { run_as_user: { value: 1001 } } } });
    const attempts = await attempt(container, {
      writing: 'echo > /dev/crivet/nothing',
      reading: 'test $(head -c 7 /dev/crivet/zeros | wc -c) = 7',
    });
    check.equal(attempts, { writing: true, reading: true }, 'what user 1001 can do with devices like null and zero');
  },
);

spec(
  {
    id: 'security-context/oom-score-adj',
    title: 'oom_score_adj is that of the container’s processes',
    level: 'must',
    since: '1.20',
    why: 'By it the kernel kills pods that use more than they asked for before those that do not.',
    sources: [`${RESOURCES}.oom_score_adj`, 'kubelet: qos/policy.go GetContainerOOMScoreAdjust'],
    expectations: [34],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // A raised value: lowering it is a privilege that the runtime itself may lack.
    const container = await pod.start({ linux: { resources: { oom_score_adj: 937 } } });
    const scores = await container.output(['/bin/cat', '/proc/1/oom_score_adj', '/proc/self/oom_score_adj']);
    const [first, execed] = scores.split('\n');
    check.equal(first, '937', 'the first process has the value of the request');
    check.equal(execed, '937', 'an exec’ed process has the value of the request');
  },
);

spec(
  {
    id: 'security-context/cpuset',
    title: 'cpuset_cpus and cpuset_mems bind every process of the container',
    level: 'must',
    since: '1.20',
    why: 'The static CPU manager gives a container cores of its own.',
    sources: [`${RESOURCES}.cpuset_cpus, cpuset_mems`, 'kubelet: cm/cpumanager'],
    expectations: [34],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [[, unbound]] = await firstAndExeced(await pod.start());
    // The last one, for it is the least likely to be what a runtime falls back to.
    const cpu = lastOf(unbound.cpus);
    const node = lastOf(unbound.memoryNodes);
    const bound = await pod.start({ linux: { resources: { cpuset_cpus: cpu, cpuset_mems: node } } });
    for (const [who, { cpus, memoryNodes }] of await firstAndExeced(bound)) {
      check.equal({ cpus, memoryNodes }, { cpus: cpu, memoryNodes: node }, `${who} is bound to the requested sets`);
    }
  },
);

spec(
  {
    id: 'security-context/cgroup-parent',
    title:
      'containers, with what is exec’ed in them, and the process of the sandbox are in cgroups below the sandbox’s cgroup_parent, each in its own',
    level: 'must',
    since: '1.20',
    why: 'The kubelet limits and accounts a pod by the cgroup it made for it; what is outside escapes both.',
    sources: ['api.proto: LinuxPodSandboxConfig.cgroup_parent', 'kubelet: cm/pod_container_manager_linux.go'],
    expectations: [34],
    requires: ['host-access'],
  },
  async (t) => {
    // In the process namespace that they share, the process of the sandbox is number 1.
    const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { namespace_options: { pid: 'POD' } } } });
    const [one, other] = [await startMarked(pod), await startMarked(pod)];
    const parent = pod.config.linux?.cgroup_parent ?? '';
    const onNode = (marker: string, what: string): Promise<string | undefined> =>
      t.eventually(
        `${what} is among the processes of the node`,
        () => Promise.resolve(processOf(marker)),
        (found) => found !== undefined,
      );
    const [first = '', second = ''] = await Promise.all(
      [one, other].map(({ marker }) => onNode(marker, 'the first process')),
    );
    const [paths, others] = [cgroupsOf(first), cgroupsOf(second)];
    const sandbox = firstInNamespaceOf(first);
    const all = { first: paths, second: others, ...(sandbox !== undefined && { sandbox: cgroupsOf(sandbox) }) };
    for (const [name, path] of Object.entries(all).flatMap(([name, found]) => found.map((path) => [name, path]))) {
      check.that(path?.includes(`${parent}/`) === true, `every cgroup of the ${name} process is below cgroup_parent`, {
        expected: `a path below ${parent}`,
        observed: path,
      });
    }
    check.notEqual(paths, others, 'two containers have two cgroups');

    const { marker } = markedSleep();
    const command = ['/bin/sh', '-c', 'until [ -e /tmp/seen ]; do sleep 0.05; done', marker];
    const exec = inBackground(one.container.exec(command, 20));
    const execed = cgroupsOf((await onNode(marker, 'an exec’ed process')) ?? '');
    // Not left under way: a call that is given up as it begins can hold up the removal of the pod.
    await one.container.shell('echo > /tmp/seen');
    await exec;
    // A runtime may divide the cgroup of a container.
    const own = paths.map((path) => path.replace(new RegExp(`(${escape(parent)}/[^/]+).*`), '$1'));
    const outside = execed.filter((path) => !own.some((cgroup) => path === cgroup || path.startsWith(`${cgroup}/`)));
    check.equal(outside, [], 'cgroups of an exec’ed process that are not those of its container');
  },
);

/** Text as a pattern for itself. */
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Last id of a list such as `0-3,8`. */
function lastOf(list: string): string {
  return /(\d+)$/.exec(list)?.[1] ?? '';
}

/** The cgroups of a process: of each hierarchy that a container runtime manages, or of the only one. */
function cgroupsOf(pid: string): string[] {
  const lines = textOf(`/proc/${pid}/cgroup`).trim().split('\n');
  const entries = lines.map((line) => /^\d+:([^:]*):(.*)$/.exec(line)?.slice(1) as [string, string]);
  // Beside the controllers of version 1 the version 2 hierarchy is empty or unused.
  const managed = entries.filter(([controllers]) => entries.length === 1 || MANAGED.test(controllers));
  return managed.map(([, path]) => path);
}

const MANAGED = /^(cpu|cpuacct|cpuset|memory|pids|devices)(,|$)/;
