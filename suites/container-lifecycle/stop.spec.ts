import { check, spec } from '../../src/kit/index.js';
import { timed } from '../shared/background.js';
import { environment } from '../shared/environment.js';
import { markedSleep, processesWith } from '../shared/processes.js';
import { fileAppears } from './trapping.js';

/** What a stop may take beyond its grace period on a busy machine, in ms; less than thrice the grace period of 2 s. */
const SLACK_MS = 5_000;
/** The same of the best of some tries: a busy machine is not late every time. */
const SLACK_AT_BEST_MS = 2_500;
const TRIES = 3;

spec(
  {
    id: 'container-lifecycle/stop-becomes-exited',
    title: 'StopContainer lets the process end on SIGTERM, and the container is EXITED when it returns',
    level: 'must',
    since: '1.20',
    why: 'The kubelet goes on to remove the sandbox and reports the pod as ended right after the call.',
    sources: ['api.proto: RuntimeService.StopContainer', 'kubelet: kuberuntime_container.go killContainer'],
    parity: ['container-lifecycle/stop-becomes-exited'],
    expectations: [38],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const script = "trap 'exit 7' TERM; echo ready > /tmp/ready; while :; do sleep 0.05; done";
    const container = await pod.start({ command: ['/bin/sh', '-c', script] });
    await fileAppears(t, container, '/tmp/ready', 'the program has set its trap');
    const stop = await timed(container.stop(30));
    const status = await container.status();
    check.equal(status.state, 'CONTAINER_EXITED', 'the container is EXITED when StopContainer returns');
    check.equal(status.exit_code, 7, 'the process ended by its handler of SIGTERM, not by SIGKILL');
    check.that(status.finished_at >= status.started_at, 'finished_at is set', {
      expected: `${status.started_at} or later`,
      observed: status.finished_at,
    });
    check.that(stop.ms < 20_000, 'StopContainer returns once the process has ended', {
      expected: 'well before the grace period of 30 s',
      observed: `${stop.ms.toFixed(0)} ms`,
    });
    await container.stop(30);
    check.equal(
      await container.status(),
      status,
      'StopContainer of an EXITED container is no error and changes nothing',
    );
    const filter = { pod_sandbox_id: pod.id, state: { state: 'CONTAINER_EXITED' } } as const;
    const { containers } = await t.cri.runtime.ListContainers({ filter });
    check.equal(
      containers.map(({ id }) => id),
      [container.id],
      'ListContainers lists it among the EXITED ones',
    );
  },
);

spec(
  {
    id: 'container-lifecycle/stop-keeps-grace-period',
    title: 'a process that ignores SIGTERM is killed after the grace period, and not before',
    level: 'must',
    since: '1.20',
    why: 'terminationGracePeriodSeconds is a promise to the workload, and an upper bound for everybody who waits for the pod to go.',
    sources: ['api.proto: StopContainerRequest.timeout', 'kubelet: kuberuntime_container.go killContainer'],
    expectations: [38],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const taken: number[] = [];
    do {
      const container = await pod.start({}, 'ignores-term');
      const { ms } = await timed(container.stop(2));
      const status = await container.status();
      check.equal(status.state, 'CONTAINER_EXITED', 'the container is EXITED when StopContainer returns');
      check.between(Math.round(ms), 1_900, 2_000 + SLACK_MS, 'ms that StopContainer with a grace period of 2 s takes');
      check.equal(status.exit_code, 137, 'exit_code after SIGKILL');
      taken.push(Math.round(ms));
    } while (taken.length < TRIES && Math.min(...taken) > 2_000 + SLACK_AT_BEST_MS);
    const best = Math.min(...taken);
    check.between(
      best,
      1_900,
      2_000 + SLACK_AT_BEST_MS,
      `the least of them in up to ${TRIES} tries: no time of its own`,
    );
  },
);

spec(
  {
    id: 'container-lifecycle/stop-without-grace-kills',
    title: 'StopContainer with timeout 0 kills at once',
    level: 'must',
    since: '1.20',
    why: 'Force deletion and eviction by memory pressure cannot wait for a process that ignores SIGTERM.',
    sources: ['api.proto: StopContainerRequest.timeout (0: forcibly and immediately)'],
    expectations: [38],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({}, 'ignores-term');
    const stop = await timed(container.stop(0));
    const { state, exit_code } = await container.status();
    check.equal(
      { state, exit_code },
      { state: 'CONTAINER_EXITED', exit_code: 137 },
      'the container was killed when StopContainer returns',
    );
    // Ten seconds is the default grace period of a runtime that takes 0 for "not given".
    check.between(Math.round(stop.ms), 0, SLACK_MS, 'ms that StopContainer with timeout 0 takes');
  },
);

spec(
  {
    id: 'container-lifecycle/exited-leaves-no-process',
    title: 'no process of a container lives on once it is EXITED, in a pod with one process namespace either',
    level: 'should',
    since: '1.20',
    why: 'The kubelet starts the next attempt right away: what the last one left holds its ports and locks, takes its memory, and is listed nowhere.',
    sources: [
      'api.proto: RuntimeService.StopContainer, ContainerState.CONTAINER_EXITED, NamespaceMode.POD',
      'kubelet: kuberuntime_manager.go computePodActions (an EXITED container is started again)',
    ],
    expectations: [22, 38],
  },
  async (t) => {
    // Where the first process is not number 1 of a namespace, its end takes no other along.
    const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { namespace_options: { pid: 'POD' } } } });
    const { marker } = markedSleep();
    // On the command line of the other process alone.
    const envs = environment({ MARKER: marker });
    const leaves = (last: string) =>
      pod.start({ envs, command: ['/bin/sh', '-c', `setsid /bin/sleep $MARKER & ${last}`] });
    const watcher = await pod.start();
    const [stopped, ending] = [
      await leaves('exec /bin/sleep 100000'),
      await leaves('until [ -e /tmp/told ]; do sleep 0.05; done'),
    ];
    const left = (): Promise<string[]> => processesWith(watcher, marker);
    await t.eventually('each container has started another process', left, (found) => found.length === 2);
    await stopped.stop(5);
    await ending.shell('echo > /tmp/told');
    await ending.exited();
    await t.eventually('the other processes end with the first one', left, (found) => found.length === 0, {
      withinMs: 5_000,
    });
    check.equal((await watcher.status()).state, 'CONTAINER_RUNNING', 'another container of the pod runs on');
  },
);
