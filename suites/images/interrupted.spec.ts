import { codeOf } from '../../src/client/errors.js';
import type { PublishedImage } from '../../src/kit/images.js';
import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { inBackground } from '../shared/background.js';
import { trueConditions } from '../shared/conditions.js';
import { checkAbsent, checkListed, statusOf, transferBegins, transfers, withPayload } from './subjects.js';

/** An image whose own layer stalls in the middle of its transfer, until the fault is cleared. */
async function stalled(t: SpecContext): Promise<{ image: PublishedImage; layer: string }> {
  const subject = await withPayload(t, 512 * 1024);
  const fault = { kind: 'stall-blob', afterBytes: 100_000, digest: subject.layer } as const;
  await t.images.registry.setFault(subject.image.repository, fault);
  return subject;
}

spec(
  {
    id: 'images/pull-deadline',
    title: 'PullImage does not return before the image is there, and can be repeated after its deadline',
    level: 'must',
    since: '1.20',
    why: 'A pull that returns early leads to containers of an image that is not there; one given up must not block the next.',
    sources: ['api.proto: ImageService.PullImage', 'cri-client: remote_image.go PullImage'],
    parity: ['images/pull-deadline'],
    requires: ['registry'],
  },
  async (t) => {
    const { image } = await stalled(t);
    const pull = t.cri.image.PullImage({ image: { image: image.byTag() } }, { timeoutMs: 400 });
    await check.refuses(pull, ['DEADLINE_EXCEEDED'], 'PullImage does not return while a layer is being transferred');
    await checkAbsent(t, image, 'while a layer is missing');
    await t.images.registry.setFault(image.repository, null);
    check.present(await t.images.pull(image.byTag()), 'a later PullImage returns an image_ref');
    await checkListed(t, image, await statusOf(t, image.byTag()));
  },
);

spec(
  {
    id: 'images/pull-cancel-ends-transfer',
    title: 'a pull that its client gave up ends the transfer and brings no image',
    level: 'should',
    since: '1.20',
    why: 'Transfers that nobody waits for take bandwidth and disk from the pulls that are wanted.',
    sources: ['gRPC: cancellation', 'api.proto: ImageService.PullImage'],
    requires: ['registry'],
  },
  async (t) => {
    const { image, layer } = await stalled(t);
    const client = new AbortController();
    const pull = t.cri.image.PullImage({ image: { image: image.byTag() } }, { signal: client.signal });
    const ended = pull.then(() => 'OK', codeOf);
    await transferBegins(t, image, layer);
    client.abort(new Error('the client gives up'));
    check.equal(await ended, 'CANCELLED', 'PullImage does not return while a layer is being transferred');
    await t.eventually(
      'the runtime closes its request for the layer',
      () => transfers(t, image, layer),
      (requests) => requests.every(({ endedAt }) => endedAt !== null),
      { withinMs: 10_000, describe: (requests) => requests.map(({ endedAt, aborted }) => ({ endedAt, aborted })) },
    );
    await t.images.registry.setFault(image.repository, null);
    await checkAbsent(t, image, 'after the pull was given up');
    check.present(await t.images.pull(image.byTag()), 'a later PullImage returns an image_ref');
    await checkListed(t, image, await statusOf(t, image.byTag()));
  },
);

spec(
  {
    id: 'images/pull-cancel-leaves-others',
    title: 'giving up one pull leaves another pull of the same image alone',
    level: 'should',
    since: '1.20',
    why: 'Two pods may wait for one image; the end of one must not fail the other.',
    sources: ['api.proto: ImageService.PullImage', 'kubelet: serializeImagePulls=false'],
    expectations: [58],
    requires: ['registry'],
  },
  async (t) => {
    const { image, layer } = await stalled(t);
    const client = new AbortController();
    const first = t.cri.image.PullImage({ image: { image: image.byTag() } }, { signal: client.signal });
    const firstEnd = first.then(() => 'OK', codeOf);
    await transferBegins(t, image, layer);
    const second = t.images.pull(image.byTag());
    const secondEnd = second.then(
      () => 'OK',
      (error: unknown) => (error as Error).message,
    );
    // Calls on one connection arrive in their order: once this one is answered, the runtime has the second pull.
    await t.images.status(image.byTag());
    client.abort(new Error('the client gives up'));
    check.equal(await firstEnd, 'CANCELLED', 'the first PullImage does not return while a layer is being transferred');
    await t.images.registry.setFault(image.repository, null);
    check.equal(await secondEnd, 'OK', 'the second PullImage succeeds');
    await checkListed(t, image, await statusOf(t, image.byTag()));
  },
);

