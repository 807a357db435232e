import { nonce } from '../../fixtures/configs/identity.js';
import { writeFile } from 'node:fs/promises';
import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import type { Container as Listed, ContainerStatus } from '../../src/client/generated/types.js';
import { fileAppears } from './trapping.js';

/** The mount through which the kubelet reads what a container says at its end; none without a host in common. */
async function terminationLog(t: SpecContext): Promise<ContainerInput['mounts']> {
  if (!t.env.settings.hostAccess) return [];
  const host_path = `${await t.directory()}/termination-log`;
  await writeFile(host_path, '');
  return [{ host_path, container_path: '/dev/termination-log' }];
}

const UNTIL_TOLD = 'until [ -e /tmp/told ]; do sleep 0.05; done; exit 3';

/** What is said of a container in any state. */
function lasting(facts: ContainerStatus | Listed | undefined): object {
  const { metadata, image, image_ref, image_id, labels, annotations, created_at } = check.present(facts, 'a container');
  return { metadata, image, image_ref, image_id, labels, annotations, created_at };
}

spec(
  {
    id: 'container-lifecycle/exited-keeps-facts',
    title: 'an EXITED container has the metadata, image, labels, annotations, mounts, log path and times it had before',
    level: 'must',
    since: '1.20',
    why: 'The kubelet reports ended containers from their status, tells by an annotation whether to restart them, and reads termination message and log by their paths.',
    sources: [
      'api.proto: ContainerStatus, Container',
      'kubelet: kuberuntime_container.go toKubeContainerStatus, getTerminationMessage; kuberuntime/labels.go getContainerInfoFromAnnotations',
    ],
    expectations: [19, 21, 24, 25],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const config = {
      command: ['/bin/sh', '-c', UNTIL_TOLD],
      labels: { 'example.com/tier': 'back' },
      annotations: { 'example.com/note': 'first line\nsecond line' },
      mounts: await terminationLog(t),
    };
    const ends: [how: string, end: (container: Container) => Promise<unknown>][] = [
      ['was stopped', (container) => container.stop(0)],
      [
        'ended by itself',
        async (container) => {
          // The container may be gone before the command has ended.
          await container.exec(['/bin/sh', '-c', 'echo > /tmp/told']).catch(() => undefined);
          return container.exited();
        },
      ],
    ];
    await Promise.all(
      ends.map(async ([how, end]) => {
        const container = await pod.start({ ...config, metadata: { name: `keeps-facts-${nonce()}`, attempt: 1 } });
        const running = await container.status();
        const [listed] = await container.listed();
        check.equal(running.state, 'CONTAINER_RUNNING', 'the container runs at first');
        await end(container);

        const ended = await container.status();
        check.equal(ended.state, 'CONTAINER_EXITED', `a container that ${how} is EXITED then`);
        check.equal(lasting(ended), lasting(running), `ContainerStatus says of one that ${how} what it said before`);
        const { mounts, log_path, started_at } = running;
        check.equal(ended.mounts, mounts, `a container that ${how} keeps its mounts`);
        check.equal(ended.log_path, log_path, `a container that ${how} keeps its log_path`);
        check.equal(ended.started_at, started_at, `a container that ${how} keeps its started_at`);
        const [afterwards] = await container.listed();
        check.equal(lasting(afterwards), lasting(listed), `ListContainers says of one that ${how} what it said before`);
      }),
    );
  },
);

/** Takes a second from the signal to its end. */
const FINISHES = "trap 'sleep 1; exit 4' TERM; echo > /tmp/ready; while :; do sleep 0.05; done";

/** 0 in 16 and in 32 bits, in seconds as in milliseconds; what a pod may ask for has no upper bound. */
const LONG_GRACE_SECONDS = 2 ** 32;

spec(
  {
    id: 'container-lifecycle/stop-lets-finish',
    title: 'a container that ends within a long grace period has its own exit code, and finished_at is when it ended',
    level: 'must',
    since: '1.20',
    why: 'Databases and queues are given hours to shut down, or all the time in the world; killed early they lose data, and restart back-off counts from finished_at.',
    sources: [
      'api.proto: StopContainerRequest.timeout (int64, in seconds), ContainerStatus.finished_at',
      'kubelet: kuberuntime_container.go killContainer; kuberuntime_manager.go doBackOff',
    ],
    expectations: [21, 22, 38],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.create({ command: ['/bin/sh', '-c', FINISHES] });
    // Durations by our clock, times by the runtime's: the two are not compared.
    const beforeStart = performance.now();
    await container.start();
    const afterStart = performance.now();
    await fileAppears(t, container, '/tmp/ready', 'the container has set its trap');
    const beforeStop = performance.now();
    await container.stop(LONG_GRACE_SECONDS);
    const afterStop = performance.now();

    const { state, exit_code, started_at, finished_at } = await container.status();
    check.equal(
      { state, exit_code },
      { state: 'CONTAINER_EXITED', exit_code: 4 },
      `a container that exits with 4 a second after its stop signal, of ${LONG_GRACE_SECONDS} that it may take`,
    );
    const livedMs = Number(finished_at - started_at) / 1e6;
    check.between(
      livedMs,
      beforeStop - afterStart + 1_000 - 300,
      afterStop - beforeStart + 2_000,
      'ms from started_at to finished_at of a container that ends a second after StopContainer was called',
    );
  },
);
