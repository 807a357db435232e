import { mkdir } from 'node:fs/promises';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { hostMount, mount } from './mounting.js';

const PATH = '/mnt/volume';
type MountInput = NonNullable<ContainerInput['mounts']>[number];

/** A directory of the host with a tmpfs mounted at `sub`. */
async function withSubmount(t: SpecContext): Promise<string> {
  const source = await hostMount(t, 'private');
  await mkdir(`${source}/sub`);
  await mount('-t', 'tmpfs', 'crivet', `${source}/sub`);
  return source;
}

/** Exit codes of making a file at the top and in the submount, and what the status says of the mount. */
async function observe(
  t: SpecContext,
  mounts: MountInput[],
): Promise<{ top: boolean; sub: boolean; reported: object[] }> {
  const pod = await t.pods.runOnHostNetwork();
  const container = await pod.start({ mounts });
  const writable = async (path: string): Promise<boolean> =>
    (await container.exec(['/bin/touch', path])).exitCode === 0;
  const { mounts: all } = await container.status();
  const reported = all
    .filter(({ container_path }) => container_path === PATH)
    .map(({ readonly, recursive_read_only }) => ({ readonly, recursive_read_only }));
  return { top: await writable(`${PATH}/file`), sub: await writable(`${PATH}/sub/file`), reported };
}

spec(
  {
    id: 'volumes/readonly-not-recursive',
    title: 'a read-only mount without recursive_read_only leaves mounts below it writable',
    level: 'must',
    since: '1.20',
    why: 'Workloads rely on it: a read-only host tree with a writable disk below has always worked this way.',
    sources: ['api.proto: Mount.readonly, Mount.recursive_read_only', 'KEP-3857'],
    parity: ['volumes/readonly-not-recursive'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const host_path = await withSubmount(t);
    const seen = await observe(t, [{ host_path, container_path: PATH, readonly: true }]);
    const expected = { top: false, sub: true, reported: [{ readonly: true, recursive_read_only: false }] };
    check.equal(
      seen,
      expected,
      'whether files can be made at the top of the mount and in the mount below it, and what the status says',
    );
  },
);

spec(
  {
    id: 'volumes/readonly-recursive',
    title: 'with recursive_read_only mounts below a read-only mount are read-only too',
    level: 'feature:RecursiveReadOnlyMounts',
    since: '1.30',
    why: 'recursiveReadOnly: Enabled is a promise that nothing below can be written.',
    sources: ['api.proto: Mount.recursive_read_only', 'KEP-3857'],
    parity: ['volumes/readonly-recursive'],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    const host_path = await withSubmount(t);
    const seen = await observe(t, [{ host_path, container_path: PATH, readonly: true, recursive_read_only: true }]);
    const expected = { top: false, sub: false, reported: [{ readonly: true, recursive_read_only: true }] };
    check.equal(
      seen,
      expected,
      'whether files can be made at the top of the mount and in the mount below it, and what the status says',
    );
  },
);

/** A combination with recursive_read_only that makes no sense is refused; the same without it is a valid request. */
function refusedCombination(slug: string, title: string, why: string, combination: MountInput): void {
  spec(
    {
      id: `volumes/${slug}`,
      title,
      level: 'feature:RecursiveReadOnlyMounts',
      since: '1.30',
      why,
      sources: ['api.proto: Mount.recursive_read_only ("readonly must be true, propagation private")', 'KEP-3857'],
      parity: [`volumes/${slug}`],
      requires: ['host-access', 'root'],
    },
    async (t) => {
      const host_path = await hostMount(t, 'shared');
      const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { privileged: true } } });
      const linux = { security_context: { privileged: true } };
      const mounted = { host_path, container_path: PATH, ...combination };
      await pod.create({ mounts: [{ ...mounted, recursive_read_only: false }], linux });
      const call = pod.create({ mounts: [{ ...mounted, recursive_read_only: true }], linux });
      await check.refuses(call, ANY_REFUSAL, `CreateContainer with recursive_read_only ${title}`);
    },
  );
}

const WHY =
  'The kubelet reports the mount as recursively read-only; a runtime that accepts what it cannot keep makes that a lie.';

refusedCombination(
  'readonly-recursive-host-to-container-refused',
  'together with HostToContainer propagation is refused',
  WHY,
  { readonly: true, propagation: 'PROPAGATION_HOST_TO_CONTAINER' },
);
refusedCombination(
  'readonly-recursive-bidirectional-refused',
  'together with Bidirectional propagation is refused',
  WHY,
  { readonly: true, propagation: 'PROPAGATION_BIDIRECTIONAL' },
);
refusedCombination('readonly-recursive-without-readonly-refused', 'without readonly is refused', WHY, {
  readonly: false,
});
