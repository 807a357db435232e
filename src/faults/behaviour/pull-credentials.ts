import { isDeepStrictEqual } from 'node:util';
import type { AuthConfig } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { imageIn, isByDigest, referenceIn } from './image-facts.js';
import { fetched, publishedAs, redirectOf } from './published.js';
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
  {
    id: 'behaviour/pull-present-digest-unasked',
    title: 'PullImage by digest of an image that is there does not ask the registry',
    plant: handling('PullImage', async ({ request, forward }, planting) => {
      const reference = referenceIn(request);
      const image = isByDigest(reference) ? await imageIn(planting, reference) : null;
      if (image === null) return forward();
      planting.shown();
      return { image_ref: image.id };
    }),
  },
  {
    id: 'behaviour/pull-digest-of-other-repository-unasked',
    title: 'PullImage by digest of an image that is there from another repository does not ask the registry',
    plant: handling('PullImage', async ({ request, forward }, { cri, shown }) => {
      const [repository, digest] = referenceIn(request).split('@');
      if (digest === undefined) return forward();
      const { images } = await cri.image.ListImages({});
      const copies = (name: string): boolean => name.endsWith(`@${digest}`) && !name.startsWith(`${repository}@`);
      const image = images.find(({ repo_digests }) => repo_digests.some(copies));
      if (image === undefined) return forward();
      shown();
      return { image_ref: image.id };
    }),
  },
  {
    id: 'behaviour/pull-server-address-with-path-dropped',
    title: 'PullImage takes credentials whose server_address has a path for those of another registry',
    plant: changeRequest('PullImage', (request) =>
      /^https?:\/\/[^/]+\/./.test(request.auth?.server_address ?? '') ? { ...request, auth: null } : request,
    ),
  },
  {
    id: 'behaviour/pull-both-forms-refused',
    title: 'PullImage refuses credentials that come packed and in the clear',
    plant: refuse(
      'PullImage',
      ({ auth: own }) => own !== null && own.auth !== '' && own.username !== '',
      'INVALID_ARGUMENT',
      'invalid auth config: both auth and username are set',
    ),
  },
  {
    id: 'behaviour/pull-credentials-passed-on',
    title: 'PullImage shows its credentials to the host that the registry redirects to',
    plant: handling('PullImage', async ({ request, forward }, { shown }) => {
      const { auth: own } = request;
      const answer = await forward();
      if (own === null || own.username === '') return answer;
      const authorization = `Basic ${Buffer.from(`${own.username}:${own.password}`).toString('base64')}`;
      const published = await publishedAs(referenceIn(request), authorization);
      const elsewhere = published && (await redirectOf(published, authorization));
      if (elsewhere === null) return answer;
      await fetched(elsewhere, { method: 'HEAD', authorization });
      shown();
      return answer;
    }),
  },
];
