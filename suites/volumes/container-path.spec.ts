import { mkdir, writeFile } from 'node:fs/promises';
import { check, spec } from '../../src/kit/index.js';

const MOUNTS = ['api.proto: Mount.container_path, Mount.host_path', 'kubelet: kubelet_pods.go makeMounts'];

spec(
  {
    id: 'volumes/container-path-of-any-form',
    title:
      'a mount is of host_path at container_path, with colons, commas, blanks or quotes in them, slashes more than needed, or links on the way',
    level: 'must',
    since: '1.20',
    why: 'mountPath is any text without a colon, and the kubelet passes it on as its author wrote it, a last slash included. The token of every pod is below /var/run, a link in most images. Paths of the host are any text: those of PCI devices and iSCSI volumes have colons.',
    sources: [...MOUNTS, 'core/v1 VolumeMount.mountPath ("Must not contain \':\'")'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    // Request and where it has to be, and the name of the directory on the host.
    const paths: [string, string, string][] = [
      ['/mnt/a,ro=b', '/mnt/a,ro=b', 'pci-0000:00:1f.2'],
      ['/mnt/with blank é', '/mnt/with blank é', 'a,ro=b'],
      ['/mnt/last/', '/mnt/last', `quoted "it's"`],
      ['/mnt//twice', '/mnt/twice', 'with blank é'],
      // A link in the image, as it is in most.
      ['/var/run/secrets/token', '/run/secrets/token', 'token'],
    ];
    const directory = await t.directory();
    const mounts = await Promise.all(
      paths.map(async ([container_path, seen, name]) => {
        const host_path = `${directory}/${name}`;
        await mkdir(host_path);
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
    title: 'mounts at /etc/hosts, /etc/hostname, /etc/resolv.conf and /dev/shm win over what the runtime puts there',
    level: 'must',
    since: '1.20',
    why: "The kubelet mounts an /etc/hosts of its own, with the pod's address and hostAliases; an emptyDir of medium Memory is how a pod gets more of /dev/shm.",
    sources: [...MOUNTS, 'kubelet: kubelet_pods.go makeHostsMount'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const directory = await t.directory();
    const names = ['hosts', 'hostname', 'resolv.conf'];
    for (const name of names) await writeFile(`${directory}/${name}`, `# our ${name}\n`);
    const mounts = names.map((name) => ({ host_path: `${directory}/${name}`, container_path: `/etc/${name}` }));
    const pod = await t.pods.shared();
    await writeFile(`${directory}/in-memory`, '# our memory\n');
    const memory = { host_path: directory, container_path: '/dev/shm', selinux_relabel: true };
    const container = await pod.start({ mounts: [...mounts, memory] });
    const seen = await container.output(['/bin/cat', ...mounts.map(({ container_path }) => container_path)]);
    check.equal(
      seen.split('\n'),
      names.map((name) => `# our ${name}`),
      'what the container finds in these files: what was mounted there',
    );
    const { stdout } = await container.exec(['/bin/cat', '/dev/shm/in-memory']);
    check.equal(stdout, '# our memory\n', 'a file of the directory that was mounted at /dev/shm');
  },
);

spec(
  {
    id: 'volumes/over-file-systems-of-the-runtime',
    title: 'mounts at /dev and /sys/fs/cgroup win over the file systems that the runtime has there',
    level: 'should',
    since: '1.20',
    why: 'Monitors and systemd in a container mount the cgroups of the node, and device managers its /dev: below those of the runtime they would see nothing of it.',
    sources: [...MOUNTS, 'containerd: internal/cri/opts WithMounts (default mounts that are overridden)'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const directory = await t.directory();
    await writeFile(`${directory}/given`, 'by the host\n');
    const mounts = [
      { host_path: '/dev', container_path: '/dev' },
      { host_path: directory, container_path: '/sys/fs/cgroup', selinux_relabel: true },
    ];
    const pod = await t.pods.shared();
    const container = await pod.start({ mounts });
    const { stdout } = await container.exec(['/bin/cat', '/sys/fs/cgroup/given']);
    check.equal(stdout, 'by the host\n', 'a file of the directory that was mounted at /sys/fs/cgroup');
    // Every node has it, and no container that is not privileged.
    const devices = (await container.output(['/bin/ls', '/dev'])).split('\n');
    check.includes(devices, 'kmsg', 'what is in the /dev of a container that mounts that of the node');
  },
);
