import { mkdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { check, spec, type Container } from '../../src/kit/index.js';
import { parseLog, type LogEntry } from '../../src/kit/log.js';
import { exists } from '../shared/host-files.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

const SOURCES = [
  'api.proto: RuntimeService.ReopenContainerLog',
  'kubelet: logs/container_log_manager.go rotateLatestLog',
];

/** Bursts of numbered lines until it is told to end, however long the rotations take; then how many there were. */
const NUMBERS = `trap 'told=1' TERM; i=0
until [ "$told" ]; do seq $((i * 20 + 1)) $((i * 20 + 20)); i=$((i + 1)); usleep 12000; done
echo "$((i * 20)) lines"`;
const COUNT = /^(\d+) lines$/;

const timeOf = (entry: LogEntry | undefined): number => Date.parse(entry?.timestamp ?? '');

/** Moves the log aside as the kubelet does, and has the runtime reopen it. Returns where the old one is. */
async function rotate(container: Container, reopen: () => Promise<unknown>, suffix: string): Promise<string> {
  const old = `${container.logPath}.${suffix}`;
  await rename(container.logPath, old);
  await reopen();
  return old;
}

spec(
  {
    id: 'container-logs/reopen-after-rename',
    title: 'ReopenContainerLog goes on in a new file, and no entry is lost, doubled or torn',
    level: 'must',
    since: '1.20',
    why: 'Rotation happens under load every few minutes; whatever is lost at the switch is lost for good.',
    sources: SOURCES,
    parity: ['container-logs/reopen-after-rename'],
    expectations: [47],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({ command: ['/bin/sh', '-c', NUMBERS] });
    const reopen = (): Promise<unknown> => t.cri.runtime.ReopenContainerLog({ container_id: container.id });
    const rotated: { path: string; size: number }[] = [];
    for (const suffix of ['1', '2', '3']) {
      await container.log('the new file receives lines', (entries) => entries.length > 40);
      const path = await rotate(container, reopen, suffix);
      check.that(await exists(container.logPath), 'the log file exists again when ReopenContainerLog returns', {
        expected: container.logPath,
        observed: 'no such file',
      });
      // What the runtime had in hand at the switch may still go to the old file; then the new one has its turn.
      await container.log('the new file receives lines', (entries) => entries.length > 0);
      rotated.push({ path, size: (await stat(path)).size });
    }
    await container.stop(10);
    const count = (entries: LogEntry[]): string | undefined =>
      COUNT.exec(entries.at(-1)?.content.toString() ?? '')?.[1];
    const newest = await container.log(
      'the new file receives the last line',
      (entries) => count(entries) !== undefined,
    );
    for (const { path, size } of rotated) {
      check.equal(
        (await stat(path)).size,
        size,
        'a renamed file does not grow any more once the new one receives lines',
      );
    }
    const files = await Promise.all(rotated.map(({ path }) => readFile(path)));
    for (const file of files)
      check.equal(file.at(-1), 10, 'the last byte of a renamed file is a line feed: no entry is torn');
    const logs = files.map(parseLog);
    // Of those after a reopening, each of which has some bursts; a busy runtime may read several at once.
    const lasted = logs.slice(1).map((entries) => timeOf(entries.at(-1)) - timeOf(entries[0]));
    check.that(
      lasted.some((ms) => ms > 0),
      'time stamps go on after ReopenContainerLog',
      { expected: 'ms between the first and the last entry of a file', observed: lasted },
    );
    const numbers = [...logs.flat(), ...newest.slice(0, -1)].map(({ content }) => Number(content.toString()));
    const wrong = numbers.findIndex((number, index) => number !== index + 1);
    const next = wrong < 0 ? 'in order' : `line ${wrong + 1} is ${numbers[wrong] ?? NaN}`;
    check.equal(next, 'in order', 'the numbered lines over all files, one after the other');
    check.equal(numbers.length, Number(count(newest)), 'entries in all files together, before the last line');
  },
);

spec(
  {
    id: 'container-logs/reopen-creates-missing-file',
    title: 'ReopenContainerLog creates a log file that is missing',
    level: 'must',
    since: '1.20',
    why: 'The kubelet calls it when somebody deleted the file; without it the container logs into nothing until its end.',
    sources: [...SOURCES, 'kubelet: logs/container_log_manager.go processContainer'],
    expectations: [47],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const script = 'echo before; until [ -e /tmp/go ]; do sleep 0.05; done; echo after; exec sleep 1000';
    const container = await pod.start({ command: ['/bin/sh', '-c', script] });
    await container.log('the first line is logged');
    const before = await container.status();
    await rm(container.logPath);
    await t.cri.runtime.ReopenContainerLog({ container_id: container.id });
    check.equal(await exists(container.logPath), true, 'the log file exists when ReopenContainerLog returns');
    await container.shell('echo for whoever executes; echo > /tmp/go');
    const entries = await container.log('the new file receives what is written next');
    check.equal(
      entries.map(({ content }) => content.toString()),
      ['after'],
      'entries of the new file, which has what the container prints and not what is executed in it',
    );
    await t.cri.runtime.ReopenContainerLog({ container_id: container.id });
    const again = await container.log('the file is still there');
    check.equal(again, entries, 'ReopenContainerLog of a file that is in its place keeps what it holds');
    check.equal(await container.status(), before, 'ReopenContainerLog changes nothing of the status');
  },
);

spec(
  {
    id: 'container-logs/reopen-of-exited-creates-nothing-on-error',
    title: 'ReopenContainerLog of an exited container creates the file, or fails and does not',
    level: 'must',
    since: '1.20',
    why: 'After an error the kubelet renames the old file back; a new one in its place would be overwritten, or hide the old log.',
    sources: SOURCES,
    expectations: [47],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.runToExit(['/bin/echo', 'done']);
    await container.log('the line is logged');
    await rename(container.logPath, `${container.logPath}.1`);
    const outcome = await t.cri.runtime.ReopenContainerLog({ container_id: container.id }).then(
      () => 'success',
      () => 'error',
    );
    check.equal(
      await exists(container.logPath),
      outcome === 'success',
      `whether the file exists after ReopenContainerLog of an exited container ended in ${outcome}`,
    );
    const unknown = t.cri.runtime.ReopenContainerLog({ container_id: 'no-such-container' });
    check.equal(
      await unknown.then(
        () => 'success',
        () => 'error',
      ),
      'error',
      'ReopenContainerLog of an unknown container',
    );
  },
);

spec(
  {
    id: 'container-logs/goes-on-when-reopen-failed',
    title: 'a container whose log could not be reopened goes on to log into the old file, and can be rotated later',
    level: 'should',
    since: '1.20',
    why: 'After an error the kubelet renames the old file back and tries again at its next round; on a disk that is full for a moment nothing would be logged until then.',
    sources: SOURCES,
    expectations: [47],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const script = 'echo before; until [ -e /tmp/go ]; do sleep 0.05; done; echo after; exec sleep 1000';
    const container = await pod.start({ command: ['/bin/sh', '-c', script] });
    const reopen = (): Promise<unknown> => t.cri.runtime.ReopenContainerLog({ container_id: container.id });
    await container.log('the first line is logged');
    const old = `${container.logPath}.1`;
    await rename(container.logPath, old);
    // As good as a full disk, and takes no room.
    await mkdir(container.logPath);
    await check.refuses(reopen(), ANY_REFUSAL, 'ReopenContainerLog with a directory in the place of the log');
    await rmdir(container.logPath);
    await rename(old, container.logPath);
    await container.shell('echo > /tmp/go');
    const entries = await container.log(
      'what is printed after ReopenContainerLog failed is logged into the old file, which is back in its place',
      (seen) => seen.length > 1,
    );
    check.equal(
      entries.map(({ content }) => content.toString()),
      ['before', 'after'],
      'entries of the old file',
    );
    await rename(container.logPath, old);
    await check.accepts(reopen(), 'ReopenContainerLog once there is nothing in its way');
    check.equal(await exists(container.logPath), true, 'the log file exists when ReopenContainerLog returns');
  },
);

spec(
  {
    id: 'container-logs/file-per-container-and-attempt',
    title: 'every container and every attempt logs into the file of its own log_path',
    level: 'must',
    since: '1.20',
    why: 'kubectl logs --previous reads the log of the last attempt beside that of the present one.',
    sources: [
      'api.proto: ContainerConfig.log_path, PodSandboxConfig.log_directory',
      'kubelet: kuberuntime/helpers.go buildContainerLogsPath',
    ],
    expectations: [24, 48],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const say = (name: string, attempt: number): Promise<Container> =>
      pod.runToExit(['/bin/echo', `${name} ${attempt}`], { metadata: { name, attempt } });
    const [first, other] = await Promise.all([say('app', 0), say('side', 0)]);
    const containers = [first, other, await say('app', 1)];
    for (const container of containers) {
      const { name, attempt } = (await container.status()).metadata ?? { name: '', attempt: -1 };
      const entries = await container.log('the line is logged');
      check.equal(
        entries.map(({ content }) => content.toString()),
        [`${name} ${attempt}`],
        'entries of the log of a container',
      );
      check.equal((await container.status()).log_path, container.logPath, 'log_path in its status');
    }
    await first.remove();
    check.equal(await exists(other.logPath), true, "another container's log stays when a container is removed");
  },
);
