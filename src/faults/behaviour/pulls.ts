import { createHash } from 'node:crypto';
import type { Image } from '../../client/generated/types.js';
import { Refusal, type Fault } from '../fault.js';
import { changeFound, changeImage, changeListed, imageIn, isByDigest, isByName, referenceIn } from './image-facts.js';
import { changeAnswer, changeRefusal, changeRequest, handling, pause, refuse, together } from './shapes.js';

/* What PullImage fetches, when it answers, and what its failures leave. */

export const pullFaults: Fault[] = [
  {
    id: 'behaviour/pull-answers-at-once',
    title: 'PullImage answers at once and pulls afterwards',
    plant: handling('PullImage', ({ request }, { cri, shown, defer }) => {
      shown();
      const gone = new AbortController();
      defer(() => gone.abort());
      void cri.image.PullImage(request, { signal: gone.signal }).catch(() => undefined);
      return Promise.resolve({ image_ref: referenceIn(request) });
    }),
  },
  {
    id: 'behaviour/pull-does-nothing',
    title: 'PullImage answers with the reference and pulls nothing',
    plant: handling('PullImage', ({ request }, { shown }) => {
      shown();
      return Promise.resolve({ image_ref: referenceIn(request) });
    }),
  },
  {
    id: 'behaviour/pull-shows-in-status-later',
    title: 'ImageStatus finds an image only half a second after PullImage has answered',
    plant: (planting) => {
      const pulled = new Map<string, number>();
      const isFresh = (image: Image): boolean => Date.now() - (pulled.get(image.id) ?? 0) < 500;
      return together(
        changeAnswer('PullImage', (answer) => {
          pulled.set(answer.image_ref, Date.now());
          return answer;
        }),
        changeFound((image) => (image !== null && isFresh(image) ? null : image)),
      )(planting);
    },
  },
  {
    id: 'behaviour/pull-shows-in-list-later',
    title: 'ListImages has an image only half a second after PullImage has answered',
    plant: (planting) => {
      const pulled = new Map<string, number>();
      return together(
        changeAnswer('PullImage', (answer) => {
          pulled.set(answer.image_ref, Date.now());
          return answer;
        }),
        changeListed((images) => images.filter(({ id }) => Date.now() - (pulled.get(id) ?? 0) >= 500)),
      )(planting);
    },
  },
  {
    id: 'behaviour/pull-only-if-not-present',
    title: 'PullImage of a reference that is there does not ask the registry',
    plant: handling('PullImage', async ({ request, forward }, planting) => {
      const image = await imageIn(planting, referenceIn(request));
      if (image === null) return forward();
      planting.shown();
      return { image_ref: image.id };
    }),
  },
  {
    id: 'behaviour/pull-failure-falls-back-to-present',
    title: 'PullImage succeeds with the image that is there when the registry refuses',
    plant: changeRefusal('PullImage', async (_, { request }, planting) => {
      const image = await imageIn(planting, referenceIn(request)).catch(() => null);
      return image === null ? undefined : { image_ref: image.id };
    }),
  },
  {
    id: 'behaviour/pull-failure-succeeds',
    title: 'PullImage answers with the reference although the pull failed',
    plant: changeRefusal('PullImage', (_, { request }) => ({ image_ref: referenceIn(request) })),
  },
  {
    id: 'behaviour/pull-failure-leaves-image',
    title: 'a failed pull leaves a record of the image that ImageStatus and ListImages show',
    plant: (planting) => {
      const broken = new Map<string, Image>();
      const record = (reference: string): Image => {
        const id = `sha256:${createHash('sha256').update(reference).digest('hex')}`;
        const repo_tags = isByDigest(reference) ? [] : [reference];
        return { id, repo_tags, repo_digests: [], size: 1n, uid: null, username: '', spec: null, pinned: false };
      };
      return together(
        handling('PullImage', async ({ request, forward }) => {
          try {
            const answer = await forward();
            broken.delete(referenceIn(request));
            return answer;
          } catch (error) {
            broken.set(referenceIn(request), record(referenceIn(request)));
            throw error;
          }
        }),
        changeFound((image, reference) => image ?? broken.get(reference) ?? null),
        changeListed((images) => [...images, ...broken.values()]),
      )(planting);
    },
  },
  {
    id: 'behaviour/pull-failures-say-nothing',
    title: 'PullImage fails with the same words whatever the cause',
    plant: changeRefusal('PullImage', () => {
      throw new Refusal('UNKNOWN', 'failed to pull image');
    }),
  },
  {
    id: 'behaviour/pull-failures-as-deadline-exceeded',
    title: 'PullImage reports every failure as DEADLINE_EXCEEDED',
    plant: changeRefusal('PullImage', ({ details }) => {
      throw new Refusal('DEADLINE_EXCEEDED', details);
    }),
  },
  {
    id: 'behaviour/pull-failures-never-end',
    title: 'PullImage tries again for ever when the registry refuses',
    hangs: true,
    plant: changeRefusal('PullImage', async (_, { signal }, { shown }) => {
      shown();
      await pause(600_000, signal);
      return undefined;
    }),
  },
  {
    id: 'behaviour/pull-needs-sandbox-config',
    title: 'PullImage is refused without a sandbox_config',
    plant: refuse('PullImage', ({ sandbox_config }) => sandbox_config === null, 'INVALID_ARGUMENT', 'no sandbox'),
  },
  {
    id: 'behaviour/pull-by-tag-beside-digest',
    title: 'PullImage of name:tag@digest pulls name:tag',
    plant: changeRequest('PullImage', (request) => ({
      ...request,
      image: request.image && { ...request.image, image: request.image.image.replace(/(:[^:/@]+)@sha256:.*$/, '$1') },
    })),
  },
  {
    id: 'behaviour/pull-by-digest-adds-tag',
    title: 'an image pulled by digest gets the tag latest',
    plant: changeImage(({ repo_tags, repo_digests: [digest] }) =>
      repo_tags.length > 0 || digest === undefined ? {} : { repo_tags: [digest.replace(/@.*$/, ':latest')] },
    ),
  },
  {
    id: 'behaviour/pull-untagged-means-another-tag',
    title: 'PullImage of a name without tag pulls the tag main',
    plant: changeRequest('PullImage', (request) => {
      const reference = referenceIn(request);
      if (!isByName(reference) || /:[^/]*$/.test(reference)) return request;
      return { ...request, image: request.image && { ...request.image, image: `${reference}:main` } };
    }),
  },
  {
    id: 'behaviour/pull-completes-malformed-references',
    title: 'PullImage takes of a malformed reference what can be understood',
    plant: changeRequest('PullImage', (request) => {
      const reference = referenceIn(request)
        .replace(/\s.*$/, '')
        .replace(/@sha256:[0-9a-f]{0,63}$/, '')
        .replace(/(:[^:/@]+):[^/]*$/, '$1');
      return { ...request, image: request.image && { ...request.image, image: reference } };
    }),
  },
  {
    id: 'behaviour/pull-credentials-kept',
    title: 'PullImage without credentials uses those of the pull before from the same registry',
    plant: (planting) => {
      const known = new Map<string, NonNullable<Parameters<typeof planting.cri.image.PullImage>[0]['auth']>>();
      return changeRequest('PullImage', (request) => {
        const host = referenceIn(request).split('/')[0] ?? '';
        if (request.auth !== null) known.set(host, request.auth);
        return { ...request, auth: (known.get(host) as typeof request.auth | undefined) ?? null };
      })(planting);
    },
  },
  {
    id: 'behaviour/pull-password-cut-at-colon',
    title: 'PullImage sends passwords up to the first colon',
    plant: changeRequest('PullImage', (request) => ({
      ...request,
      auth: request.auth && { ...request.auth, password: request.auth.password.replace(/:.*$/, '') },
    })),
  },
  {
    // The kubelet passes the annotations of the pod along.
    id: 'behaviour/pull-with-annotations-refused',
    title: 'PullImage is refused if the ImageSpec has annotations',
    plant: refuse(
      'PullImage',
      ({ image }) => Object.keys(image?.annotations ?? {}).length > 0,
      'INVALID_ARGUMENT',
      'unknown annotation',
    ),
  },
];
