import type { AuthConfig } from '../../client/generated/types.js';
import type { Fault } from '../fault.js';
import { changeRequest, refuse, type Plant } from './shapes.js';

/* Credentials that are rare: none at all, and such that are not ASCII. */

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
];
