import { check, spec } from '../../src/kit/index.js';
import { inBackground } from '../shared/background.js';
import { holds } from '../shared/holds.js';
import { fileAppears } from './trapping.js';

/** SIGRTMIN+3, as the C library, systemd and Docker count: the first two real-time signals are the library's own. */
const TELL_REALTIME = "trap 'exit 45' 37; trap 'exit 43' TERM; echo > /tmp/ready; while :; do sleep 0.05; done";

spec(
  {
    id: 'container-lifecycle/stop-signal-of-image',
    title: "StopContainer sends each container its own image's stop signal first, a real-time signal among them",
    level: 'must',
    since: '1.20',
    why: 'Programs such as web servers finish their requests on another signal than SIGTERM, systemd ends on SIGRTMIN+3; their images say which.',
    sources: ['OCI image spec: config.StopSignal ("for instance SIGKILL or SIGRTMIN+3")', 'KEP-4960'],
    expectations: [40],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({}, 'stop-signal');
    const realtime = await pod.start({ command: ['/bin/sh', '-c', TELL_REALTIME] }, 'stop-signal-realtime');
    await fileAppears(t, realtime, '/tmp/ready', 'the program of the other image has set its traps');
    await t.eventually(
      'the program has set its traps',
      async () => (await container.exec(['/bin/sh', '-c', 'grep SigCgt /proc/1/status'])).stdout,
      // Bits 9 (SIGUSR1) and 14 (SIGTERM) of the caught signals.
      (text) => (Number(`0x${(text.split(/\s+/)[1] ?? '0').slice(-8)}`) & 0x4200) === 0x4200,
    );
    await container.stop(20);
    const { exit_code } = await container.status();
    check.equal(
      exit_code,
      42,
      'exit_code of a program that exits with 42 on SIGUSR1, its stop signal, and with 43 on SIGTERM',
    );
    await realtime.stop(20);
    check.equal(
      (await realtime.status()).exit_code,
      45,
      'exit_code of a program that exits with 45 on SIGRTMIN+3, its stop signal, and with 43 on SIGTERM',
    );
  },
);

spec(
  {
    id: 'container-lifecycle/stop-signal-of-config',
    title: "ContainerConfig.stop_signal is sent in place of the image's, and is reported",
    level: 'should',
    since: '1.33',
    why: 'lifecycle.stopSignal of a pod has no effect if the runtime goes by the image alone.',
    sources: ['api.proto: ContainerConfig.stop_signal, ContainerStatus.stop_signal', 'KEP-4960'],
    expectations: [27, 40],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const script = "trap 'exit 44' USR2; trap 'exit 43' TERM; echo > /tmp/ready; while :; do sleep 0.05; done";
    const container = await pod.start({ command: ['/bin/sh', '-c', script], stop_signal: 'SIGUSR2' });
    await fileAppears(t, container, '/tmp/ready', 'the program has set its traps');
    check.equal(
      (await container.status()).stop_signal,
      'SIGUSR2',
      'ContainerStatus.stop_signal is what the config asks for',
    );
    await container.stop(20);
    check.equal(
      (await container.status()).exit_code,
      44,
      'exit_code of a program that exits with 44 on SIGUSR2 and with 43 on SIGTERM',
    );
    const byImage = await pod.create({}, 'stop-signal');
    check.equal(
      (await byImage.status()).stop_signal,
      'SIGUSR1',
      "without one in the config, ContainerStatus.stop_signal is the image's",
    );
  },
);

/** The first process and one that it started; both note every SIGTERM and live on. */
const NOTE_EACH_SIGNAL = [
  "(trap 'echo other >> /tmp/signals' TERM; echo > /tmp/trapped; while :; do sleep 0.05; done) &",
  "trap 'echo first >> /tmp/signals' TERM; until [ -e /tmp/trapped ]; do sleep 0.05; done",
  'echo > /tmp/ready; while :; do sleep 0.05; done',
].join('\n');

spec(
  {
    id: 'container-lifecycle/stop-signal-once',
    title: 'the stop signal comes once, and to the first process of the container alone',
    level: 'should',
    since: '1.20',
    why: 'A server that lets its workers finish loses them if they are signalled as well; and many programs take a second signal for an order to end at once.',
    sources: [
      'Kubernetes documentation: Pod Lifecycle, Termination of Pods ("send a TERM signal to process 1 inside each container")',
      'controller-runtime: signals.go SetupSignalHandler ("second signal. Exit directly.")',
    ],
    expectations: [38, 40],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({ command: ['/bin/sh', '-c', NOTE_EACH_SIGNAL] });
    await fileAppears(t, container, '/tmp/ready', 'both processes have set their traps');
    const stop = inBackground(container.stop(30));
    const signals = async (): Promise<string> => (await container.exec(['/bin/cat', '/tmp/signals'])).stdout;
    await t.eventually('the stop signal arrives at the beginning of the grace period', signals, (seen) => seen !== '');
    const rule = 'within the grace period the first process is signalled once, and no other';
    await holds(t, rule, signals, 'first\n', 1_300);
    await container.stop(0);
    await stop;
  },
);
