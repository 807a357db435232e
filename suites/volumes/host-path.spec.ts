import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { check, spec, type Container } from '../../src/kit/index.js';
import type { Mount } from '../../src/client/generated/types.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { nonce } from '../../fixtures/configs/identity.js';

const SOURCES = ['api.proto: Mount, ContainerConfig.mounts', 'kubelet: kuberuntime_container.go makeMounts'];

/** The entry of ContainerStatus.mounts for a path in the container; there must be exactly one. */
async function reportedMount(
  container: Container,
  path: string,
): Promise<Pick<Mount, 'container_path' | 'host_path' | 'readonly'>> {
  const { mounts } = await container.status();
  const entries = mounts.filter(({ container_path }) => container_path === path);
  check.equal(entries.length, 1, `ContainerStatus.mounts has ${path} once`);
  const [{ container_path, host_path, readonly }] = entries as [Mount];
  return { container_path, host_path, readonly };
}

spec(
  {
    id: 'volumes/host-directory',
    title:
      'a directory of the host is mounted where the config says, both sides see what the other writes, and it outlives the container',
    level: 'must',
    since: '1.20',
    why: 'Every volume, config map, secret and service account token of a pod reaches it by such a mount.',
    sources: SOURCES,
    parity: ['volumes/host-directory'],
    expectations: [23],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const [directory, content] = [await t.directory(), nonce()];
    await writeFile(`${directory}/from host`, content);
    const pod = await t.pods.shared();
    const container = await pod.start({
      mounts: [
        { host_path: directory, container_path: '/mnt/new/volume', selinux_relabel: true },
        { host_path: `${directory}/from host`, container_path: '/mnt/new/file', selinux_relabel: true },
      ],
    });
    check.equal(
      await container.shell('ls /mnt/new/volume; cat "/mnt/new/volume/from host"'),
      `from host\n${content}`,
      'what the container finds in the mounted directory',
    );
    await container.shell('echo inside > /mnt/new/volume/written');
    check.equal(
      await readFile(`${directory}/written`, 'utf8'),
      'inside\n',
      'what the host finds of a file that the container wrote',
    );
    await writeFile(`${directory}/later`, 'later');
    check.equal(
      await container.shell('cat /mnt/new/volume/later'),
      'later',
      'what the container finds of a file that the host wrote later',
    );
    const expected = { container_path: '/mnt/new/volume', host_path: directory, readonly: false };
    check.equal(await reportedMount(container, '/mnt/new/volume'), expected, 'the mount in ContainerStatus.mounts');
    const { exitCode } = await (await pod.start()).exec(['/bin/test', '-e', '/mnt/new']);
    check.equal(exitCode, 1, 'the next container of the pod has nothing at these paths: exit code of `test -e`');
    // Of a running container: its mounts are still there when the removal begins.
    await container.remove();
    const files = ['from host', 'later', 'written'];
    check.sameMembers(await readdir(directory), files, 'files in the directory once the container is removed');
    const left = await Promise.all(files.map((name) => readFile(`${directory}/${name}`, 'utf8')));
    check.equal(left, [content, 'later', 'inside\n'], 'what is in them then');
  },
);

