import type { Image } from '../../client/generated/types.js';
import type { Fault, Planting } from '../fault.js';
import { changeImage, changeListed, changeListedImage, repositoryOf } from './image-facts.js';

/* Names, size and user of an image, in ImageStatus and ListImages. */

/** USER of the image's config, as `user` or `user:group`. */
async function configuredUser({ cri }: Planting, { id }: Image): Promise<string> {
  const { info } = await cri.image.ImageStatus({ image: { image: id }, verbose: true });
  const { imageSpec } = JSON.parse(info['info'] ?? '{}') as { imageSpec?: { config?: { User?: string } } };
  return imageSpec?.config?.User ?? '';
}

const upperCase = (name: string): string => name.replace(/:[^/]*$/, (tag) => tag.toUpperCase());

export const imagePropertyFaults: Fault[] = [
  {
    id: 'behaviour/image-has-first-tag-only',
    title: 'repo_tags has one tag of an image, however many there are',
    plant: changeImage(({ repo_tags }) => ({ repo_tags: repo_tags.slice(0, 1) })),
  },
  {
    id: 'behaviour/image-tags-with-docker-io',
    title: 'repo_tags has docker.io/ before every name',
    plant: changeImage(({ repo_tags }) => ({ repo_tags: repo_tags.map((tag) => `docker.io/${tag}`) })),
  },
  {
    id: 'behaviour/image-tags-without-registry',
    title: 'repo_tags has names without their registry',
    plant: changeImage(({ repo_tags }) => ({ repo_tags: repo_tags.map((tag) => tag.replace(/^[^/]*\//, '')) })),
  },
  {
    id: 'behaviour/image-tags-in-capitals',
    title: 'repo_tags has tags in capital letters',
    plant: changeImage(({ repo_tags }) => ({ repo_tags: repo_tags.map(upperCase) })),
  },
  {
    id: 'behaviour/image-without-tag-has-none',
    title: 'an image without tag or digest has the name <none>',
    source: 'dockerd: <none>:<none>',
    plant: changeImage(({ repo_tags }) => (repo_tags.length > 0 ? {} : { repo_tags: ['<none>:<none>'] })),
  },
  {
    id: 'behaviour/image-digest-of-config',
    title: 'repo_digests has the digest of the config, which is the id, in place of that of the manifest',
    plant: changeImage(({ id, repo_digests }) => ({
      repo_digests: repo_digests.map((name) => name.replace(/@.*$/, `@${id}`)),
    })),
  },
  {
    id: 'behaviour/image-digests-without-name',
    title: 'repo_digests has bare digests',
    plant: changeImage(({ repo_digests }) => ({ repo_digests: repo_digests.map((name) => name.replace(/^.*@/, '')) })),
  },
  {
    id: 'behaviour/image-digest-for-every-tag',
    title: 'repo_digests has the digest once for every tag',
    plant: changeImage(({ repo_tags, repo_digests }) => ({
      repo_digests: repo_digests.flatMap((name) => Array.from({ length: Math.max(1, repo_tags.length) }, () => name)),
    })),
  },
  {
    id: 'behaviour/image-digest-with-tag',
    title: 'repo_digests has name:tag@digest',
    plant: changeImage(({ repo_tags: [tag], repo_digests }) => ({
      repo_digests: tag === undefined ? repo_digests : repo_digests.map((name) => name.replace(/^.*@/, `${tag}@`)),
    })),
  },
  {
    id: 'behaviour/image-digests-of-repository',
    title: 'repo_digests in ListImages has those of all images of the repository',
    plant: changeListed((images) =>
      images.map((image) => {
        const own = repositoryOf(image.repo_digests[0] ?? '');
        const all = images.flatMap(({ repo_digests }) => repo_digests);
        return { ...image, repo_digests: all.filter((name) => repositoryOf(name) === own) };
      }),
    ),
  },
  {
    id: 'behaviour/image-size-in-kib',
    title: 'Image.size is in KiB',
    plant: changeImage(({ size }) => ({ size: size / 1024n })),
  },
  {
    id: 'behaviour/image-size-doubled',
    title: 'Image.size counts every layer twice',
    plant: changeImage(({ size }) => ({ size: size * 2n })),
  },
  {
    id: 'behaviour/image-size-of-manifest',
    title: 'Image.size is that of the manifest',
    plant: changeImage(() => ({ size: 1024n })),
  },
  {
    id: 'behaviour/image-size-differs-in-list',
    title: 'Image.size in ListImages is in KiB',
    plant: changeListedImage(({ size }) => ({ size: size / 1024n })),
  },
  {
    id: 'behaviour/image-uid-0-is-unset',
    title: 'an image whose user is 0 reports no uid',
    plant: changeImage(({ uid }) => ({ uid: uid?.value === 0n ? null : uid })),
  },
  {
    id: 'behaviour/image-user-name-has-uid-0',
    title: 'an image whose user is a name reports the uid 0 as well',
    plant: changeImage(({ uid, username }) => ({ uid: username === '' ? uid : { value: 0n } })),
  },
  {
    id: 'behaviour/image-uid-as-username',
    title: 'an image whose user is a number reports it as username',
    plant: changeImage(({ uid, username }) => (uid === null ? {} : { uid: null, username: `${uid.value}${username}` })),
  },
  {
    id: 'behaviour/image-root-name-as-uid',
    title: 'an image whose user is root reports the uid 0 and no username',
    plant: changeImage(({ username }) => (username === 'root' ? { uid: { value: 0n }, username: '' } : {})),
  },
  {
    id: 'behaviour/image-username-keeps-group',
    title: 'the username of an image includes the group',
    plant: changeImage(async (image, planting) =>
      image.username === '' ? {} : { username: await configuredUser(planting, image) },
    ),
  },
  {
    id: 'behaviour/image-uid-is-gid',
    title: 'the uid of an image is its gid where there is one',
    plant: changeImage(async (image, planting) => {
      const group = (await configuredUser(planting, image)).split(':')[1];
      return group === undefined || image.uid === null ? {} : { uid: { value: BigInt(group) } };
    }),
  },
  {
    id: 'behaviour/image-user-with-group-is-lost',
    title: 'an image whose user has a group reports no user',
    plant: changeImage(async (image, planting) =>
      (await configuredUser(planting, image)).includes(':') ? { uid: null, username: '' } : {},
    ),
  },
  {
    id: 'behaviour/image-user-is-nobody-by-default',
    title: 'an image that names no user reports uid 65534',
    plant: changeImage(({ uid, username }) => (uid === null && username === '' ? { uid: { value: 65_534n } } : {})),
  },
  {
    id: 'behaviour/every-image-is-pinned',
    title: 'every image is pinned',
    plant: changeImage(() => ({ pinned: true })),
  },
  {
    id: 'behaviour/image-digest-of-one-repository',
    title: 'repo_digests has one repository of an image that was pulled from several ones',
    plant: changeImage(({ repo_digests }) => ({
      repo_digests: repo_digests.filter((name) => repositoryOf(name) === repositoryOf(repo_digests[0] ?? '')),
    })),
  },
  {
    id: 'behaviour/image-uid-in-16-bits',
    title: 'the uid of an image is cut to 16 bits',
    plant: changeImage(({ uid }) => ({ uid: uid && { value: BigInt.asUintN(16, uid.value) } })),
  },
  {
    id: 'behaviour/image-names-have-two-parts',
    title: 'repo_tags and repo_digests have the last two parts of a path, however many there are',
    plant: changeImage(({ repo_tags, repo_digests }) => {
      const cut = (name: string): string => name.replace(/^([^/]+)\/.*\/([^/]+\/[^/]+)$/, '$1/$2');
      return { repo_tags: repo_tags.map(cut), repo_digests: repo_digests.map(cut) };
    }),
  },
];
