import { check, spec } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { attempt, mountAt, mountsOf } from './mounts.js';

const PROTO = 'api.proto: LinuxContainerSecurityContext';
const KUBELET = 'kubelet: securitycontext/util.go ConvertToRuntimeMaskedPaths, ConvertToRuntimeReadonlyPaths';

const withPaths = (masked_paths: string[], readonly_paths: string[]): ContainerInput => ({
  linux: { security_context: { masked_paths, readonly_paths } },
});

spec(
  {
    id: 'security-context/masked-paths',
    title: 'masked_paths hide what files and directories hold; paths that do not exist do no harm',
    level: 'must',
    since: '1.20',
    why: 'The kubelet masks parts of /proc and /sys that leak keys, memory and timing of the node.',
    sources: [`${PROTO}.masked_paths`, KUBELET],
    parity: ['security-context/masked-paths'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const masked = ['/no/such/path', '/data/hello', '/data/sub', '/bin/ls', '/proc/timer_list', '/sys/firmware'];
    const command = [
      '/bin/sh',
      '-c',
      'cat /data/hello /data/sub/nested > /tmp/.seen; mv /tmp/.seen /tmp/seen; exec pause',
    ];
    const container = await pod.start({ ...withPaths(masked, []), command });
    // /sys/firmware and the timer list stand for what the kubelet masks. A node need not have them.
    const look = 'cd /; cat data/hello proc/timer_list; for dir in data/sub sys/firmware; do busybox ls -A $dir; done';
    const { stdout } = await container.exec(['/bin/sh', '-c', look]);
    check.equal(stdout, '', 'masked files show no content, masked directories no entries');
    const attempts = await attempt(container, {
      create: ': > /data/sub/new',
      // With its full path: a shell that has applets of its own would run `ls` without looking at the file.
      run: '/bin/ls /',
      beside: 'grep root: /data/outside',
    });
    const expected = { create: false, run: false, beside: true };
    check.equal(
      attempts,
      expected,
      'nothing can be created in or run from a masked path; what lies beside can be read',
    );
    const first = await t.eventually(
      'the first process has looked',
      () => container.exec(['/bin/cat', '/tmp/seen']),
      ({ exitCode }) => exitCode === 0,
    );
    check.equal(first.stdout, '', 'the first process cannot read what is masked either');
  },
);

spec(
  {
    id: 'security-context/readonly-paths',
    title: 'readonly_paths can be read but not written, with all that is below them',
    level: 'must',
    since: '1.20',
    why: 'Sysctls of the node lie in /proc/sys, which every container has.',
    sources: [`${PROTO}.readonly_paths, masked_paths`, KUBELET, 'KEP-4265'],
    parity: ['security-context/readonly-paths'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const readonly = ['/no/such/path', '/data/hello', '/data/sub', '/tmp', '/proc/sys'];
    const container = await pod.start(withPaths([], readonly));
    const paths = [
      '/data/sub/new',
      '/data/sub/nested',
      '/data/sub/deeper/leaf',
      '/tmp/new',
      '/data/hello',
      '/data/new',
    ];
    const scripts = paths.map((path): [string, string] => [path, `: >> ${path}`]);
    const opened = Object.entries(await attempt(container, Object.fromEntries(scripts)));
    const writable = opened.filter(([, works]) => works).map(([path]) => path);
    check.equal(writable, ['/data/new'], 'of these only the one beside the read-only paths can be opened for writing');
    // The kubelet sends both lists at once.
    const both = await pod.start(withPaths(['/bin/ls'], readonly));
    const masked = await attempt(both, { run: '/bin/ls /' });
    check.equal(masked, { run: false }, 'what is masked stays masked beside read-only paths');
    const read = await container.output(['/bin/cat', '/data/hello', '/data/sub/deeper/leaf']);
    check.equal(read, 'hello from the image\nleaf file', 'what is read-only can be read');
    const mounts = await mountsOf(container);
    const sysctls = check.present(mountAt(mounts, '/proc/sys'), '/proc/sys is a mount of its own');
    check.includes(sysctls.options, 'ro', '/proc/sys is mounted read-only');
    // Under procMount: Unmasked the kubelet sends empty lists, and means it.
    const covered = mounts.map(({ point }) => point).filter((point) => /^\/proc\/|^\/sys\/firmware/.test(point));
    check.equal(covered, ['/proc/sys'], 'no path of /proc and /sys/firmware that nobody asked for is covered');
  },
);

spec(
  {
    id: 'security-context/standard-file-systems',
    title: 'a container has /proc, /sys, /dev with the standard devices, /dev/pts and a /dev/shm for everybody',
    level: 'must',
    since: '1.20',
    why: 'No image brings these, and hardly a program runs without them.',
    sources: ['OCI runtime-spec: config-linux.md, default file systems and default devices'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const container = await pod.start({ linux: { security_context: { run_as_user: { value: 1001 } } } });
    const mounts = await mountsOf(container);
    const expected = { '/proc': 'proc', '/sys': 'sysfs', '/dev/pts': 'devpts', '/dev/shm': 'tmpfs' };
    for (const [point, type] of Object.entries(expected)) {
      check.equal(mountAt(mounts, point)?.type, type, `${point} is mounted as ${type}`);
    }
    const devices = ['null 1 3', 'zero 1 5', 'full 1 7', 'random 1 8', 'urandom 1 9', 'tty 5 0'];
    const paths = devices.map((device) => `/dev/${device.replace(/ .*/, '')}`);
    const seen = await container.output(['/bin/stat', '-c', '%n %t %T %a', ...paths]);
    const lines = devices.map((device) => `/dev/${device} 666`);
    check.equal(seen.split('\n'), lines, 'the standard devices are there, for every user');
    const attempts = await attempt(container, {
      sink: 'echo > /dev/null',
      random: 'head -c 1 /dev/urandom',
      shm: ': > /dev/shm/new',
      terminal: ': < /dev/ptmx',
    });
    check.equal(
      attempts,
      { sink: true, random: true, shm: true, terminal: true },
      'they work for a user other than root',
    );
    const links = await container.shell('cd /dev && for name in fd stdin stdout stderr; do readlink $name; done');
    const targets = ['/proc/self/fd', '/proc/self/fd/0', '/proc/self/fd/1', '/proc/self/fd/2'];
    check.equal(links.split('\n'), targets, '/dev/fd and the standard streams lead to the process’s own');
  },
);

spec(
  {
    id: 'security-context/standard-streams',
    title: 'a user other than root can open /dev/stdout and /dev/stderr, and what it writes there is in the log',
    level: 'should',
    since: '1.20',
    why: 'Web servers that do not run as root have their logs linked to these files, and end if they cannot open them.',
    sources: [
      'OCI runtime-spec: config-linux.md (/dev/stdout, /dev/stderr)',
      'runc: fixStdioPermissions',
      'moby#31243',
    ],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const streams = ['stdout', 'stderr'];
    // It waits, for a runtime may hand the streams over a moment after the start.
    const wait = 'until test -e /tmp/go; do usleep 50000; done';
    const write = streams.map((name) => `echo by path > /dev/${name} && echo ${name} >> /tmp/.opened`).join('; ');
    const command = [
      '/bin/sh',
      '-c',
      `${wait}; ${write}; echo end >> /tmp/.opened; mv /tmp/.opened /tmp/opened; exec pause`,
    ];
    const container = await pod.start({ command, linux: { security_context: { run_as_user: { value: 1001 } } } });
    await container.shell(': > /tmp/go');
    const { stdout } = await t.eventually(
      'the first process has tried to open its streams',
      () => container.exec(['/bin/cat', '/tmp/opened']),
      ({ exitCode }) => exitCode === 0,
    );
    check.equal(
      stdout.split('\n').slice(0, -2),
      streams,
      'the standard streams that the first process could open by path',
    );
    const entries = await container.log('the log has both lines', (seen) => seen.length >= streams.length);
    const logged = entries.map((entry) => `${entry.stream} ${entry.content.toString()}`);
    check.sameMembers(logged, ['stdout by path', 'stderr by path'], 'what was written by path is in the log');
  },
);