spec(
  {
    id: 'images/pull-concurrently',
    title: 'concurrent pulls of one image all succeed with the same result',
    level: 'must',
    since: '1.20',
    why: 'With parallel pulls the kubelet asks for an image as often as there are containers of it.',
    sources: ['api.proto: ImageService.PullImage', 'kubelet: serializeImagePulls=false, images/image_manager.go'],
    expectations: [58],
    requires: ['registry'],
  },
  async (t) => {
    const { image } = await withPayload(t, 256 * 1024, ['latest', 'v1']);
    const references = [image.byTag('v1'), image.byTag('latest'), image.byDigest, image.untagged, image.byTag('v1')];
    const refs = await Promise.all(references.map((reference) => t.images.pull(reference)));
    check.present(refs[0], 'PullImage returns an image_ref');
    check.equal(new Set(refs).size, 1, `PullImage returns one image_ref for one image: ${refs.join(', ')}`);
    const status = await statusOf(t, image.byTag('v1'));
    const tags = [image.byTag('v1'), image.byTag('latest')];
    check.sameMembers(status.repo_tags, tags, 'repo_tags has every tag that was pulled, once');
    check.equal(status.repo_digests, [image.byDigest], 'repo_digests has the digest once');
    await checkListed(t, image, status);
  },
);

/** How long a pull may be under way while other things are asked of the runtime, in ms. */
const LONG_PULL_MS = 40_000;

/** A pull that goes on until its client gives up, begun; `givenUp` says whether that is so by now. */
async function endless(t: SpecContext): Promise<{ image: PublishedImage; givenUp: () => boolean }> {
  const { image, layer } = await stalled(t);
  let code: unknown;
  const pull = t.cri.image.PullImage({ image: { image: image.byTag() } }, { timeoutMs: LONG_PULL_MS });
  // A runtime may end by itself what makes no progress: then nothing is under way, and nothing is held up by it.
  void inBackground(pull.catch((error: unknown) => (code = codeOf(error))));
  await transferBegins(t, image, layer);
  return { image, givenUp: () => code === 'DEADLINE_EXCEEDED' };
}

spec(
  {
    id: 'images/pull-holds-up-nobody',
    title: 'while a pull is under way, the runtime tells of itself and runs pods and containers as ever',
    level: 'must',
    since: '1.20',
    why: 'A large image takes minutes; if others waited for it, the node would be NotReady and every pod on it stand still.',
    sources: [
      'api.proto: ImageService.PullImage, RuntimeService.Status',
      'kubelet: kubelet.go updateRuntimeUp, pleg/generic.go Relist, pod_workers.go (pods beside each other)',
    ],
    expectations: [3, 58],
    requires: ['registry'],
    timeoutSeconds: 120,
  },
  async (t) => {
    const ready = await trueConditions(t);
    const running = await (await t.pods.shared()).start();
    const pod = await t.pods.runOnHostNetwork();
    const { image, givenUp } = await endless(t);
    const more = { container_id: running.id, linux: { cpu_shares: 512 } };
    const asked: [string, () => Promise<unknown>][] = [
      ['Status', async () => check.equal(await trueConditions(t), ready, 'the conditions that are true stay true')],
      ['Version', () => t.cri.runtime.Version({})],
      ['ImageStatus', () => t.images.status(image.byTag())],
      ['ListImages', () => t.images.list()],
      ['ImageFsInfo', () => t.cri.image.ImageFsInfo({})],
      ['RunPodSandbox, CreateContainer and StartContainer', async () => (await t.pods.runOnHostNetwork()).start()],
      ['ListContainers', () => running.listed()],
      ['ListPodSandbox', () => t.cri.runtime.ListPodSandbox({})],
      ['ExecSync', () => running.output(['/bin/true'])],
      ['ContainerStatus', () => running.status()],
      ['UpdateContainerResources', () => t.cri.runtime.UpdateContainerResources(more)],
      ['ReopenContainerLog', () => t.cri.runtime.ReopenContainerLog({ container_id: running.id })],
      ['PodSandboxStatus', () => pod.status()],
      ['ListContainerStats', () => t.cri.runtime.ListContainerStats({ filter: { id: running.id } })],
      ['StopContainer', () => running.stop(0)],
      ['RemoveContainer', () => running.remove()],
      ['StopPodSandbox', () => pod.stop()],
      ['RemovePodSandbox', () => pod.remove()],
    ];
    for (const [name, call] of asked) {
      await call();
      check.that(!givenUp(), `${name} does not wait for the end of a pull`, {
        expected: `an answer while the pull is under way, which is given up after ${LONG_PULL_MS / 1000} s`,
        observed: 'an answer only after the pull had been given up',
      });
    }
  },
);

spec(
  {
    id: 'images/pull-stalled-leaves-others',
    title: 'a pull that stalls holds up neither the pull of another image nor its removal',
    level: 'should',
    since: '1.27',
    why: 'The kubelet is told to pull in parallel so that one slow registry does not keep all new pods from starting.',
    sources: ['kubelet: serializeImagePulls=false, maxParallelImagePulls', 'KEP-3673'],
    expectations: [58],
    requires: ['registry'],
    timeoutSeconds: 120,
  },
  async (t) => {
    const { givenUp } = await endless(t);
    const other = await t.images.publish('general');
    const ref = await t.images.pull(other.byTag());
    await checkListed(t, other, await statusOf(t, other.byTag()));
    await t.images.remove(ref);
    await checkAbsent(t, other, 'after its removal, while another image is being pulled');
    check.that(!givenUp(), 'PullImage and RemoveImage do not wait for the pull of another image', {
      expected: `answers while that pull is under way, which is given up after ${LONG_PULL_MS / 1000} s`,
      observed: 'answers only after it had been given up',
    });
  },
);
