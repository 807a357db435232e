import { check, spec } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { firstAndExeced } from './process.js';
import { mountAt, mountsOf, succeeds } from './mounts.js';

const PROTO = 'api.proto: LinuxContainerSecurityContext';
const KUBELET = 'kubelet: kuberuntime/security_context.go, securitycontext/util.go AddNoNewPrivileges';

const CONFINED = { no_new_privs: true, seccomp: { profile_type: 'RuntimeDefault' } } as const;

type Context = NonNullable<NonNullable<ContainerInput['linux']>['security_context']>;

const as = (security_context: Context): ContainerInput => ({ linux: { security_context } });

spec(
  {
    id: 'security-context/restricted',
    title:
      'no_new_privs, seccomp, a read-only root, drop ALL, an added capability, a masked path and a user other than root hold in one container, and in its next attempt',
    level: 'must',
    since: '1.20',
    why: 'That is what the restricted Pod Security Standard demands of every container, all of it at once, however often it is restarted.',
    sources: [
      `${PROTO}.capabilities, no_new_privs, seccomp, readonly_rootfs, run_as_user, supplemental_groups, masked_paths`,
      KUBELET,
      'Pod Security Standards: restricted',
    ],
    requires: ['seccomp'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const capabilities = { drop_capabilities: ['ALL'], add_capabilities: ['NET_BIND_SERVICE'] };
    const user = { run_as_user: { value: 1001 }, supplemental_groups: [1234] };
    const masked_paths = ['/data/hello'];
    const context = { ...CONFINED, ...user, capabilities, readonly_rootfs: true, masked_paths };
    const name = `restricted-${nonce()}`;
    for (const attempt of [0, 1]) {
      const container = await pod.start({ ...as(context), metadata: { name, attempt } });
      for (const [process, { seccomp, noNewPrivs, uid, groups, capabilities: sets }] of await firstAndExeced(
        container,
      )) {
        const who = `attempt ${attempt}: ${process}`;
        check.equal(seccomp, '2', `${who} is filtered by seccomp`);
        check.equal(noNewPrivs, '1', `${who} cannot gain privileges`);
        check.equal(uid[1], 1001, `${who} has the uid of the request`);
        check.includes(groups, 1234, `${who} is in the supplemental group of the request`);
        check.equal(sets.bounding, ['NET_BIND_SERVICE'], `${who} can gain no capability but the added one`);
        check.equal(
          sets.effective.filter((capability) => capability !== 'NET_BIND_SERVICE'),
          [],
          `${who} has no capability besides the added one`,
        );
      }
      const root = check.present(mountAt(await mountsOf(container), '/'), 'the root file system is mounted');
      check.includes(root.options, 'ro', `attempt ${attempt}: the root file system is mounted read-only`);
      const { stdout } = await container.exec(['/bin/cat', '/data/hello']);
      check.equal(stdout, '', `attempt ${attempt}: a masked file shows no content`);
      await container.stop(0);
    }
  },
);

spec(
  {
    id: 'security-context/confined-root',
    title: 'no_new_privs and seccomp hold for root with an added capability',
    level: 'must',
    since: '1.20',
    why: 'Root is who needs to be confined most, and a capability more is no reason to take the filter away.',
    sources: [`${PROTO}.capabilities, no_new_privs, seccomp`, KUBELET],
    requires: ['seccomp'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start(as({ ...CONFINED, capabilities: { add_capabilities: ['NET_ADMIN'] } }));
    for (const [who, process] of await firstAndExeced(container)) {
      check.equal(process.noNewPrivs, '1', `${who} cannot gain privileges`);
      check.equal(process.seccomp, '2', `${who} is filtered by seccomp`);
      check.includes(process.capabilities.effective, 'NET_ADMIN', `${who} has the added capability`);
    }
  },
);

spec(
  {
    id: 'security-context/privileged-with-user-and-read-only-root',
    title: 'a privileged container has devices and may gain all capabilities as any user; readonly_rootfs holds for it',
    level: 'must',
    since: '1.20',
    why: 'Node agents run privileged with a user and a read-only root of their own choice: neither replaces the other.',
    sources: [`${PROTO}.privileged, run_as_user, readonly_rootfs`, 'kubelet: kuberuntime/security_context.go'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { privileged: true } } });
    const context = { privileged: true, readonly_rootfs: true, run_as_user: { value: 1001 } };
    // They are restarted as well.
    const container = await pod.start({ ...as(context), metadata: { attempt: 1 } });
    for (const [who, { uid, capabilities, seccomp }] of await firstAndExeced(container)) {
      check.equal(uid[1], 1001, `${who} has the uid of the request`);
      check.includes(capabilities.bounding, 'SYS_ADMIN', `${who} may gain SYS_ADMIN`);
      check.equal(seccomp, '0', `${who} is not filtered by seccomp`);
    }
    check.equal(await succeeds(container, 'test -c /dev/kmsg'), true, 'the devices of the node are there');
    const root = check.present(mountAt(await mountsOf(container), '/'), 'the root file system is mounted');
    check.includes(root.options, 'ro', 'the root file system is mounted read-only');
  },
);
