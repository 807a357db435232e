import { check, spec, type Container } from '../../src/kit/index.js';
import type { SupplementalGroupsPolicy } from '../../src/client/generated/types.js';
import { allFour, firstAndExeced } from './process.js';

const SOURCES = [
  'api.proto: LinuxContainerSecurityContext.supplemental_groups_policy, SupplementalGroupsPolicy',
  'api.proto: ContainerStatus.user, LinuxContainerUser',
  'KEP-3619',
];

/** The status tells the identity of the first process; first and exec'ed process have it. */
async function hasIdentity(container: Container, uid: number, gid: number, groups: number[]): Promise<void> {
  const user = check.present((await container.status()).user?.linux, 'ContainerStatus.user.linux is set');
  check.equal(user.uid, BigInt(uid), 'ContainerStatus.user.linux.uid is that of the first process');
  check.equal(user.gid, BigInt(gid), 'ContainerStatus.user.linux.gid is that of the first process');
  const told = user.supplemental_groups.map(String);
  check.sameMembers(
    told,
    groups.map(String),
    'ContainerStatus.user.linux.supplemental_groups are all groups, once each',
  );
  for (const [who, process] of await firstAndExeced(container)) {
    check.equal(process.uid, allFour(uid), `${who} has that uid`);
    check.equal(process.gid, allFour(gid), `${who} has that gid`);
    check.equal(process.groups, groups, `${who} has exactly these groups`);
  }
}

const memberWith = (supplemental_groups_policy: SupplementalGroupsPolicy) => ({
  linux: {
    security_context: { run_as_user: { value: 1000 }, supplemental_groups: [1234], supplemental_groups_policy },
  },
});

spec(
  {
    id: 'security-context/supplemental-groups-merge',
    title: 'under policy Merge the groups are those of the request and those of the image, and the status tells them',
    level: 'feature:SupplementalGroupsPolicy',
    since: '1.31',
    why: 'The pod status shows which groups a container really got, so that ones from the image are not overlooked.',
    sources: SOURCES,
    parity: ['security-context/supplemental-groups-merge'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start(memberWith('Merge'), 'predefined-group');
    await hasIdentity(container, 1000, 1000, [1000, 1234, 50000]);
    const root = await pod.start();
    await hasIdentity(root, 0, 0, [0]);
  },
);

spec(
  {
    id: 'security-context/supplemental-groups-strict',
    title: 'under policy Strict the groups are those of the request alone, and the status tells them',
    level: 'feature:SupplementalGroupsPolicy',
    since: '1.31',
    why: 'A group that only the image’s /etc/group names must not open volumes where the pod forbids it.',
    sources: SOURCES,
    parity: ['security-context/supplemental-groups-strict'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start(memberWith('Strict'), 'predefined-group');
    await hasIdentity(container, 1000, 1000, [1000, 1234]);
    const imageUser = { linux: { security_context: { supplemental_groups_policy: 'Strict' as const } } };
    await hasIdentity(await pod.start(imageUser, 'predefined-group'), 1000, 1000, [1000]);
  },
);
