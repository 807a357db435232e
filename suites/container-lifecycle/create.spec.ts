import type { GrpcCode } from '../../src/client/errors.js';
import { check, spec } from '../../src/kit/index.js';
import { nearId } from '../shared/ids.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

spec(
  {
    id: 'container-lifecycle/create-is-listed',
    title: 'CreateContainer leaves a container that is CREATED, listed, and not running',
    level: 'must',
    since: '1.20',
    why: 'The kubelet finds its containers by listing them; one that is missing is created again, one in a wrong state is handled wrongly.',
    sources: ['api.proto: RuntimeService.CreateContainer', 'kubelet: kuberuntime_container.go getKubeletContainers'],
    parity: ['container-lifecycle/create-is-listed'],
    expectations: [17, 19, 21],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.create();
    const status = await container.status();
    check.equal(status.id, container.id, 'ContainerStatus returns the id it was asked for');
    check.equal(status.state, 'CONTAINER_CREATED', 'a container is CREATED when CreateContainer returns');
    check.between(status.created_at, 10n ** 18n, 4n * 10n ** 18n, 'created_at is in ns since the epoch');
    check.equal(status.started_at, 0n, 'started_at is 0 while the container is CREATED');
    check.equal(status.finished_at, 0n, 'finished_at is 0 while the container is CREATED');

    const { containers } = await t.cri.runtime.ListContainers({ filter: { id: container.id } });
    check.equal(
      containers.map(({ id }) => id),
      [container.id],
      'ListContainers with filter.id lists that container and no other',
    );
    const [listed] = containers;
    check.equal(listed?.state, 'CONTAINER_CREATED', 'ListContainers gives the state CREATED');
    check.equal(listed.pod_sandbox_id, pod.id, 'ListContainers gives the pod_sandbox_id');
    check.equal(listed.created_at, status.created_at, 'ListContainers and ContainerStatus agree on created_at');
    check.equal((await container.listed()).length, 1, 'an unfiltered ListContainers has a CREATED container, once');
    await check.refuses(
      container.exec(['/bin/true'], 2),
      ANY_REFUSAL,
      'ExecSync in a container that does not run is refused',
    );
  },
);

spec(
  {
    id: 'container-lifecycle/attributes-round-trip',
    title: 'metadata, labels, annotations, image and log path come back as they were sent',
    level: 'must',
    since: '1.20',
    why: 'The kubelet keeps restart count, config hash and termination message path in labels and annotations, and reads them back after its own restart.',
    sources: [
      'api.proto: ContainerConfig.labels, ContainerConfig.annotations',
      'kubelet: kuberuntime/labels.go, kuberuntime_container.go toKubeContainerStatus',
    ],
    parity: ['container-lifecycle/attributes-round-trip'],
    expectations: [15, 19, 24, 25],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const image = await t.images.shared('general');
    const { labels: common } = await pod.containerConfig();
    const labels = { ...common, empty: '', 'example.com/tier': 'back-end_1.2' };
    const annotations = {
      json: '{"a":"\\"b\\" = \\\\"}\n',
      'example.com/Größe': 'naïve – ✓',
      // The kubelet keeps whole hooks in annotations, scripts and all.
      long: 'x'.repeat(20_000),
      empty: '',
    };
    // As long as names of containers go.
    const metadata = { name: `round-trip-${'x'.repeat(52)}`, attempt: 2 };
    const container = await pod.create({ metadata, labels, annotations });
    const sent = container.config;
    const expected = { metadata, labels: sent.labels, annotations: sent.annotations };

    const status = await container.status();
    const { containers } = await t.cri.runtime.ListContainers({ filter: { id: container.id } });
    const [listed] = containers;
    check.equal(containers.length, 1, 'ListContainers with filter.id lists one container');
    for (const [call, seen] of [
      ['ContainerStatus', status],
      ['ListContainers', check.present(listed, 'an entry')],
    ] as const) {
      const { metadata, labels, annotations } = seen;
      check.equal(
        { metadata, labels, annotations },
        expected,
        `${call} returns metadata, labels and annotations unchanged`,
      );
      check.present(seen.image?.image, `${call} returns image.image`);
      check.present(seen.image_ref, `${call} returns image_ref`);
    }
    const { id: imageId } = check.present(
      await t.images.status(image.ref),
      'ImageStatus finds the image of the container',
    );
    // The references may differ, by id or by digest, but each has to name the image that the container was made from.
    for (const reference of new Set([status.image_ref, listed?.image_ref, status.image?.image, listed?.image?.image])) {
      const named = await t.images.status(reference ?? '');
      check.equal(
        named?.id,
        imageId,
        `the image that ImageStatus finds by '${reference ?? ''}', taken from image or image_ref`,
      );
    }
    check.equal(
      status.log_path,
      container.logPath,
      'log_path is log_directory of the pod and log_path of the container',
    );
    const other = await pod.create({}, 'ignores-term');
    check.notEqual(
      (await other.status()).image_ref,
      status.image_ref,
      'a container of another image has another image_ref',
    );
    check.equal(await container.status(), status, 'the status stays the same when another container is asked for');
  },
);

spec(
  {
    id: 'container-lifecycle/image-id-reported',
    title: 'ContainerStatus and ListContainers report image_id, equal to Image.id and to what PullImage returned',
    level: 'must',
    since: '1.36',
    why: 'Image garbage collection must know which images are in use; it compares image_id with the id that ListImages reports.',
    sources: ['api.proto: ContainerStatus.image_id, Container.image_id', 'thread: containerd#12787'],
    expectations: [25],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const image = await t.images.shared('general');
    const container = await pod.create();
    const known = check.present(await t.images.status(image.ref), 'ImageStatus finds the image of the container');
    check.equal((await container.status()).image_id, known.id, 'ContainerStatus.image_id is the id of the image');
    check.equal((await container.listed())[0]?.image_id, known.id, 'ListContainers gives the same image_id');
  },
);

