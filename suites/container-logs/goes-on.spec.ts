import { readFile, writeFile } from 'node:fs/promises';
import { nonce } from '../../fixtures/configs/identity.js';
import { check, logText, spec, type Container, type ContainerHost, type SpecContext } from '../../src/kit/index.js';
import { exists } from '../shared/host-files.js';

/** 3 MiB and more, in lines of 1000 bytes and a line feed. */
const LINES = 3_200;
const WIDTH = 1_000;

/** Prints numbers until it is killed, and notes each outside once it is printed. */
const NUMBERS = 'i=0; while :; do i=$((i + 1)); echo $i; echo $i >> /noted/numbers; usleep 20000; done';

/** Starts it, and returns what checks its log once it was killed. */
async function startNumbers(t: SpecContext, pod: ContainerHost): Promise<[Container, (by: string) => Promise<void>]> {
  const directory = await t.directory();
  const mounts = [{ host_path: directory, container_path: '/noted', selinux_relabel: true }];
  const container = await pod.start({ command: ['/bin/sh', '-c', NUMBERS], mounts });
  await container.log('the first numbers are logged');
  const checkLog = async (by: string): Promise<void> => {
    const noted = Number(/(\d+)\n[^\n]*$/.exec(await readFile(`${directory}/numbers`, 'utf8'))?.[1]);
    t.note(`killed by ${by}, when it had printed the numbers up to ${noted}`);
    await container.log(
      `what a program had printed when it was killed by ${by} is logged`,
      (entries) => Number(entries.at(-1)?.content.toString()) >= noted,
    );
  };
  return [container, checkLog];
}

spec(
  {
    id: 'container-logs/goes-on-to-the-end',
    title:
      'a log goes on: past some MiB, past the stop of another container, in the grace period of its own, and up to SIGKILL',
    level: 'must',
    since: '1.20',
    why: 'What a program says while it shuts down, or after hours of work, is what one looks for; rotation is up to the kubelet alone.',
    sources: [
      'api.proto: ContainerConfig.log_path',
      'kubelet: logs/container_log_manager.go (the kubelet limits the size), kuberuntime_logs.go ReadLogs',
    ],
    expectations: [47, 48],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const bye = "trap 'echo bye; echo farewell >&2; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    const wide = `line=$(head -c ${WIDTH} /dev/zero | tr '\\0' x); yes $line | head -n ${LINES}`;
    // Silent for a while, as most programs are.
    const goOn = `${wide}; echo before; sleep 2; until [ -e /tmp/go ]; do sleep 0.05; done; echo after; exec sleep 1000`;
    const start = (script: string): Promise<Container> => pod.start({ command: ['/bin/sh', '-c', script] });
    const [stopped, other] = await Promise.all([start(bye), start(goOn)]);
    await stopped.log('the program has set its trap and said so');
    await stopped.stop(20);
    const last = await stopped.log('what it prints when SIGTERM comes is logged', (entries) => entries.length >= 3);
    check.equal(logText(last, 'stdout'), 'ready\nbye\n', 'stdout of a program that prints in its grace period');
    check.equal(logText(last, 'stderr'), 'farewell\n', 'stderr of a program that prints in its grace period');

    const kill = async (graceSeconds: number, by: string): Promise<void> => {
      const [killed, checkLog] = await startNumbers(t, pod);
      await killed.stop(graceSeconds);
      await checkLog(by);
    };
    await Promise.all([kill(0, 'StopContainer with timeout 0'), kill(1, 'StopContainer at the end of its timeout')]);

    const size = LINES * (WIDTH + 1);
    const content = async (rule: string, end: string): Promise<string> =>
      logText(await other.log(rule, (entries) => entries.at(-1)?.content.toString() === end));
    const much = await content(`${size} bytes and the line behind them are logged`, 'before');
    check.equal(much.length, size + 'before\n'.length, 'bytes in the log of a program that prints 3 MiB');
    await other.shell('echo > /tmp/go');
    const more = await content('a program goes on to be logged after another one of its pod was stopped', 'after');
    check.equal(more.slice(much.length), 'after\n', 'what is added to the log of the other container');
  },
);

spec(
  {
    id: 'container-logs/outlives-its-pod',
    title:
      'the logs stay when the pod is stopped, or another attempt of the container removed, and those of its next sandbox when this one is',
    level: 'must',
    since: '1.20',
    why: 'kubectl logs reads the log of a pod that has ended, and of the attempt before; the kubelet itself deletes the files when it is time.',
    sources: [
      'kubelet: kuberuntime_gc.go evictPodLogsDirectories, kuberuntime_container.go removeContainerLog, kuberuntime_logs.go ReadLogs',
      'api.proto: ContainerStatus.log_path',
    ],
    expectations: [24, 48],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const words = [nonce(), nonce(), nonce()];
    const attempts: Container[] = [];
    for (const [attempt, word] of words.entries()) {
      const command = ['/bin/sh', '-c', `echo ${word}; ${attempt < 2 ? 'exit 1' : 'exec sleep 1000'}`];
      const container = await pod.start({ command, metadata: { name: 'app', attempt } });
      if (attempt < 2) await container.exited();
      await container.log('the line is logged');
      attempts.push(container);
    }
    const kept = attempts.slice(1);
    const read = (): Promise<string[]> =>
      Promise.all(kept.map(({ logPath }) => readFile(logPath, 'utf8').catch((error: unknown) => String(error))));
    const before = await read();
    await attempts[0]?.remove();
    check.equal(await read(), before, 'logs of the other attempts after RemoveContainer of the first');
    const [, checkNumbers] = await startNumbers(t, pod);
    await pod.stop();
    await checkNumbers('StopPodSandbox');
    check.equal(await read(), before, 'logs of an attempt that had ended and of one that ran, after StopPodSandbox');
    for (const container of kept)
      check.equal((await container.status()).log_path, container.logPath, 'log_path after StopPodSandbox');
    // Where the next sandbox of the pod logs into as well, once it has replaced this one.
    const successors = `${pod.config.log_directory ?? ''}/next.log`;
    await writeFile(successors, '');
    await pod.remove();
    check.equal(
      await exists(successors),
      true,
      'a log of the next sandbox in the same directory, after RemovePodSandbox',
    );
  },
);
