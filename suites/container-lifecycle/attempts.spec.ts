import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { figure, hasFigures, sampled } from '../container-stats/figures.js';
import { fileAppears } from './trapping.js';

/** CPU time that the first attempt takes, in ns: far more than it takes to start a container that then waits. */
const BURNT = 700_000_000n;

spec(
  {
    id: 'container-lifecycle/attempts-have-own-facts',
    title: 'exit code, times, CPU time and grace period of an attempt are its own, not those of the one before',
    level: 'must',
    since: '1.20',
    why: 'The kubelet keeps the ended attempt beside the running one and reports both, as lastState and state; mixed up, a healthy restart looks like a crash.',
    sources: [
      'api.proto: ContainerMetadata.attempt, ContainerStatus, StopContainerRequest.timeout, CpuUsage.usage_core_nano_seconds',
      'kubelet: kuberuntime_container.go startContainer, toKubeContainerStatus, killContainer; stats/cri_stats_provider.go makeContainerStats',
    ],
    expectations: [21, 22, 32, 38, 54],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const name = `own-facts-${nonce()}`;
    const burns = ['/bin/sh', '-c', "trap 'exit 3' TERM; while :; do :; done"];
    const first = await pod.start({ metadata: { name, attempt: 0 }, command: burns });
    const stats = await sampled(
      t,
      first,
      `usage_core_nano_seconds of a container that never waits exceeds ${BURNT}`,
      ({ cpu }) => (cpu?.usage_core_nano_seconds?.value ?? 0n) > BURNT,
    );
    const burnt = figure(stats.cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds');
    await first.stop(30);
    const ended = await first.status();
    check.equal([ended.state, ended.exit_code], ['CONTAINER_EXITED', 3], 'the first attempt exits with 3 on SIGTERM');

    const waits = "trap 'exit 4' TERM; echo > /tmp/ready; sleep 100000 & wait";
    const next = await pod.start({ metadata: { name, attempt: 1 }, command: ['/bin/sh', '-c', waits] });
    const { state, exit_code, created_at, started_at, finished_at } = await next.status();
    check.equal(
      { state, exit_code, finished_at },
      { state: 'CONTAINER_RUNNING', exit_code: 0, finished_at: 0n },
      'an attempt that runs has no exit code and finished_at, whatever became of the one before',
    );
    check.that(created_at > ended.started_at && started_at >= created_at, 'the next attempt has times of its own', {
      expected: `created after ${ended.started_at}, and started then`,
      observed: { created_at, started_at },
    });
    const { cpu } = await sampled(t, next, 'CPU and memory of the next attempt are sampled', hasFigures);
    check.between(
      figure(cpu?.usage_core_nano_seconds, 'cpu.usage_core_nano_seconds'),
      0n,
      burnt - 1n,
      'usage_core_nano_seconds of an attempt that waits, after one that used more',
    );

    await fileAppears(t, next, '/tmp/ready', 'the next attempt has set its trap');
    await next.stop(30);
    const endedNext = await next.status();
    check.equal(
      [endedNext.state, endedNext.exit_code],
      ['CONTAINER_EXITED', 4],
      'the next attempt has its grace period, and its own exit code',
    );
    check.equal((await first.status()).exit_code, 3, 'the first attempt keeps its exit code');
  },
);
