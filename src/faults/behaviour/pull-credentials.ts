import { isDeepStrictEqual } from 'node:util';
import type { AuthConfig } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { referenceIn } from './image-facts.js';
import { overlapping } from './relations.js';
import { changeRequest, handling, refuse, type Plant } from './shapes.js';

/* Credentials that are rare: none at all, such that are not ASCII, and wrong ones after right ones. */

const auth = (change: (auth: AuthConfig) => Partial<AuthConfig>): Plant =>
  changeRequest('PullImage', (request) =>
    request.auth === null ? request : { ...request, auth: { ...request.auth, ...change(request.auth) } },
  );

/** The user and password in both forms that there are for them. */
const credentials = (change: (user: string, password: string) => [string, string]): Plant =>
  auth(({ username, password, auth: packed }) => {
    const [user, secret] = change(username, password);
    if (packed === '') return { username: user, password: secret };
    const plain = Buffer.from(packed, 'base64').toString('utf8');
    const colon = plain.indexOf(':');
    const repacked = change(plain.slice(0, colon), plain.slice(colon + 1)).join(':');
    return { username: user, password: secret, auth: Buffer.from(repacked).toString('base64') };
  });

export const pullCredentialFaults: Fault[] = [
  {
    id: 'behaviour/pull-password-is-ascii',
    title: 'PullImage replaces what is not ASCII in a user and password by question marks',
    plant: credentials((user, password) => [user.replace(/[^\0-\x7f]/g, '?'), password.replace(/[^\0-\x7f]/g, '?')]),
  },
  {
    id: 'behaviour/pull-empty-credentials-refused',
    title: 'PullImage refuses an AuthConfig without anything in it',
    plant: refuse(
      'PullImage',
      ({ auth: own }) => own !== null && Object.values<string>({ ...own }).every((value) => value === ''),
      'INVALID_ARGUMENT',
      'invalid auth config',
    ),
  },
  {
    id: 'behaviour/pull-wrong-credentials-overruled',
    title: 'PullImage with credentials that are refused succeeds with those that worked before for the registry',
    plant: (planting) => {
      const worked = new Map<string, AuthConfig>();
      return handling('PullImage', async ({ request, forward }, { shown }) => {
        const registry = referenceIn(request).replace(/\/.*$/, '');
        const known = worked.get(registry);
        try {
          const answer = await forward();
          if (request.auth !== null) worked.set(registry, request.auth);
          return answer;
        } catch (error) {
          if (known === undefined || request.auth === null || isDeepStrictEqual(known, request.auth)) throw error;
          const answer = await forward({ ...request, auth: known }).catch(() => undefined);
          if (answer === undefined) throw error;
          shown();
          return answer;
        }
      })(planting);
    },
  },
  {
    id: 'behaviour/pulls-at-once-share-credentials',
    title: 'of two PullImage at once, the later uses the credentials of the earlier',
    plant: overlapping('PullImage', (earlier, { request, forward }, { shown }) => {
      const { auth: own } = earlier.request;
      if (isDeepStrictEqual(own, request.auth)) return forward();
      shown();
      return forward({ ...request, auth: own });
    }),
  },
  {
    id: 'behaviour/pull-password-trimmed',
    title: 'PullImage takes blanks off the ends of passwords',
    plant: credentials((user, password) => [user, password.trim()]),
  },
  {
    id: 'behaviour/pull-user-in-lower-case',
    title: 'PullImage sends user names in lower case',
    plant: credentials((user, password) => [user.toLowerCase(), password]),
  },
  {
    id: 'behaviour/pull-with-needless-credentials-refused',
    title: 'PullImage with credentials is refused by a registry that asks for none',
    plant: refuse(
      'PullImage',
      async ({ image, auth }, { cri }) => {
        if (!auth || (auth.username === '' && auth.auth === '')) return false;
        return cri.image.PullImage({ image }).then(
          () => true,
          () => false,
        );
      },
      'UNKNOWN',
      'no basic auth challenge',
    ),
  },
];
