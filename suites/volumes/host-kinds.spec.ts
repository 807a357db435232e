import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { check, spec } from '../../src/kit/index.js';
import { hostMount, mount } from './mounting.js';

spec(
  {
    id: 'volumes/host-socket-and-root',
    title: 'a socket of the node can be mounted, and so can its root, with all that is mounted in it',
    level: 'must',
    since: '1.20',
    why: 'Node agents talk to sockets such as that of the runtime; kubectl debug node and monitors mount the root of the node, whose disks are mounts of their own.',
    sources: [
      'api.proto: Mount.host_path',
      'core/v1 HostPathVolumeSource (type Socket)',
      'kubectl: cmd/debug/profiles.go mountRootPartition',
    ],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const directory = await t.directory();
    const server = createServer();
    t.defer('the server of a socket', () => new Promise((resolve) => server.close(() => resolve())));
    await new Promise<void>((resolve) => server.listen(`${directory}/socket`, resolve));
    const disk = await hostMount(t, 'shared');
    await mount('-t', 'tmpfs', 'crivet', disk);
    await mkdir(`${disk}/below`);
    await writeFile(`${disk}/below/file`, 'on a disk of its own\n');
    // Privileged, as most of these agents are: SELinux would keep others from what is the node's.
    const privileged = { linux: { security_context: { privileged: true } } };
    const pod = await t.pods.runOnHostNetwork(privileged);
    const mounts = [
      { host_path: `${directory}/socket`, container_path: '/run/agent/socket' },
      { host_path: '/', container_path: '/host', readonly: true },
    ];
    const container = await check.accepts(
      pod.start({ ...privileged, mounts }),
      'a container with mounts of both is started',
    );
    const { stdout: kind } = await container.exec(['/bin/stat', '-c', '%F', '/run/agent/socket']);
    check.equal(kind, 'socket\n', 'what the container finds at the path of the socket');
    const { stdout: content } = await container.exec(['/bin/cat', `/host${disk}/below/file`]);
    check.equal(content, 'on a disk of its own\n', 'a file of a mount below the root of the node');
  },
);
