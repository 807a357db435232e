import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, spec, type Pod, type SpecContext } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import type { PodConfig } from '../../fixtures/configs/pod.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { attempt, mountAt, mountsOf, succeeds, type Mount } from './mounts.js';
import { capabilitiesUpTo, firstAndExeced, parseProcesses } from './process.js';

const PROTO = 'api.proto: LinuxContainerSecurityContext.privileged';
const KUBELET = 'kubelet: kuberuntime_container_linux.go, kuberuntime_sandbox.go (privileged)';

const PRIVILEGED: ContainerInput & PodConfig = { linux: { security_context: { privileged: true } } };

const runPrivileged = (t: SpecContext): Promise<Pod> => t.pods.runOnHostNetwork(PRIVILEGED);

/** Version 1 has a mount per controller. */
const cgroupsOf = (mounts: Mount[]): Mount[] => mounts.filter(({ type }) => type === 'cgroup' || type === 'cgroup2');

/** Takes SYS_ADMIN, and no seccomp filter against it. */
const MOUNT = '/bin/mount -t tmpfs none /mnt';

/** Opens the kernel log, which every kernel has and no ordinary container may open, by a device node made for it. */
const OPEN_KMSG = '/bin/mknod /tmp/kmsg c 1 11 && : < /tmp/kmsg';

spec(
  {
    id: 'security-context/privileged',
    title:
      'a privileged container has all capabilities, no seccomp filter, nothing masked or read-only; its siblings do',
    level: 'must',
    since: '1.20',
    why: 'Storage and network plug-ins run privileged, and the kubelet sends its default masked and read-only paths all the same.',
    sources: [`${PROTO}: capabilities, seccomp, sysfs and procfs writable, sensitive paths not masked`, KUBELET],
    parity: ['security-context/privileged'],
  },
  async (t) => {
    const pod = await runPrivileged(t);
    const sibling = await pod.start();
    const container = await pod.start(PRIVILEGED);
    const known = capabilitiesUpTo(await container.output(['/bin/cat', '/proc/sys/kernel/cap_last_cap']));
    // The node itself may lack some; only this process can tell, if it shares the node.
    const own = t.env.settings.hostAccess ? readFileSync('/proc/self/status', 'utf8') : undefined;
    const node = own === undefined ? known : (parseProcesses(own)[0]?.capabilities.bounding ?? []);
    const all = known.filter((name) => node.includes(name));
    for (const [who, process] of await firstAndExeced(container)) {
      const { effective, permitted, bounding } = process.capabilities;
      check.equal(
        { effective, permitted, bounding },
        { effective: all, permitted: all, bounding: all },
        `${who} has all`,
      );
      check.equal(process.seccomp, '0', `${who} has no seccomp filter`);
      check.equal(process.noNewPrivs, '0', `${who} may gain privileges`);
    }
    const mounts = await mountsOf(container);
    const covered = mounts.map(({ point }) => point).filter((point) => /^\/proc\/|^\/sys\/firmware/.test(point));
    check.equal(covered, [], 'nothing is mounted over parts of /proc or over /sys/firmware');
    const proc = check.present(mountAt(mounts, '/proc'), '/proc is mounted');
    const sys = check.present(mountAt(mounts, '/sys'), '/sys is mounted');
    check.notEqual(cgroupsOf(mounts), [], 'cgroups are mounted');
    for (const { point, options } of [proc, sys, ...cgroupsOf(mounts)]) {
      check.includes(options, 'rw', `${point} is mounted writable`);
    }
    check.equal(await succeeds(container, MOUNT), true, 'a privileged container can mount');
    for (const [other, which] of [
      [sibling, 'an unprivileged container beside it'],
      [await pod.start(), 'an unprivileged container that was created after it'],
    ] as const) {
      for (const [who, { capabilities }] of await firstAndExeced(other))
        check.excludes(capabilities.bounding, 'SYS_ADMIN', `${who} of ${which} lacks SYS_ADMIN`);
      check.equal(await succeeds(other, MOUNT), false, `${which} cannot mount`);
    }
  },
);