spec(
  {
    id: 'volumes/host-symlink',
    title: 'a host_path that is a symbolic link mounts what the link points to',
    level: 'must',
    since: '1.20',
    why: 'Node paths such as /var/run and the data directories of many volumes are links.',
    sources: ['api.proto: Mount.host_path ("if the hostpath is a symbolic link, the runtime should follow it")'],
    parity: ['volumes/host-symlink'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const [directory, content] = [await t.directory(), nonce()];
    await mkdir(`${directory}/target`);
    await writeFile(`${directory}/target/file`, content);
    await symlink('target', `${directory}/link`);
    const pod = await t.pods.shared();
    const container = await pod.start({
      mounts: [{ host_path: `${directory}/link`, container_path: '/mnt/linked', selinux_relabel: true }],
    });
    check.equal(
      await container.shell('cat /mnt/linked/file; echo; stat -c %F /mnt/linked'),
      `${content}\ndirectory`,
      'the content of the file below the link, and the type of the mount point',
    );
    await container.shell('echo inside > /mnt/linked/written');
    check.equal(
      await readFile(`${directory}/target/written`, 'utf8'),
      'inside\n',
      'a file written there is in the directory that the link points to',
    );
  },
);

spec(
  {
    id: 'volumes/readonly',
    title: 'a read-only mount cannot be written, and is reported as read-only; a writable one below it can',
    level: 'must',
    since: '1.20',
    why: 'readOnly volume mounts keep a container from changing secrets, host files and what it shares with others.',
    sources: ['api.proto: Mount.readonly'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const [directory, below] = [await t.directory(), await t.directory()];
    await writeFile(`${directory}/file`, 'as it was');
    await mkdir(`${directory}/below`);
    const pod = await t.pods.shared();
    const mounts = [
      { host_path: directory, container_path: '/mnt/ro', readonly: true },
      { host_path: `${directory}/file`, container_path: '/mnt/file', readonly: true },
      { host_path: directory, container_path: '/mnt/rw' },
      { host_path: below, container_path: '/mnt/ro/below' },
    ];
    const container = await pod.start({ mounts });
    for (const script of ['echo x > /mnt/ro/file', 'echo x > /mnt/ro/new', 'rm /mnt/ro/file', 'echo x > /mnt/file']) {
      const { exitCode, stderr } = await container.exec(['/bin/sh', '-c', script]);
      check.that(exitCode !== 0, `\`${script}\` fails on a read-only mount`, {
        expected: 'an exit code other than 0',
        observed: { exitCode, stderr },
      });
    }
    check.equal(
      await container.shell('cat /mnt/ro/file /mnt/file'),
      'as it wasas it was',
      'a read-only mount can be read',
    );
    await container.shell('echo x > /mnt/rw/new; echo y > /mnt/ro/below/new', 'the writable mounts can be written');
    check.equal(await readFile(`${below}/new`, 'utf8'), 'y\n', 'what was written to the mount below the read-only one');
    check.equal(await readFile(`${directory}/file`, 'utf8'), 'as it was', 'the file on the host is unchanged');
    for (const { container_path, host_path, readonly = false } of mounts) {
      check.equal(
        await reportedMount(container, container_path),
        { container_path, host_path, readonly },
        `${container_path} in ContainerStatus.mounts`,
      );
    }
  },
);

spec(
  {
    id: 'volumes/termination-log',
    title:
      'a file of the host mounted over /dev/termination-log takes the message, and ContainerStatus says where it is',
    level: 'must',
    since: '1.20',
    why: "The kubelet finds the container's last message by that mount's host_path in ContainerStatus.mounts.",
    sources: ['kubelet: kuberuntime_container.go getTerminationMessage', 'api.proto: ContainerStatus.mounts'],
    expectations: [23],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const file = `${await t.directory()}/message`;
    await writeFile(file, '');
    const pod = await t.pods.shared();
    const mounts = [{ host_path: file, container_path: '/dev/termination-log', selinux_relabel: true }];
    const container = await pod.runToExit(['/bin/sh', '-c', 'printf "out of cheese" > /dev/termination-log; exit 1'], {
      mounts,
    });
    const { host_path } = await reportedMount(container, '/dev/termination-log');
    check.equal(host_path, file, 'host_path of /dev/termination-log in the status of an EXITED container');
    check.equal(
      await readFile(host_path, 'utf8'),
      'out of cheese',
      'what the container wrote to /dev/termination-log, read on the host',
    );
  },
);

spec(
  {
    id: 'volumes/missing-host-path-refused',
    title: 'a mount whose host_path does not exist is refused',
    level: 'should',
    since: '1.20',
    why: 'A directory made up in its place hides that a disk is not mounted, and the data goes to the wrong one.',
    sources: [
      'api.proto: Mount.host_path ("if the hostpath doesn\'t exist, then runtimes should report error")',
      'thread: cri-o#4844',
    ],
    expectations: [36],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const directory = await t.directory();
    await symlink('nowhere', `${directory}/dangling`);
    const pod = await t.pods.shared();
    for (const name of ['missing', 'dangling']) {
      const mounts = [{ host_path: `${directory}/${name}`, container_path: '/mnt/volume' }];
      // Either call may be the one that finds out.
      const started = pod.start({ mounts }).then(({ id }) => `container ${id} runs`);
      await check.refuses(started, ANY_REFUSAL, `creating or starting a container with a mount of a ${name} host_path`);
    }
    check.equal(
      await readdir(directory),
      ['dangling'],
      'entries of the directory: nothing was made in place of a path that is missing',
    );
  },
);

spec(
  {
    id: 'volumes/nested-mounts',
    title: 'a mount below another one is visible, in whatever order the config lists them',
    level: 'should',
    since: '1.20',
    why: 'The order of volumeMounts in a pod is that of its author: the inner volume must not vanish below the outer one.',
    sources: SOURCES,
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const [outer, inner] = [await t.directory(), await t.directory()];
    await mkdir(`${outer}/sub`);
    await writeFile(`${outer}/name`, 'outer');
    await writeFile(`${inner}/name`, 'inner');
    const pod = await t.pods.shared();
    const mounts = [
      { host_path: inner, container_path: '/mnt/a/sub' },
      { host_path: outer, container_path: '/mnt/a' },
    ];
    const container = await pod.start({ mounts });
    const seen = await container.shell('cat /mnt/a/name; echo; cat /mnt/a/sub/name');
    check.equal(seen, 'outer\ninner', 'the files of both mounts, the inner one listed first');
  },
);
