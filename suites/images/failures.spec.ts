import type { Fault } from '../../fixtures/registry/fault.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { trueConditions } from '../shared/conditions.js';
import { checkAbsent, checkListed, PULL_FAILURES, REFUSALS_OF_REFERENCES, statusOf, withPayload } from './subjects.js';

const SOURCES = ['api.proto: ImageService.PullImage', 'kubelet: images/image_manager.go EnsureImageExists'];
const WHY = 'The kubelet starts the container if the pull succeeded, and tries again with a back-off if it did not.';

/** The pull is refused under the fault, and leaves nothing behind. */
async function fails(t: SpecContext, image: PublishedImage, fault: Fault, what: string = fault.kind): Promise<void> {
  await t.images.registry.setFault(image.repository, fault);
  await check.refuses(t.images.pull(image.byTag()), PULL_FAILURES, `PullImage fails under ${what}`);
  await checkAbsent(t, image, 'after the failed pull');
}

/** The pull is refused under the fault, leaves nothing behind, and works once the registry behaves. */
async function failsThenWorks(t: SpecContext, image: PublishedImage, fault: Fault): Promise<void> {
  await fails(t, image, fault);
  await t.images.registry.setFault(image.repository, null);
  await checkPullWorks(t, image, 'once the registry behaves');
}

async function checkPullWorks(t: SpecContext, image: PublishedImage, when: string): Promise<void> {
  check.present(await t.images.pull(image.byTag()), `${when} PullImage returns an image_ref`);
  const status = await statusOf(t, image.byTag());
  check.equal(status.repo_digests, [image.byDigest], `${when} the image pulled is the one published`);
  await checkListed(t, image, status);
}

spec(
  {
    id: 'images/pull-missing-tag',
    title: 'PullImage of a tag or repository that the registry does not have fails',
    level: 'must',
    since: '1.20',
    why: WHY,
    sources: SOURCES,
    expectations: [59],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general', ['v1']);
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    const ready = await trueConditions(t);
    for (const missing of [image.byTag('v2'), `${image.untagged}@${digest}`, `${image.untagged}-none:v1`]) {
      await check.refuses(t.images.pull(missing), PULL_FAILURES, `PullImage of ${missing} fails`);
    }
    await checkAbsent(t, image, 'after the failed pulls', { references: [image.byTag('v1'), image.byTag('v2')] });
    check.equal(await trueConditions(t), ready, 'a pull that fails leaves the conditions of Status true');
  },
);

spec(
  {
    id: 'images/pull-missing-blob',
    title: 'PullImage fails if a layer is missing, leaves no image, and works later',
    level: 'must',
    since: '1.20',
    why: WHY,
    sources: SOURCES,
    requires: ['registry'],
  },
  async (t) => {
    const { image, layer } = await withPayload(t, 256 * 1024);
    await failsThenWorks(t, image, { kind: 'missing-blob', digest: layer });
  },
);

spec(
  {
    id: 'images/pull-corrupt-layer',
    title: 'PullImage fails if a layer, the config or the manifest does not have its digest, and leaves no image',
    level: 'must',
    since: '1.20',
    why: 'A layer that is not verified runs as anything a registry or proxy made of it.',
    sources: [...SOURCES, 'OCI image specification: descriptor, verification of content'],
    requires: ['registry'],
  },
  async (t) => {
    const { image, layer } = await withPayload(t, 256 * 1024);
    await fails(t, image, { kind: 'corrupt-blob', digest: layer });
    const other = await t.images.publish('general');
    await fails(t, other, { kind: 'corrupt-blob', digest: other.built.config.digest }, 'corrupt-blob of the config');
    // By digest alone: whoever asks for a tag has nothing to compare the manifest with.
    const pinned = await t.images.publish('general', []);
    const wrong = await t.images.build('general');
    await t.images.registry.push(wrong, pinned.repository, []);
    await t.images.registry.setFault(pinned.repository, { kind: 'wrong-manifest', digest: wrong.digest });
    const rule = 'PullImage by digest fails if the registry answers with another manifest';
    await check.refuses(t.images.pull(pinned.byDigest), PULL_FAILURES, rule);
    const references = [pinned.byDigest, `${pinned.untagged}@${wrong.digest}`];
    await checkAbsent(t, pinned, 'after the pull of another manifest', { references });
  },
);

spec(
  {
    id: 'images/pull-cut-connection',
    title: 'a pull whose connection is cut goes on or fails, and works later',
    level: 'must',
    since: '1.20',
    why: WHY,
    sources: SOURCES,
    requires: ['registry'],
  },
  async (t) => {
    const { image, layer } = await withPayload(t, 512 * 1024);
    const fault: Fault = { kind: 'cut-blob', afterBytes: 200_000, digest: layer, times: 1 };
    await t.images.registry.setFault(image.repository, fault);
    const pull = t.images.pull(image.byTag());
    const failed = await pull.then(
      () => false,
      () => true,
    );
    if (failed) {
      await check.refuses(pull, PULL_FAILURES, 'PullImage over a connection that is cut succeeds or fails cleanly');
      await checkAbsent(t, image, 'after the failed pull');
    }
    await checkPullWorks(t, image, 'after the cut');
  },
);

spec(
  {
    id: 'images/pull-registry-error',
    title: 'PullImage fails if the registry is out of order, leaves no image, and works later',
    level: 'must',
    since: '1.20',
    why: WHY,
    sources: SOURCES,
    expectations: [59],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general');
    await failsThenWorks(t, image, { kind: 'manifest-status', status: 503 });
  },
);

spec(
  {
    id: 'images/pull-errors-tell-causes',
    title: 'errors of PullImage tell a missing image, missing credentials and a broken registry apart',
    level: 'should',
    since: '1.20',
    why: 'The text is all that the user of a pod in ImagePullBackOff gets to see.',
    sources: ['kubelet: images/image_manager.go evalCRIPullErr', 'cri-tools#1158'],
    expectations: [59],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general');
    const faults: Fault[] = [
      { kind: 'manifest-status', status: 404 },
      { kind: 'basic-auth', username: 'somebody', password: 'something' },
      { kind: 'manifest-status', status: 500 },
    ];
    const texts: string[] = [];
    for (const fault of faults) {
      await t.images.registry.setFault(image.repository, fault);
      const text = await check.refuses(
        t.images.pull(image.byTag()),
        PULL_FAILURES,
        `PullImage fails under ${fault.kind}`,
      );
      check.excludes(texts, text, 'each cause has a text of its own');
      texts.push(text);
    }
  },
);

spec(
  {
    id: 'images/pull-malformed-reference',
    title: 'PullImage refuses what is no image reference',
    level: 'should',
    since: '1.20',
    why: 'A reference cut or completed by guesswork would run another image than the pod names.',
    sources: ['api.proto: ImageSpec.image', 'OCI distribution specification: names and tags'],
    requires: ['registry'],
  },
  async (t) => {
    const image = await t.images.publish('general');
    const malformed = ['', `${image.untagged}:two words`, `${image.byTag()}@sha256:abc`, `${image.untagged}:latest:v1`];
    for (const reference of malformed) {
      const rule = `PullImage of '${reference}' is refused`;
      await check.refuses(t.images.pull(reference), REFUSALS_OF_REFERENCES, rule);
    }
    await checkAbsent(t, image, 'after the refused pulls');
  },
);
