import { createHash } from 'node:crypto';
import { nonce } from '../../fixtures/configs/identity.js';
import { check, spec } from '../../src/kit/index.js';
import { timed } from '../shared/background.js';
import { environment } from '../shared/environment.js';
import { markedSleep, processesWith } from '../shared/processes.js';
import { ANY_REFUSAL } from '../shared/refusals.js';

spec(
  {
    id: 'container-lifecycle/exec-sync-output',
    title: 'ExecSync returns stdout, stderr and exit code of the command, each for itself',
    level: 'must',
    since: '1.20',
    why: 'Exec probes and lifecycle hooks are judged by the exit code, and their output goes into the events of the pod.',
    sources: ['api.proto: ExecSyncResponse', 'kubelet: kuberuntime_container.go RunInContainer'],
    parity: ['container-lifecycle/exec-sync-output'],
    expectations: [49],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.start({ envs: environment({ WHO: 'c1' }) });
    const before = await container.status();
    // As probes are mostly written: the program by its name alone.
    const echo = await container.exec(['echo', '-n', 'hello', '$HOME  *', '']);
    check.equal(
      echo,
      { stdout: 'hello $HOME  * ', stderr: '', exitCode: 0 },
      'ExecSync runs the program itself, which PATH leads to, without a shell',
    );
    const both = await container.exec([
      '/bin/sh',
      '-c',
      'echo out1; echo err1 >&2; printf out2; printf err2 >&2; exit 3',
    ]);
    check.equal(
      both,
      { stdout: 'out1\nout2', stderr: 'err1\nerr2', exitCode: 3 },
      'stdout and stderr stay apart; a failing command is an answer',
    );
    // 126 and 127 are what a shell says of a program that it cannot run: an answer of the command, not of the runtime.
    // One after the other: probes execute in one container for as long as it lives.
    const ends = [1, 2, 64, 125, 126, 127, 128, 129, 130, 143, 192, 254, 255].map((code) => [`exit ${code}`, code]);
    const signals = [9, 11, 15].map((signal) => [`kill -${signal} $$`, 128 + signal]);
    for (const [script = '', code] of [...ends, ...signals]) {
      const { exitCode } = await container.exec(['/bin/sh', '-c', String(script)]);
      check.equal(exitCode, code, `exit_code of \`${script}\`, one of many commands in a container`);
    }
    check.equal(await container.status(), before, 'the status of a container after commands that failed in it');
    check.equal(
      await container.exec(['/bin/sh', '-c', 'echo warning >&2']),
      { stdout: '', stderr: 'warning\n', exitCode: 0 },
      'a command that writes to stderr and ends well has succeeded',
    );
    check.equal(
      await container.exec(['/bin/sh', '-c', 'echo $WHO; read -r x || echo no input']),
      { stdout: 'c1\nno input\n', stderr: '', exitCode: 0 },
      'a command runs in its container, without standard input',
    );
    const again = 'echo run >> /tmp/runs; wc -l < /tmp/runs';
    check.equal(
      [await container.shell(again), await container.shell(again)],
      ['1', '2'],
      'a command runs once, and once more when it is asked for again',
    );
    check.equal(
      await container.exec(['/bin/sh', '-c', 'echo last words; exec >&- 2>&-; sleep 0.3; exit 5']),
      { stdout: 'last words\n', stderr: '', exitCode: 5 },
      'a command that closes its output is waited for, and its exit code reported',
    );
    await Promise.all([container.shell(again), container.shell(again)]);
    check.equal(await container.shell(again), '5', 'a command that is asked for twice at the same time runs twice');
    const missing = container.exec(['/bin/no-such-program']).then(
      ({ exitCode }) => exitCode,
      () => 'refused',
    );
    // The OCI runtimes differ here: some fail the call, others report the shell's code for "not found".
    check.oneOf(await missing, ['refused', 126, 127, 128, 255], 'ExecSync of a program that does not exist fails');
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'the container runs on');
  },
);

