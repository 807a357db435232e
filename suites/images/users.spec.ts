import type { ImageName } from '../../fixtures/images/catalogue.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { checkListed, statusOf } from './subjects.js';

interface ReportedUser {
  /** Null: unset. */
  uid: { value: bigint } | null;
  username: string;
}

const named = (username: string): ReportedUser => ({ uid: null, username });
const numbered = (value: bigint): ReportedUser => ({ uid: { value }, username: '' });

async function checkUser(t: SpecContext, name: ImageName, accepted: ReportedUser[], rule: string): Promise<void> {
  const image = await t.images.publish(name);
  await t.images.pull(image.byTag());
  const status = await statusOf(t, image.byTag());
  const { uid, username } = status;
  check.oneOf({ uid, username }, accepted, rule);
  await checkListed(t, image, status);
}

const SOURCES = ['api.proto: Image.uid, Image.username', 'kubelet: kuberuntime/security_context.go verifyRunAsNonRoot'];
const WHY = 'The kubelet decides by these fields whether a runAsNonRoot container may start.';

/** Slug, image, what its config says, what ImageStatus has to say. */
const USERS: [string, ImageName, string, ReportedUser[]][] = [
  ['user-numeric', 'user-uid', '1002', [numbered(1002n)]],
  ['user-name', 'user-name', 'www-data', [named('www-data')]],
  ['user-numeric-with-group', 'user-uid-group', '1003:1004', [numbered(1003n)]],
  ['user-name-with-group', 'user-name-group', 'www-data:1004', [named('www-data')]],
];

/** The same, beyond the four that critest has. */
const MORE_USERS: typeof USERS = [
  // A uid of 0 is not an absent uid: the kubelet must see the number.
  ['user-numeric-root', 'user-root', '0', [numbered(0n)]],
  // The largest that the Kubernetes API takes for a user: the number has to come whole.
  ['user-numeric-large', 'user-uid-large', '2147483647', [numbered(2_147_483_647n)]],
  ['user-name-root', 'user-root-name', 'root', [named('root')]],
  ['user-name-unknown', 'user-unknown', 'no-such-user, a name of no account', [named('no-such-user')]],
  // The kubelet takes both for root.
  ['user-none', 'user-empty', 'no user', [named(''), numbered(0n)]],
];

for (const [slug, name, user, accepted] of [...USERS, ...MORE_USERS]) {
  const inCritest = USERS.some(([known]) => known === slug);
  spec(
    {
      id: `images/${slug}`,
      title: `ImageStatus tells the user of an image whose config says ${user}`,
      level: 'must',
      since: '1.20',
      why: WHY,
      sources: SOURCES,
      parity: inCritest ? [`images/${slug}`] : [],
      requires: ['registry'],
    },
    (t) => checkUser(t, name, accepted, `uid and username for an image whose config says ${user}`),
  );
}
