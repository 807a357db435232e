import { chmod, chown, stat, writeFile } from 'node:fs/promises';
import { check, spec } from '../../src/kit/index.js';
import { hostMount, mount } from './mounting.js';

/** A user that no image of ours has in its /etc/passwd. */
const USER = 1001;

spec(
  {
    id: 'volumes/user',
    title:
      'a user other than root reaches its volumes, executes what is in them and starts in one that is its own; owners and modes stay as they are',
    level: 'must',
    since: '1.20',
    why: 'Most workloads do not run as root. Who owns a volume is for the kubelet to decide (fsGroup), and a directory of the node is not the runtime’s to give away.',
    sources: [
      'api.proto: Mount.container_path, ContainerConfig.working_dir, LinuxContainerSecurityContext.run_as_user',
      'kubelet: volume/volume_linux.go SetVolumeOwnership',
    ],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    // A file system of its own: what lies in /tmp of a node may not be executable.
    const [open, own] = [await hostMount(t, 'shared'), await t.directory()];
    await mount('-t', 'tmpfs', '-o', 'mode=755', 'crivet', open);
    await writeFile(`${open}/program`, '#!/bin/sh\necho executed\n');
    await chmod(`${open}/program`, 0o755);
    await chown(own, USER, USER);
    await chmod(own, 0o700);
    const owners = async () =>
      (await Promise.all([stat(open), stat(own)])).map(({ uid, gid, mode }) => ({ uid, gid, mode: mode & 0o7777 }));
    const before = await owners();
    const pod = await t.pods.shared();
    const container = await check.accepts(
      pod.start({
        mounts: [
          { host_path: open, container_path: '/mnt/made/on/the/way', selinux_relabel: true },
          { host_path: own, container_path: '/own', selinux_relabel: true },
        ],
        working_dir: '/own',
        linux: { security_context: { run_as_user: { value: USER } } },
      }),
      'a container starts in a volume that its user alone may enter',
    );
    check.equal(
      await container.exec(['/bin/sh', '-c', '/mnt/made/on/the/way/program']),
      { stdout: 'executed\n', stderr: '', exitCode: 0 },
      'a program in a volume, below directories that the image does not have, is executed',
    );
    const written = await container.exec(['/bin/sh', '-c', 'pwd && : > new && ls']);
    check.equal(written.stdout, '/own\nnew\n', 'the user is in its own volume, and can write to it');
    check.equal(await owners(), before, 'owners and modes of the mounted directories, looked at on the host');
  },
);
