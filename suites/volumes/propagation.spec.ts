import { mkdir, writeFile } from 'node:fs/promises';
import type { MountPropagation } from '../../src/client/generated/types.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { hostMount, mount, mountPoints } from './mounting.js';

const PATH = '/mnt/volume';

/** What another mount of the same container has, which is to make no difference. */
const BESIDE: Record<MountPropagation, MountPropagation> = {
  PROPAGATION_PRIVATE: 'PROPAGATION_BIDIRECTIONAL',
  PROPAGATION_HOST_TO_CONTAINER: 'PROPAGATION_BIDIRECTIONAL',
  PROPAGATION_BIDIRECTIONAL: 'PROPAGATION_HOST_TO_CONTAINER',
};

/** Which way mounts spread, and what the status says of the mount, for a container with that propagation. */
interface Spread {
  propagation: MountPropagation;
  hostToContainer: boolean;
  containerToHost: boolean;
}

/**
 * Runs a privileged container on a shared mount of the host, beside another one, mounts below it on both sides after
 * the start, and looks what each side sees of the other's.
 */
async function observeSpread(t: SpecContext, propagation: MountPropagation): Promise<Spread> {
  const [source, other] = [await hostMount(t, 'shared'), await hostMount(t, 'shared')];
  for (const name of ['by-host', 'by-container']) await mkdir(`${source}/${name}`);
  const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { privileged: true } } });
  const container = await pod.start({
    mounts: [
      { host_path: other, container_path: '/mnt/beside', propagation: BESIDE[propagation] },
      { host_path: source, container_path: PATH, propagation },
      { host_path: source, container_path: '/mnt/read-only', propagation, readonly: true },
    ],
    linux: { security_context: { privileged: true } },
  });
  const written = await container.exec(['/bin/sh', '-c', ': > /mnt/read-only/new']);
  check.that(written.exitCode !== 0, 'a read-only mount cannot be written, whatever its propagation', {
    expected: 'an exit code other than 0',
    observed: written,
  });
  await mount('-t', 'tmpfs', 'crivet', `${source}/by-host`);
  await writeFile(`${source}/by-host/file`, '');
  await container.shell(`mount -t tmpfs crivet ${PATH}/by-container && echo > ${PATH}/by-container/file`);
  const inside = await container.exec(['/bin/test', '-e', `${PATH}/by-host/file`]);
  const { mounts } = await container.status();
  const reported = mounts.filter(({ container_path }) => container_path === PATH);
  check.equal(
    reported.map(({ host_path, readonly }) => ({ host_path, readonly })),
    [{ host_path: source, readonly: false }],
    `${PATH} in ContainerStatus.mounts`,
  );
  return {
    propagation: reported[0]?.propagation ?? 'PROPAGATION_PRIVATE',
    hostToContainer: inside.exitCode === 0,
    containerToHost: (await mountPoints(source)).includes(`${source}/by-container`),
  };
}

const RULE = 'the propagation in ContainerStatus, and which way mounts made after the start spread';

spec(
  {
    id: 'volumes/propagation-private',
    title: 'with private propagation mounts made later stay on their side',
    level: 'must',
    since: '1.20',
    why: 'It is the default: a container that mounts must not change the host, nor keep the disks of the host busy.',
    sources: ['api.proto: MountPropagation.PROPAGATION_PRIVATE'],
    parity: ['volumes/propagation-private'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const propagation = 'PROPAGATION_PRIVATE';
    check.equal(
      await observeSpread(t, propagation),
      { propagation, hostToContainer: false, containerToHost: false },
      RULE,
    );
  },
);

spec(
  {
    id: 'volumes/propagation-host-to-container',
    title: 'with HostToContainer propagation mounts of the host appear in the container, and not the other way',
    level: 'must',
    since: '1.20',
    why: 'Node agents have to see volumes that are mounted after they were started.',
    sources: ['api.proto: MountPropagation.PROPAGATION_HOST_TO_CONTAINER'],
    parity: ['volumes/propagation-host-to-container'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const propagation = 'PROPAGATION_HOST_TO_CONTAINER';
    check.equal(
      await observeSpread(t, propagation),
      { propagation, hostToContainer: true, containerToHost: false },
      RULE,
    );
  },
);

spec(
  {
    id: 'volumes/propagation-bidirectional',
    title: 'with Bidirectional propagation mounts appear on either side',
    level: 'must',
    since: '1.20',
    why: 'CSI drivers mount volumes from within their container, for the kubelet and for other pods.',
    sources: ['api.proto: MountPropagation.PROPAGATION_BIDIRECTIONAL'],
    parity: ['volumes/propagation-bidirectional'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const propagation = 'PROPAGATION_BIDIRECTIONAL';
    check.equal(
      await observeSpread(t, propagation),
      { propagation, hostToContainer: true, containerToHost: true },
      RULE,
    );
  },
);

spec(
  {
    id: 'volumes/shared-propagation-needs-shared-source',
    title: 'Bidirectional and HostToContainer propagation of a mount that is private on the host are refused',
    level: 'must',
    since: '1.20',
    why: 'Accepted, mounts would silently not appear, and a CSI driver would lose data into its own container.',
    sources: [
      'api.proto: MountPropagation ("should be reported as an error")',
      'containerd: internal/cri/opts WithMounts',
    ],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const source = await hostMount(t, 'private');
    const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { privileged: true } } });
    for (const propagation of ['PROPAGATION_BIDIRECTIONAL', 'PROPAGATION_HOST_TO_CONTAINER'] as const) {
      const mounts = [{ host_path: source, container_path: PATH, propagation }];
      const started = pod
        .start({ mounts, linux: { security_context: { privileged: true } } })
        .then(({ id }) => `container ${id} runs`);
      await check.refuses(
        started,
        ANY_REFUSAL,
        `creating or starting a container with ${propagation} of a mount that is private`,
      );
    }
  },
);
