import { writeFile } from 'node:fs/promises';
import { check, spec } from '../../src/kit/index.js';

const MOUNTS = ['api.proto: Mount.container_path', 'kubelet: kubelet_pods.go makeMounts'];

spec(
  {
    id: 'volumes/container-path-of-any-form',
    title: 'a mount is where container_path says, with a comma or blank in it, or slashes more than it needs',
    level: 'must',
    since: '1.20',
    why: 'mountPath is any text without a colon, and the kubelet passes it on as its author wrote it, a last slash included.',
    sources: [...MOUNTS, 'core/v1 VolumeMount.mountPath ("Must not contain \':\'")'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    // Request and where it has to be.
    const paths: [string, string][] = [
      ['/mnt/a,ro=b', '/mnt/a,ro=b'],
      ['/mnt/with blank é', '/mnt/with blank é'],
      ['/mnt/last/', '/mnt/last'],
      ['/mnt//twice', '/mnt/twice'],
    ];
    const mounts = await Promise.all(
      paths.map(async ([container_path, seen]) => {
        const host_path = await t.directory();
        await writeFile(`${host_path}/name`, `${seen}\n`);
        return { host_path, container_path };
      }),
    );
    const pod = await t.pods.shared();
    const container = await pod.start({ mounts });
    const files = paths.map(([, seen]) => `${seen}/name`);
    const { stdout } = await container.exec(['/bin/cat', ...files]);
    check.equal(
      stdout.split('\n').filter(Boolean),
      paths.map(([, seen]) => seen),
      'the files of the mounts, each of which holds the path where it has to be',
    );
  },
);

spec(
  {
    id: 'volumes/over-files-of-the-runtime',
    title: 'mounts at /etc/hosts, /etc/hostname and /etc/resolv.conf win over the files that the runtime puts there',
    level: 'must',
    since: '1.20',
    why: "The kubelet mounts an /etc/hosts of its own, with the pod's address and hostAliases; a pod may bring the others.",
    sources: [...MOUNTS, 'kubelet: kubelet_pods.go makeHostsMount'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const directory = await t.directory();
    const names = ['hosts', 'hostname', 'resolv.conf'];
    for (const name of names) await writeFile(`${directory}/${name}`, `# our ${name}\n`);
    const mounts = names.map((name) => ({ host_path: `${directory}/${name}`, container_path: `/etc/${name}` }));
    const pod = await t.pods.shared();
    const container = await pod.start({ mounts });
    const seen = await container.output(['/bin/cat', ...mounts.map(({ container_path }) => container_path)]);
    check.equal(
      seen.split('\n'),
      names.map((name) => `# our ${name}`),
      'what the container finds in these files: what was mounted there',
    );
  },
);
