import { check, spec } from '../../src/kit/index.js';
import { holds } from '../shared/holds.js';

/** Pods whose containers share one process namespace: their first processes are not pid 1, so signals end them. */
const SHARED_PID = { linux: { security_context: { namespace_options: { pid: 'POD' } } } } as const;

spec(
  {
    id: 'container-lifecycle/exit-codes',
    title:
      'containers that end by themselves are listed as EXITED, and exit_code is what the process exited with, or 128 and its signal',
    level: 'must',
    since: '1.20',
    why: 'The kubelet learns of an exit from the list and then asks for the status: restart policies, jobs and init containers are decided by the exit code.',
    sources: [
      'api.proto: ContainerStatus.exit_code, ContainerConfig.stdin',
      'core/v1 Container.stdin ("If this is not set, reads from stdin in the container will always result in EOF")',
      'kubelet: pleg/generic.go Relist; kuberuntime_container.go findNextInitContainerToRun, toKubeContainerStatus',
    ],
    expectations: [17, 22],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork(SHARED_PID);
    const cases: [string, number][] = [
      ['exit 0', 0],
      // Without stdin there is nothing to read, and nothing to wait for.
      ['read -r line', 1],
      ['exit 127', 127],
      ['exit 255', 255],
      ['exit 137', 137],
      ['kill -9 $$', 137],
      // One of those that dump core: wait(2) tells it in another form.
      ['kill -11 $$', 139],
      ['kill -15 $$', 143],
    ];
    const started = await Promise.all(cases.map(([script]) => pod.start({ command: ['/bin/sh', '-c', script] })));
    // Nobody has asked for the status of any of them yet.
    await t.eventually(
      'ListContainers lists every container whose process has ended as EXITED',
      async () => {
        const { containers } = await t.cri.runtime.ListContainers({ filter: { pod_sandbox_id: pod.id } });
        return containers.map(({ state }) => state);
      },
      (states) => states.length === cases.length && states.every((state) => state === 'CONTAINER_EXITED'),
    );
    const ended = await Promise.all(started.map((container) => container.exited()));
    const observed = ended.map(({ exit_code }, index): [string, number] => [cases[index]?.[0] ?? '', exit_code]);
    check.equal(observed, cases, 'ContainerStatus.exit_code of each command');
    for (const { finished_at, started_at } of ended) {
      // Not their order: of a process that ends at once, the exit may be noted before the start. See timestamps-in-order.
      check.that(started_at > 0n && finished_at > 0n, 'an EXITED container has started_at and finished_at', {
        expected: 'both set',
        observed: { started_at, finished_at },
      });
    }
  },
);

spec(
  {
    id: 'container-lifecycle/exit-reason',
    title: 'an EXITED container has a reason in one CamelCase word, which tells success from failure',
    level: 'should',
    since: '1.20',
    why: 'It is what `kubectl get pods` shows as the status: Completed or Error.',
    sources: ['api.proto: ContainerStatus.reason'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const [good, bad] = await Promise.all([pod.runToExit(['/bin/true']), pod.runToExit(['/bin/false'])]);
    check.equal((await good.status()).reason, 'Completed', 'the reason of a container that exited with 0');
    check.equal((await bad.status()).reason, 'Error', 'the reason of a container that exited with 1');
  },
);

spec(
  {
    id: 'container-lifecycle/timestamps-in-order',
    title:
      'created_at, started_at and finished_at are in nanoseconds, in order, and as far apart as the container lived',
    level: 'must',
    since: '1.20',
    why: 'Restart back-off counts from finished_at, and users read all three in the pod status.',
    sources: [
      'api.proto: ContainerStatus.created_at, started_at, finished_at',
      'kubelet: kuberuntime_manager.go doBackOff',
    ],
    expectations: [21],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // Nobody asks about it until the other one, which lives longer, has ended.
    const earlier = await pod.start({ command: ['/bin/true'] });
    const container = await pod.create({ command: ['/bin/sleep', '1.5'] });
    const created = await container.status();
    const state = async (): Promise<string> => (await container.status()).state;
    await holds(t, 'a container that is not started stays CREATED', state, 'CONTAINER_CREATED', 250);
    await container.start();
    const running = await container.status();
    const { created_at, started_at, finished_at } = await container.exited();
    const order = {
      expected: 'created_at <= started_at < finished_at',
      observed: { created_at, started_at, finished_at },
    };
    check.that(created_at <= started_at && started_at < finished_at, 'the times are in order', order);
    check.equal(
      [created_at, started_at],
      [created.created_at, running.started_at],
      'created_at and started_at stay as they were',
    );
    const SECOND = 1_000_000_000n;
    check.that(started_at - created_at >= SECOND / 4n, 'started_at is the time of the start', {
      expected: 'a quarter of a second after created_at, or later',
      observed: { created_at, started_at },
    });
    // The process may be well under way when a busy runtime takes the time of its start.
    check.between(
      finished_at - started_at,
      (SECOND * 3n) / 10n,
      60n * SECOND,
      'finished_at - started_at of a process that sleeps 1.5 s, in ns',
    );
    // The call's own host: its clock is the one the runtime reads.
    if (t.env.settings.hostAccess) {
      const now = BigInt(Date.now()) * 1_000_000n;
      check.between(created_at, now - 120n * SECOND, now + SECOND, 'created_at by the clock of the host');
      check.between(finished_at, now - 60n * SECOND, now + SECOND, 'finished_at by the clock of the host');
    }
    check.equal((await container.status()).finished_at, finished_at, 'finished_at does not move once it is set');
    const unseen = await earlier.exited();
    check.between(
      unseen.finished_at,
      unseen.created_at,
      finished_at,
      'finished_at of a container that ended earlier, however late it is looked at, in ns',
    );
    // Attempts and sandboxes that follow each other within a second are put in order by it.
    const fractions = [unseen.created_at, created_at].map((time) => time % SECOND);
    check.that(
      fractions.some((fraction) => fraction !== 0n),
      'created_at of two containers is not in whole seconds',
      { expected: 'another fraction of a second than 0', observed: [unseen.created_at, created_at] },
    );
  },
);
