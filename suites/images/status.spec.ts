import { nonce } from '../../fixtures/configs/identity.js';
import { payloadLayer } from '../../fixtures/images/layer.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, spec } from '../../src/kit/index.js';
import { nearId } from '../shared/ids.js';
import { checkJson, checkVerbosity } from '../shared/verbose.js';
import { checkListed, inOrder, statusOf } from './subjects.js';

spec(
  {
    id: 'images/status-by-any-reference',
    title: 'ImageStatus by tag, digest and id returns the same image',
    level: 'must',
    since: '1.20',
    why: 'Pods name tags and digests, containers name ids; each has to lead to the image that is there.',
    sources: ['api.proto: ImageService.ImageStatus, ImageSpec.image', 'kubelet: kuberuntime_image.go GetImageRef'],
    parity: ['images/status-by-any-reference'],
    expectations: [57, 5],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1', 'latest']);
    const ref = await t.images.pull(image.byTag('v1'));
    await t.images.pull(image.byTag('latest'));
    const status = await statusOf(t, image.byTag('v1'));
    check.sameMembers(status.repo_tags, [image.byTag('v1'), image.byTag('latest')], 'repo_tags has both tags');
    check.equal(status.repo_digests, [image.byDigest], 'repo_digests has the digest');
    const references = [image.byTag('latest'), image.untagged, image.byDigest, status.id, ref];
    for (const reference of references) {
      const answer = await t.cri.image.ImageStatus({ image: { image: reference } });
      const found = check.present(answer.image, `ImageStatus by ${reference} finds the image`);
      check.equal(inOrder(found), status, `ImageStatus by ${reference} returns the same image as by tag`);
      check.equal(answer.info, {}, 'info is empty unless the request is verbose');
    }
    const annotated = { image: ref, annotations: { 'crivet.dev/hint': 'none' } };
    const hinted = await t.cri.image.ImageStatus({ image: annotated });
    check.equal(hinted.image?.id, status.id, 'annotations of the ImageSpec play no part in finding the image');
  },
);

spec(
  {
    id: 'images/status-info-verbose',
    title: 'ImageStatus has info only if asked to be verbose, and then it is JSON',
    level: 'should',
    since: '1.20',
    why: 'crictl inspecti parses it as JSON; the kubelet asks for every image of every pod and must not be sent it.',
    sources: ['api.proto: ImageStatusRequest.verbose, ImageStatusResponse.info'],
    expectations: [5],
  },
  async (t) => {
    const image = { image: (await t.images.shared('general')).name };
    const terse = await t.cri.image.ImageStatus({ image, verbose: false });
    const verbose = await t.cri.image.ImageStatus({ image, verbose: true });
    checkVerbosity('ImageStatus', terse.info, verbose.info);
    checkJson('ImageStatus', verbose.info);
    check.equal(verbose.image, terse.image, 'a verbose ImageStatus returns the same image');
  },
);

spec(
  {
    id: 'images/status-info-of-image',
    title: 'info of a verbose ImageStatus tells of the image that was asked for, and not of another',
    level: 'should',
    since: '1.20',
    why: 'What crictl inspecti shows of an image, its command and labels, would be those of another one.',
    sources: ['api.proto: ImageStatusRequest.verbose, ImageStatusResponse.info', 'crictl: inspecti'],
    requires: ['registry'],
  },
  async (t) => {
    const images = [await t.images.publish('general'), await t.images.publish('general')];
    for (const image of images) await t.images.pull(image.byTag());
    // A word that stands in the names of the image and in a label; what info has of it, if anything, is left open.
    const wordOf = (image: PublishedImage): string => image.repository.replace(/^.*-/, '');
    for (const image of [...images, ...images]) {
      const { info } = await t.cri.image.ImageStatus({ image: { image: image.byTag() }, verbose: true });
      const words = images.map(wordOf).filter((word) => JSON.stringify(info).includes(word));
      check.oneOf(words, [[], [wordOf(image)]], `info of the image ${image.byTag()} has no words of another image`);
    }
  },
);

spec(
  {
    id: 'images/status-of-absent-image',
    title: 'ImageStatus of an image that is not there succeeds without an image, and asks no registry',
    level: 'must',
    since: '1.20',
    why: 'The kubelet takes an error for a broken runtime and does not pull; only an empty answer makes it pull.',
    sources: ['api.proto: ImageService.ImageStatus', 'kubelet: images/image_manager.go imagePullPrecheck'],
    expectations: [57],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const other = await t.images.publish('general', ['v1']);
    await t.images.pull(other.byTag());
    const { id } = await statusOf(t, other.byTag());
    const absent = [
      image.byTag(),
      image.untagged,
      image.byDigest,
      image.built.id,
      image.built.id.replace('sha256:', ''),
      // Of a repository that is there, other names.
      other.byTag('v2'),
      other.untagged,
      `${other.untagged}@${image.built.digest}`,
      `${other.byTag()}@${image.built.digest}`,
      `${other.untagged}-none:v1`,
      nearId(id),
    ];
    for (const reference of absent) {
      for (const verbose of [false, true]) {
        const { image: found } = await t.cri.image.ImageStatus({ image: { image: reference }, verbose });
        const rule = `ImageStatus (verbose ${verbose}) of ${reference}, which is not there, answers without an image`;
        check.equal(found, null, rule);
      }
    }
    const requests = await t.images.registry.requests(image.repository);
    check.equal(requests, [], 'ImageStatus does not ask the registry');
  },
);

spec(
  {
    id: 'images/size-in-bytes',
    title: 'Image.size is the size of the image in bytes',
    level: 'must',
    since: '1.20',
    why: 'Image garbage collection adds sizes up until enough is freed.',
    sources: ['api.proto: Image.size', 'kubelet: images/image_gc_manager.go freeSpace'],
    expectations: [57],
    requires: ['registry'],
  },
  async (t) => {
    const payload = 1024 * 1024;
    const extraLayers = [payloadLayer(nonce(), payload)];
    const image = await t.images.publish('general', ['v1'], { compression: 'none', extraLayers });
    await t.images.pull(image.byTag());
    const status = await statusOf(t, image.byTag());
    // Stored compressed or not, counted with metadata or not: the payload does not compress, and twice is too much.
    const unpacked = image.built.layers.reduce((sum, { size }) => sum + size, 0);
    check.between(status.size, BigInt(payload), BigInt(2 * unpacked), 'size is what the layers take in bytes');
    await checkListed(t, image, status);
  },
);
