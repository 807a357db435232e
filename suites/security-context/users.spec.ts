import { check, spec, type Container } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { allFour, firstAndExeced } from './process.js';

const PROTO = 'api.proto: LinuxContainerSecurityContext';
const KUBELET = 'kubelet: kuberuntime/security_context.go determineEffectiveSecurityContext';

/** A user that no image of ours has in its /etc/passwd. */
const STRANGER = 1001;

type Identity = NonNullable<NonNullable<ContainerInput['linux']>['security_context']>;

const as = (identity: Identity): ContainerInput => ({ linux: { security_context: identity } });

/** Uid, gid and exact groups of the first and of an exec'ed process; all four ids of each kind. */
async function runsAs(container: Container, uid: number, gid: number, groups?: number[]): Promise<void> {
  for (const [who, process] of await firstAndExeced(container)) {
    check.equal(process.uid, allFour(uid), `${who} has uid ${uid}`);
    check.equal(process.gid, allFour(gid), `${who} has gid ${gid}`);
    if (groups !== undefined) check.equal(process.groups, groups, `${who} has exactly these supplementary groups`);
  }
}

spec(
  {
    id: 'security-context/run-as-user',
    title: 'run_as_user is the uid of every process of the container, whatever the image says',
    level: 'must',
    since: '1.20',
    why: 'runAsUser is what keeps a container from running as root.',
    sources: [`${PROTO}.run_as_user`, KUBELET],
    parity: ['security-context/run-as-user'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    await runsAs(await pod.start(as({ run_as_user: { value: STRANGER } })), STRANGER, 0);
    // Neither the group nor the memberships of the image's own user count.
    const known = await pod.start(as({ run_as_user: { value: 33 } }), 'predefined-group');
    await runsAs(known, 33, 33, [33]);
    // A uid of 0 that was asked for is not a uid that was left out.
    await runsAs(await pod.start(as({ run_as_user: { value: 0 } }), 'user-uid'), 0, 0);
  },
);

spec(
  {
    id: 'security-context/run-as-username',
    title: 'run_as_username is looked up in the image’s /etc/passwd, and refused if it is not there',
    level: 'must',
    since: '1.20',
    why: 'For images whose user is a name the kubelet passes the name on; a fallback to root would be an escalation.',
    sources: [`${PROTO}.run_as_username: must be resolved in the image, else an error`, KUBELET],
    parity: ['security-context/run-as-username'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const nobody = await pod.start(as({ run_as_username: 'nobody' }));
    await runsAs(nobody, 65534, 65534);
    check.equal(await nobody.output(['/bin/id', '-un']), 'nobody', 'the name is that of the image’s /etc/passwd');
    await runsAs(await pod.start(as({ run_as_username: 'www-data' }), 'user-uid'), 33, 33);
    const unknown = pod.start(as({ run_as_username: 'no-such-user' }));
    await check.refuses(unknown, ANY_REFUSAL, 'a user name that the image does not know is refused');
  },
);

spec(
  {
    id: 'security-context/run-as-group',
    title: 'run_as_group is the primary gid, beside a uid as well as a user name',
    level: 'must',
    since: '1.20',
    why: 'runAsGroup decides which group owns what the container writes to volumes.',
    sources: [`${PROTO}.run_as_group`, 'KEP-213'],
    parity: ['security-context/run-as-group'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const byId = as({ run_as_user: { value: STRANGER }, run_as_group: { value: 1002 } });
    await runsAs(await pod.start(byId), STRANGER, 1002, [1002]);
    // A gid of 0 that was asked for is not a gid that was left out.
    const byName = as({ run_as_username: 'www-data', run_as_group: { value: 0 } });
    await runsAs(await pod.start(byName), 33, 0, [0]);
  },
);

spec(
  {
    id: 'security-context/run-as-group-alone-refused',
    title: 'CreateContainer with run_as_group but no user is refused',
    level: 'must',
    since: '1.20',
    why: 'Without a user the group would be dropped in silence, and the container would run with root’s.',
    sources: [`${PROTO}.run_as_group: must error without run_as_user or run_as_username`],
    parity: ['security-context/run-as-group-alone-refused'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const alone = pod.create(as({ run_as_group: { value: 1002 } }));
    await check.refuses(alone, ANY_REFUSAL, 'CreateContainer refuses run_as_group without a user');
    const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
    check.equal(containers, [], 'the refused container is not listed');
  },
);

spec(
  {
    id: 'security-context/supplemental-groups',
    title: 'the groups of a process are its primary gid and the supplemental_groups of the request, no others',
    level: 'must',
    since: '1.20',
    why: 'fsGroup and supplementalGroups open volumes; a missing primary gid defeats permissions that deny a group.',
    sources: [`${PROTO}.supplemental_groups`, 'CVE-2022-2995', 'CVE-2023-25173', 'crun#1543'],
    parity: ['security-context/supplemental-groups'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const supplemental_groups = [1234, 5678];
    // The kubelet adds fsGroup and those of the volumes to what the pod says, whatever is there already.
    const repeated = [...supplemental_groups, 1002, 1234];
    const full = as({
      run_as_user: { value: STRANGER },
      run_as_group: { value: 1002 },
      supplemental_groups: repeated,
    });
    const rule = 'a container whose supplemental_groups repeat each other and the primary gid is started';
    await runsAs(await check.accepts(pod.start(full), rule), STRANGER, 1002, [1002, 1234, 5678]);
    const named = as({ run_as_username: 'nobody', supplemental_groups });
    await runsAs(await pod.start(named), 65534, 65534, [1234, 5678, 65534]);
  },
);

spec(
  {
    id: 'security-context/image-groups',
    title: 'groups that the image’s /etc/group gives the requested user are added, by uid and by name',
    level: 'must',
    since: '1.20',
    why: 'Images rely on the group memberships of their user to reach their own files.',
    sources: [`${PROTO}.supplemental_groups: merged with those of the image`, 'KEP-3619', 'containerd/cri#910'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const byId = as({ run_as_user: { value: 1000 }, supplemental_groups: [1234] });
    await runsAs(await pod.start(byId), 1000, 1000, [1000, 1234, 50000]);
    const byName = as({ run_as_username: 'default-user' });
    await runsAs(await pod.start(byName), 1000, 1000, [1000, 50000]);
  },
);

spec(
  {
    id: 'security-context/image-user',
    title: 'without a user in the request the image’s user and group apply',
    level: 'must',
    since: '1.20',
    why: 'An image made for an unprivileged user must not run as root because the pod says nothing.',
    sources: [`${PROTO}.run_as_user: absent means the image’s`, 'OCI image-spec: config.User'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    await runsAs(await pod.start({}, 'user-name-group'), 33, 1004, [1004]);
    await runsAs(await pod.start({}, 'user-uid-group'), 1003, 1004, [1004]);
    await runsAs(await pod.start(as({ supplemental_groups: [1234] }), 'user-uid'), 1002, 0, [0, 1234]);
  },
);

spec(
  {
    id: 'security-context/image-user-groups',
    title: 'without a user in the request the groups are looked up for the image’s user',
    level: 'should',
    since: '1.20',
    why: 'The groups must not be those of uid 0. The kubelet is spared, for it looks the image’s user up and requests it.',
    sources: [`${PROTO}.supplemental_groups: memberships of the container’s primary uid`, 'containerd#8136'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    await runsAs(await pod.start({}, 'predefined-group'), 1000, 1000, [1000, 50000]);
  },
);