spec(
  {
    id: 'container-lifecycle/list-filters-are-anded',
    title: 'ListContainers returns what matches every field of the filter',
    level: 'must',
    since: '1.20',
    why: 'The kubelet lists the containers of one pod, and the dead ones of the node, by filter: one too many is killed or removed in error.',
    sources: [
      'api.proto: ContainerFilter ("all those fields are combined with AND")',
      'kubelet: kuberuntime_gc.go, kuberuntime_container.go getPodContainerStatuses',
    ],
    expectations: [16, 17],
  },
  async (t) => {
    const [pod, other] = await Promise.all([t.pods.runOnHostNetwork(), t.pods.runOnHostNetwork()]);
    // Pods made from one template have containers of the same name.
    const metadata = { name: 'web', attempt: 0 };
    const [web, db, dead] = await Promise.all([
      pod.create({ metadata, labels: { app: 'web', tier: 'front' } }),
      pod.create({ labels: { app: 'db', tier: 'front' } }),
      pod.runToExit(['/bin/true'], { labels: { app: 'web', tier: 'back' } }),
    ]);
    const foreign = await other.create({ metadata, labels: { app: 'web', tier: 'front' } });
    const mine = { 'io.kubernetes.pod.uid': pod.identity.uid };
    const created = { state: 'CONTAINER_CREATED' } as const;
    const cases: [string, Parameters<typeof t.cri.runtime.ListContainers>[0]['filter'], string[]][] = [
      ['pod_sandbox_id', { pod_sandbox_id: pod.id }, [web.id, db.id, dead.id]],
      ['pod_sandbox_id and state EXITED', { pod_sandbox_id: pod.id, state: { state: 'CONTAINER_EXITED' } }, [dead.id]],
      ['pod_sandbox_id and state CREATED', { pod_sandbox_id: pod.id, state: created }, [web.id, db.id]],
      ['pod_sandbox_id and one label', { pod_sandbox_id: pod.id, label_selector: { app: 'web' } }, [web.id, dead.id]],
      ['two labels', { label_selector: { ...mine, app: 'web', tier: 'front' } }, [web.id]],
      ['label and state', { state: created, label_selector: { ...mine, app: 'web' } }, [web.id]],
      [
        'label, state and pod_sandbox_id',
        { pod_sandbox_id: other.id, state: created, label_selector: { app: 'web' } },
        [foreign.id],
      ],
      ['id and state', { id: web.id, state: { state: 'CONTAINER_RUNNING' } }, []],
      ['id and pod_sandbox_id of another pod', { id: web.id, pod_sandbox_id: other.id }, []],
      ['id and a label it lacks', { id: web.id, label_selector: { app: 'db' } }, []],
      ['a label with another value', { label_selector: { ...mine, app: '' } }, []],
      ['a label nobody has', { label_selector: { ...mine, none: '' } }, []],
      ['an id nobody has', { id: 'f'.repeat(64) }, []],
    ];
    for (const [what, filter, expected] of cases) {
      const { containers } = await t.cri.runtime.ListContainers({ filter });
      check.sameMembers(
        containers.map(({ id }) => id),
        expected,
        `ListContainers filtered by ${what}`,
      );
    }
    // The kubelet sends a filter in any case.
    for (const [how, filter] of [
      ['without filter', null],
      ['with an empty filter', {}],
    ] as const) {
      const all = (await t.cri.runtime.ListContainers({ filter })).containers.map(({ id }) => id);
      for (const { id } of [web, db, dead, foreign])
        check.includes(all, id, `ListContainers ${how} has CREATED and EXITED containers too`);
    }
  },
);

spec(
  {
    id: 'container-lifecycle/unknown-id-is-not-found',
    title: 'ContainerStatus and ContainerStats of an unknown container fail with NotFound',
    level: 'must',
    since: '1.20',
    why: 'NotFound is how the kubelet tells a container that was removed meanwhile from a runtime in trouble; with any other code the pod sync fails.',
    sources: ['kubelet: kuberuntime_manager.go GetPodStatus (crierror.IsNotFound)'],
    expectations: [18],
  },
  async (t) => {
    const { runtime } = t.cri;
    const { id } = await t.pods.sharedContainer();
    const cases: [string, GrpcCode[]][] = [
      ['c0ffee'.repeat(10) + 'abcd', ['NOT_FOUND']],
      [nearId(id), ['NOT_FOUND']],
      // What no runtime issues may as well be refused for that.
      ['no such id', ['NOT_FOUND', 'INVALID_ARGUMENT']],
    ];
    for (const [container_id, codes] of cases) {
      await check.refuses(runtime.ContainerStatus({ container_id }), codes, 'ContainerStatus of an unknown id');
      await check.refuses(runtime.ContainerStats({ container_id }), codes, 'ContainerStats of an unknown id');
      const exec = runtime.ExecSync({ container_id, cmd: ['/bin/true'], timeout: 5 });
      await check.refuses(exec, ANY_REFUSAL, 'ExecSync in an unknown container');
    }
    const container_id = nearId(id);
    const update = t.cri.runtime.UpdateContainerResources({ container_id, linux: { cpu_shares: 512 } });
    await check.refuses(update, ANY_REFUSAL, 'UpdateContainerResources of an unknown id');
    const start = t.cri.runtime.StartContainer({ container_id });
    await check.refuses(start, ANY_REFUSAL, 'StartContainer of an unknown id');
  },
);
