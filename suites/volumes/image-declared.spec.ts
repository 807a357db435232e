import { writeFile } from 'node:fs/promises';
import { check, spec } from '../../src/kit/index.js';

spec(
  {
    id: 'volumes/declared-by-image',
    title:
      'where an image declares a volume, mounts of the config are there, at its path and below; else each container has its own',
    level: 'must',
    since: '1.20',
    why: 'Images of databases declare the directory of their data, which is where a pod mounts a disk. Without one, no container may find the data of another.',
    sources: [
      'api.proto: Mount.container_path',
      'OCI image-spec: config.Volumes',
      'containerd: cri/server volumeMounts',
    ],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const paths = ['/srv/declared', '/data/sub/deeper'];
    const mounts = await Promise.all(
      paths.map(async (container_path) => {
        const host_path = await t.directory();
        await writeFile(`${host_path}/name`, `${container_path}\n`);
        return { host_path, container_path, selinux_relabel: true };
      }),
    );
    const mounted = await pod.start({ mounts }, 'declares-volumes');
    const { stdout } = await mounted.exec(['/bin/cat', ...paths.map((path) => `${path}/name`)]);
    check.equal(stdout, `${paths.join('\n')}\n`, 'the files of mounts at the path of such a volume, and below one');
    // A runtime may leave what the image has there, or hide it; the directory is there either way.
    const one = await pod.start({}, 'declares-volumes');
    await one.shell(': > /data/sub/of-one', 'the volume can be written to');
    const other = await pod.start({}, 'declares-volumes');
    const found = await other.exec(['/bin/test', '-e', '/data/sub/of-one']);
    check.equal(found.exitCode, 1, 'exit code of a test for a file that another container wrote to its volume');
  },
);
