import { readFile, rename } from 'node:fs/promises';
import { nonce } from '../../fixtures/configs/identity.js';
import { check, logText, spec, type Container } from '../../src/kit/index.js';
import { parseLog, type LogEntry } from '../../src/kit/log.js';
import { exists } from '../shared/host-files.js';

/** Prints a line on each stream, and once `/tmp/go` is there another one on each. */
const TWICE =
  'echo out 1; echo err 1 >&2; until [ -e /tmp/go ]; do sleep 0.05; done; echo out 2; echo err 2 >&2; exec sleep 1000';

/** What a log has of both streams. A terminal has one, and ends its lines with CR LF. */
function texts(entries: LogEntry[], tty: boolean): string[] {
  const text = (stream: 'stdout' | 'stderr'): string => logText(entries, stream).replaceAll('\r', '');
  return tty ? [text('stdout') + text('stderr')] : [text('stdout'), text('stderr')];
}

const expected = (round: number, tty: boolean): string[] =>
  tty ? [`out ${round}\nerr ${round}\n`] : [`out ${round}\n`, `err ${round}\n`];

spec(
  {
    id: 'container-logs/reopen-of-each-at-once',
    title: 'ReopenContainerLog moves both streams of the container it names, whatever its attempt and terminal',
    level: 'must',
    since: '1.20',
    why: 'The kubelet rotates the logs of several containers at once; output that goes on into a renamed file is compressed away under its writer.',
    sources: [
      'api.proto: RuntimeService.ReopenContainerLog, ReopenContainerLogRequest.container_id',
      'kubelet: logs/container_log_manager.go rotateLatestLog, processContainer (several workers)',
    ],
    expectations: [47],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const command = ['/bin/sh', '-c', TWICE];
    const containers: [string, Container, boolean][] = await Promise.all(
      (
        [
          ['a first attempt', 0, false],
          ['a later attempt', 3, false],
          ['a terminal', 0, true],
        ] as const
      ).map(async ([what, attempt, tty]) => {
        const metadata = { name: `rotated-${nonce()}`, attempt };
        return [what, await pod.start({ command, tty, metadata }), tty] as [string, Container, boolean];
      }),
    );
    for (const [what, container] of containers)
      await container.log(`the first two lines of ${what} are logged`, (entries) => entries.length >= 2);
    for (const [, { logPath }] of containers) await rename(logPath, `${logPath}.1`);
    await Promise.all(containers.map(([, { id }]) => t.cri.runtime.ReopenContainerLog({ container_id: id })));
    for (const [what, { logPath }] of containers)
      check.equal(await exists(logPath), true, `the log of ${what} exists again when ReopenContainerLog has returned`);
    await Promise.all(containers.map(([, container]) => container.shell('echo > /tmp/go')));
    for (const [what, container, tty] of containers) {
      const wanted = expected(2, tty);
      const log = await container.log(
        `the new file of ${what} receives what it prints next, on both streams`,
        (entries) => texts(entries, tty).join('').length >= wanted.join('').length,
      );
      check.equal(texts(log, tty), wanted, `the new log of ${what} by streams`);
      const old = parseLog(await readFile(`${container.logPath}.1`));
      check.equal(texts(old, tty), expected(1, tty), `the renamed log of ${what} by streams`);
    }
  },
);