spec(
  {
    id: 'container-lifecycle/exec-sync-arguments',
    title: 'ExecSync passes on arguments of 100 KiB and beyond ASCII as they are',
    level: 'must',
    since: '1.20',
    why: 'Probes and hooks carry whole scripts and texts in any language: half a script is another one.',
    sources: ['api.proto: ExecSyncRequest.cmd', 'kubelet: kuberuntime_container.go RunInContainer'],
    expectations: [49],
  },
  async (t) => {
    const container = await t.pods.sharedContainer();
    // Linux takes up to 128 KiB in one argument.
    const long = nonce().repeat(10 * 1024);
    const words = ['grün', '世界', '\u{1f600}', 'tab\tand\nline'];
    const script = 'printf %s "$1" | sha256sum; shift; printf "[%s]" "$@"';
    const { stdout, exitCode } = await container.exec(['/bin/sh', '-c', script, 'sh', long, ...words]);
    check.equal(exitCode, 0, 'a command with such arguments runs');
    const sum = createHash('sha256').update(long).digest('hex');
    check.equal(stdout.slice(0, 64), sum, 'SHA-256 of an argument of 100 KiB, as the command got it');
    const rest = stdout.slice(stdout.indexOf('\n') + 1);
    check.equal(rest, words.map((word) => `[${word}]`).join(''), 'arguments beyond ASCII, as the command got them');
  },
);

spec(
  {
    id: 'container-lifecycle/exec-sync-timeout',
    title: 'ExecSync past its timeout fails with DeadlineExceeded, and the command is gone',
    level: 'must',
    since: '1.20',
    why: 'DeadlineExceeded is how the kubelet knows that a probe timed out; commands left behind pile up with every probe.',
    sources: [
      'api.proto: ExecSyncRequest.timeout',
      'kubelet: remote_runtime.go execSync (maps DeadlineExceeded)',
      'KEP-1972',
    ],
    parity: ['container-lifecycle/exec-sync-timeout'],
    expectations: [49],
  },
  async (t) => {
    const container = await t.pods.sharedContainer();
    const { command, marker } = markedSleep();
    const timesOut = (script: string, what: string): Promise<string> =>
      check.refuses(
        container.exec(['/bin/sh', '-c', script], 1),
        ['DEADLINE_EXCEEDED'],
        `ExecSync with timeout 1 of a command that ${what}`,
      );
    const [silent] = await Promise.all([
      timed(timesOut(`trap '' TERM; exec ${command.join(' ')}`, 'sleeps for days, whatever it is asked to')),
      timesOut(`for i in $(seq 40); do echo ${marker}; sleep 0.2; done`, 'prints a line five times a second'),
    ]);
    check.between(Math.round(silent.ms), 950, 10_000, 'ms until ExecSync with timeout 1 fails');
    await t.eventually(
      'the commands are gone after ExecSync timed out',
      () => processesWith(container, marker),
      (pids) => pids.length === 0,
      { withinMs: 3_000 },
    );
    check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'the container runs on');
    check.equal((await container.exec(['/bin/echo', 'still here'])).stdout, 'still here\n', 'the next ExecSync works');
  },
);

spec(
  {
    id: 'container-lifecycle/exec-sync-gets-its-time',
    title: 'ExecSync gives a command all of its timeout, and timeout 0 sets no limit',
    level: 'must',
    since: '1.20',
    why: 'A probe that is cut short restarts a healthy container.',
    sources: ['api.proto: ExecSyncRequest.timeout (0: run forever)', 'thread: cri-o#5067'],
    expectations: [49],
  },
  async (t) => {
    const container = await t.pods.sharedContainer();
    const late = ['/bin/sh', '-c', 'sleep 1.4; echo done; exit 4'];
    await container.exec(['/bin/true'], 1);
    // The most that timeoutSeconds of a probe takes, an int32; in ms it is none.
    const timeouts = [0, 30, 2 ** 31 - 1];
    const [unlimited, limited, patient] = await Promise.all(timeouts.map((seconds) => container.exec(late, seconds)));
    const expected = { stdout: 'done\n', stderr: '', exitCode: 4 };
    check.equal(limited, expected, 'ExecSync with a timeout of 30 s of a command of 1.4 s');
    check.equal(patient, expected, 'ExecSync with a timeout of 68 years of a command of 1.4 s');
    check.equal(unlimited, expected, 'ExecSync without timeout of a command of 1.4 s, after one with a timeout of 1 s');
  },
);