spec(
  {
    id: 'security-context/privileged-devices',
    title: 'a privileged container has every device of the node and may use them',
    level: 'must',
    since: '1.20',
    why: 'Device plug-ins and storage drivers find disks and accelerators under /dev of a privileged container.',
    sources: [`${PROTO}: all devices of the host, no restriction by the device cgroup`],
    requires: ['host-access'],
  },
  async (t) => {
    const before = hostDevices();
    const pod = await runPrivileged(t);
    const container = await pod.start(PRIVILEGED);
    const after = new Set(hostDevices().map(({ line }) => line));
    // What came or went meanwhile may be there or not.
    const lasting = before.filter(({ line }) => after.has(line));
    const paths = lasting.map(({ path }) => path);
    const { stdout } = await container.exec(['/bin/stat', '-c', '%n %F %t %T', ...paths]);
    const seen = new Set(stdout.split('\n'));
    const missing = lasting.map(({ line }) => line).filter((line) => !seen.has(line));
    check.equal(missing, [], 'every device node of the host’s /dev is in the container, the same device');
    check.equal(await succeeds(container, OPEN_KMSG), true, 'a device of the node can be opened');
  },
);

spec(
  {
    id: 'security-context/not-privileged',
    title: 'a container that is not privileged has no foreign devices, no mounting, and /sys read-only',
    level: 'must',
    since: '1.20',
    why: 'Whatever one container of a node can do to the node, it can do to all others.',
    sources: [PROTO],
    parity: ['security-context/not-privileged'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start();
    for (const [who, { capabilities }] of await firstAndExeced(container)) {
      check.excludes(capabilities.bounding, 'SYS_ADMIN', `${who} lacks SYS_ADMIN`);
      check.excludes(capabilities.bounding, 'NET_ADMIN', `${who} lacks NET_ADMIN`);
    }
    const attempts = await attempt(container, { seeDevice: 'test -e /dev/kmsg', openDevice: OPEN_KMSG, mount: MOUNT });
    const none = { seeDevice: false, openDevice: false, mount: false };
    check.equal(attempts, none, 'it has no device of the node, cannot open one by a node of its own, cannot mount');
    const mounts = await mountsOf(container);
    const sys = check.present(mountAt(mounts, '/sys'), '/sys is mounted');
    for (const { point, options } of [sys, ...cgroupsOf(mounts)]) {
      check.includes(options, 'ro', `${point} is mounted read-only`);
    }
  },
);

spec(
  {
    id: 'security-context/privileged-in-unprivileged-sandbox',
    title: 'a privileged container is refused in a sandbox that was not announced as privileged',
    level: 'should',
    since: '1.20',
    why: 'A sandbox may be confined more tightly because nothing privileged was announced for it.',
    sources: ['api.proto: LinuxSandboxSecurityContext.privileged: must be true if a privileged container is to run'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    await check.refuses(
      pod.start(PRIVILEGED),
      [...ANY_REFUSAL, 'PERMISSION_DENIED'],
      'a privileged container is refused in an unprivileged sandbox',
    );
  },
);

/** Device nodes of this host that a runtime has no reason to leave out, as `stat` prints them. */
function hostDevices(): { path: string; line: string }[] {
  const own = /^\/dev\/(console|tty|ptmx)$|^\/dev\/(pts|shm|mqueue|hugepages|\.lxc|\.lxd-mounts|\.udev)(\/|$)/;
  return devicesBelow('/dev', own);
}

function devicesBelow(directory: string, except: RegExp): { path: string; line: string }[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || except.test(path)) return [];
    if (stat.isDirectory()) return devicesBelow(path, except);
    const type = stat.isCharacterDevice() ? 'character' : stat.isBlockDevice() ? 'block' : undefined;
    if (type === undefined) return [];
    return [{ path, line: `${path} ${type} special file ${major(stat.rdev)} ${minor(stat.rdev)}` }];
  });
}

/** As in the C library's macros; both in hexadecimal. */
function major(device: number): string {
  return ((device >>> 8) & 0xfff).toString(16);
}

function minor(device: number): string {
  return ((device & 0xff) | ((device >>> 12) & 0xfff00)).toString(16);
}
