import { check, spec } from '../../src/kit/index.js';
import { allFour, firstAndExeced } from './process.js';

const PROTO = 'api.proto: LinuxContainerSecurityContext';
const KUBELET = 'kubelet: kuberuntime/security_context.go determineEffectiveSecurityContext';

spec(
  {
    id: 'security-context/ids-large-and-many',
    title: 'ids up to 2147483647 are taken as they are, and 20 supplemental groups count, for root as well',
    level: 'must',
    since: '1.20',
    why: 'Platforms give each tenant ids of its own, from a thousand million on; a uid that is cut belongs to somebody else.',
    sources: [`${PROTO}.run_as_user, run_as_group, supplemental_groups`, KUBELET, 'apimachinery: IsValidUserID'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [uid, gid] = [2_000_000_000, 2_147_483_647];
    const ids = { run_as_user: { value: uid }, run_as_group: { value: gid } };
    const large = await pod.start({ linux: { security_context: ids } });
    for (const [who, process] of await firstAndExeced(large)) {
      check.equal(process.uid, allFour(uid), `${who} has uid ${uid}`);
      check.equal(process.gid, allFour(gid), `${who} has gid ${gid}`);
    }
    const groups = Array.from({ length: 20 }, (_, index) => 1_000_000_000 + 7 * index);
    const root = { run_as_user: { value: 0 }, supplemental_groups: groups };
    const many = await pod.start({ linux: { security_context: root } });
    for (const [who, process] of await firstAndExeced(many)) {
      check.equal(
        process.groups,
        [0, ...groups],
        `${who} of user 0 has its primary group and the 20 supplemental ones`,
      );
    }
  },
);

spec(
  {
    id: 'security-context/user-of-sandbox-stays-there',
    title: 'a container without a user runs as its image says, whatever the user of the sandbox is',
    level: 'should',
    since: '1.20',
    why: 'The user of a sandbox is for its own process. The kubelet is spared, for it names a user for each container.',
    sources: [
      `${PROTO}.run_as_user: absent means the image’s`,
      'api.proto: LinuxSandboxSecurityContext.run_as_user',
      KUBELET,
    ],
  },
  async (t) => {
    const identity = { run_as_user: { value: 1001 }, run_as_group: { value: 1001 } };
    const pod = await t.pods.runOnHostNetwork({ linux: { security_context: identity } });
    for (const [who, process] of await firstAndExeced(await pod.start({}, 'user-name-group'))) {
      check.equal(process.uid, allFour(33), `${who} has the uid of the image’s user`);
      check.equal(process.gid, allFour(1004), `${who} has the gid that the image names`);
    }
  },
);