spec(
  {
    id: 'container-lifecycle/exec-sync-background-child',
    title: 'ExecSync ends by its timeout even if a child of the command keeps the output open',
    level: 'should',
    since: '1.20',
    why: 'A probe script that leaves something running in the background blocks its probe worker for minutes, and the container goes unprobed.',
    sources: ['api.proto: ExecSyncRequest.timeout', 'thread: containerd#7802, containerd#9568, containerd#10094'],
    expectations: [49],
  },
  async (t) => {
    const container = await t.pods.sharedContainer();
    const command = { container_id: container.id, cmd: ['/bin/sh', '-c', 'sleep 1000 & echo started'], timeout: 1 };
    // Either is fine: what the command printed, or DeadlineExceeded. Waiting for the child is not.
    const call = t.cri.runtime.ExecSync(command, { timeoutMs: 3_500 }).then(
      () => 'answered',
      (error: unknown) => String(error),
    );
    const { ms, value } = await timed(call);
    check.that(ms < 3_400, 'ExecSync with timeout 1 of `sleep 1000 & echo started` ends', {
      expected: 'an answer or DeadlineExceeded about 1 s after the call',
      observed: `${ms.toFixed(0)} ms: ${value}`,
    });
  },
);

spec(
  {
    id: 'container-lifecycle/exec-sync-large-output',
    title: 'ExecSync returns megabytes of any bytes on both streams unchanged',
    level: 'must',
    since: '1.20',
    why: 'Output that is cut or mixed up cannot be told from what the command really said.',
    sources: ['api.proto: ExecSyncResponse.stdout, ExecSyncResponse.stderr (capped at 16 MB)'],
    expectations: [49],
  },
  async (t) => {
    const container = await (await t.pods.shared()).start();
    const script =
      'head -c 2000000 /dev/urandom > /tmp/o; head -c 700000 /dev/urandom > /tmp/e; cat /tmp/e >&2 & cat /tmp/o; wait';
    const request = { container_id: container.id, cmd: ['/bin/sh', '-c', script], timeout: 30 };
    const { stdout, stderr, exit_code } = await t.cri.runtime.ExecSync(request);
    check.equal(
      [exit_code, stdout.length, stderr.length],
      [0, 2_000_000, 700_000],
      'exit_code and the lengths of stdout and stderr',
    );
    const sums = await container.shell('sha256sum < /tmp/o; sha256sum < /tmp/e');
    const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    check.equal(
      [digest(stdout), digest(stderr)],
      sums.split('\n').map((line) => line.slice(0, 64)),
      'SHA-256 of stdout and stderr',
    );
    // Blocks of any size that a runtime may read by, and nothing over.
    const blocks = await container.exec(['/bin/sh', '-c', 'head -c 131072 /dev/zero; head -c 131072 /dev/zero >&2']);
    const lengths = [blocks.stdout.length, blocks.stderr.length];
    check.equal(lengths, [131_072, 131_072], 'lengths of stdout and stderr of whole blocks');
  },
);

spec(
  {
    id: 'container-lifecycle/exec-sync-output-capped',
    title: 'output beyond 16 MB is dropped, and ExecSync succeeds all the same',
    level: 'should',
    since: '1.25',
    why: 'One talkative probe must neither fill the memory of the node nor fail because of what it printed.',
    sources: ['api.proto: ExecSyncResponse.stdout', 'advisory: CVE-2022-31030, CVE-2022-1708'],
    expectations: [49],
  },
  async (t) => {
    const container = await t.pods.sharedContainer();
    const request = {
      container_id: container.id,
      cmd: ['/bin/sh', '-c', 'head -c 18000000 /dev/zero; exit 6'],
      timeout: 30,
    };
    const { stdout, exit_code } = await t.cri.runtime.ExecSync(request);
    check.equal(exit_code, 6, 'the command goes on to its end');
    check.between(stdout.length, 1, 16 * 1024 * 1024, 'bytes of stdout returned of 18 000 000');
  },
);

spec(
  {
    id: 'container-lifecycle/exec-sync-needs-running',
    title: 'ExecSync in an EXITED container is refused',
    level: 'must',
    since: '1.20',
    why: 'A probe against a container that is gone must fail; success would keep a dead endpoint in service.',
    sources: ['api.proto: RuntimeService.ExecSync'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const container = await pod.runToExit(['/bin/true']);
    await check.refuses(container.exec(['/bin/true'], 5), ANY_REFUSAL, 'ExecSync in an EXITED container');
    check.equal((await container.status()).state, 'CONTAINER_EXITED', 'the container stays EXITED');
  },
);
