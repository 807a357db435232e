import { readFile, writeFile } from 'node:fs/promises';
import { check, spec, type Container } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { attempt, mountAt, mountsOf } from './mounts.js';

const SOURCES = ['api.proto: LinuxContainerSecurityContext.readonly_rootfs'];

const READ_ONLY: ContainerInput = { linux: { security_context: { readonly_rootfs: true } } };

/** Some in the root of the image, one below a directory of its own, one where everybody may write. */
const PLACES = ['/new', '/etc/new', '/data/sub/new', '/tmp/new'];

/** Which of the files a container can create. */
async function creatable(container: Container, files: string[]): Promise<string[]> {
  const script = files.map((file) => `(: > ${file}) 2>/dev/null && echo ${file}`).join('; ');
  const { stdout } = await container.exec(['/bin/sh', '-c', script]);
  return stdout.split('\n').filter(Boolean);
}

spec(
  {
    id: 'security-context/rootfs-writable',
    title: 'without readonly_rootfs a container may write to its root file system, and to no other’s',
    level: 'must',
    since: '1.20',
    why: 'Most images write somewhere; what one container writes must not show in another one of the same image.',
    sources: SOURCES,
    parity: ['security-context/rootfs-writable'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const command = ['/bin/sh', '-c', 'echo first > /etc/.first && mv /etc/.first /etc/first; exec /bin/pause'];
    const container = await pod.start({ command });
    const sibling = await pod.start();
    check.equal(await creatable(container, PLACES), PLACES, 'files can be created all over the root file system');
    const changed = await container.shell('echo changed > /data/hello && rm /data/sub/nested && cat /data/hello');
    check.equal(changed, 'changed', 'files of the image can be changed and removed');
    const first = await t.eventually(
      'what the first process writes can be read by an exec’ed one',
      () => container.exec(['/bin/cat', '/etc/first']),
      ({ exitCode }) => exitCode === 0,
    );
    check.equal(first.stdout, 'first\n', 'the first process can write');
    const image = await sibling.shell('cat /data/hello /data/sub/nested; test -e /new || echo no more');
    check.equal(image, 'hello from the image\nnested file\nno more', 'another container of the image sees none of it');
  },
);

spec(
  {
    id: 'security-context/rootfs-read-only',
    title: 'under readonly_rootfs nothing in the root file system can be written, while /dev and /dev/shm can',
    level: 'must',
    since: '1.20',
    why: 'readOnlyRootFilesystem: true keeps an intruder from leaving anything behind; programs still need their devices.',
    sources: SOURCES,
    parity: ['security-context/rootfs-read-only'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const command = ['/bin/sh', '-c', '(: > /first) 2>/dev/null && echo wrote > /dev/shm/first; exec /bin/pause'];
    const container = await pod.start({ ...READ_ONLY, command });
    const root = check.present(mountAt(await mountsOf(container), '/'), 'the root file system is mounted');
    check.includes(root.options, 'ro', 'the root file system is mounted read-only');
    check.equal(
      await creatable(container, [...PLACES, '/dev/null', '/dev/shm/new']),
      ['/dev/null', '/dev/shm/new'],
      'of these only the ones below /dev can be written',
    );
    const attempts = await attempt(container, {
      open: ': >> /data/hello',
      remove: 'rm /data/hello',
      read: 'grep hello /data/hello',
      first: 'test -e /dev/shm/first',
    });
    const expected = { open: false, remove: false, read: true, first: false };
    check.equal(
      attempts,
      expected,
      'a file of the image can be read only, and the first process could not write either',
    );
    const sibling = await pod.start();
    check.equal(await creatable(sibling, ['/new']), ['/new'], 'the next container of the pod may write to its own');
  },
);

spec(
  {
    id: 'security-context/rootfs-read-only-mounts',
    title: 'under readonly_rootfs volumes stay writable, even where the image has no such directory',
    level: 'must',
    since: '1.20',
    why: 'A read-only root is of use only together with volumes to write to.',
    sources: SOURCES,
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [host_path, other] = [await t.directory(), await t.directory()];
    await writeFile(`${other}/given`, 'by the host\n');
    const mounts = [
      { host_path, container_path: '/volume', readonly: false },
      { host_path: other, container_path: '/data', readonly: true },
    ];
    const container = await pod.start({ ...READ_ONLY, mounts });
    await container.shell('echo written > /volume/file');
    check.equal(await readFile(`${host_path}/file`, 'utf8'), 'written\n', 'what is written to a volume is on the host');
    check.equal(await container.output(['/bin/cat', '/data/given']), 'by the host', 'a read-only volume can be read');
    check.equal(
      await creatable(container, ['/volume/new', '/data/new', '/new']),
      ['/volume/new'],
      'only it is writable',
    );
  },
);

spec(
  {
    id: 'security-context/rootfs-read-only-network-files',
    title: 'under readonly_rootfs the files that the runtime provides in /etc are read-only too',
    level: 'should',
    since: '1.20',
    why: 'A writable /etc/resolv.conf lets an intruder send the container’s look-ups elsewhere.',
    sources: [...SOURCES, 'cri-o#4268'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start(READ_ONLY);
    const files = ['/etc/resolv.conf', '/etc/hosts', '/etc/hostname'];
    // Opened for appending and closed again: nothing changes even where it works.
    const scripts = files.map((file): [string, string] => [file, `test -e ${file} && : >> ${file}`]);
    const writable = Object.entries(await attempt(container, Object.fromEntries(scripts)));
    check.equal(
      writable.filter(([, works]) => works),
      [],
      'none of these files can be opened for writing',
    );
  },
);
