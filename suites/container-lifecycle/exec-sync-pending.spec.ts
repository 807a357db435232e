import { check, spec } from '../../src/kit/index.js';
import { inBackground, timed } from '../shared/background.js';
import { fileAppears } from './trapping.js';

/** Seconds that the command may take; calls that wait for it are answered only then. */
const COMMAND_SECONDS = 30;
/** What a kill, and the end of a command by it, may take on a busy machine, in ms. */
const SLACK_MS = 10_000;

spec(
  {
    id: 'container-lifecycle/exec-sync-holds-up-nobody',
    title:
      'while ExecSync runs a command the runtime answers, starts, updates and stops containers; it ends, as a failure, when its container is stopped',
    level: 'must',
    since: '1.20',
    why: 'Probes and hooks run all the time, hooks for minutes; if the status loop, a restart or a kill waited for them, one slow probe would stop the node.',
    sources: [
      'api.proto: RuntimeService.ExecSync, StopContainerRequest.timeout (0: forcibly and immediately)',
      'kubelet: pleg/generic.go Relist, prober/worker.go (a worker per probe), kuberuntime_container.go executePreStopHook, killContainer',
    ],
    expectations: [28, 38, 49],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start();
    const container_id = container.id;
    let ended = false;
    const command = ['/bin/sh', '-c', 'echo > /tmp/began; exec sleep 1000'];
    const exec = inBackground(
      container
        .exec(command, COMMAND_SECONDS)
        // Whether the call or the command fails is left to the runtime.
        .then(
          ({ exitCode }) => (exitCode === 0 ? 'success' : 'failure'),
          () => 'failure',
        )
        .finally(() => (ended = true)),
    );
    await fileAppears(t, container, '/tmp/began', 'the command runs');
    const { runtime } = t.cri;
    const asked: [string, () => Promise<unknown>][] = [
      ['ListContainers', () => container.listed()],
      ['ContainerStatus', () => container.status()],
      ['PodSandboxStatus', () => runtime.PodSandboxStatus({ pod_sandbox_id: pod.id })],
      ['ListPodSandbox', () => runtime.ListPodSandbox({})],
      ['ContainerStats', () => runtime.ContainerStats({ container_id })],
      [
        'UpdateContainerResources',
        () => runtime.UpdateContainerResources({ container_id, linux: { cpu_shares: 512 } }),
      ],
      ['ReopenContainerLog', () => runtime.ReopenContainerLog({ container_id })],
      ['the start and stop of another container of the pod', async () => (await pod.start()).stop(0)],
    ];
    for (const [name, call] of asked) {
      await call();
      check.that(!ended, `${name} does not wait for a command that ExecSync runs`, {
        expected: `an answer within the ${COMMAND_SECONDS} s that the command may take`,
        observed: 'an answer only after ExecSync had returned',
      });
    }
    const stop = await timed(container.stop(0));
    check.between(Math.round(stop.ms), 0, SLACK_MS, 'ms that StopContainer with timeout 0 takes meanwhile');
    check.equal((await container.status()).state, 'CONTAINER_EXITED', 'the container is EXITED then');
    const { ms, value } = await timed(exec);
    check.between(Math.round(ms), 0, SLACK_MS, 'ms until ExecSync returns once its container is EXITED');
    check.equal(value, 'failure', 'the outcome of a command that ended with its container');
  },
);
