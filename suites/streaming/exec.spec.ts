import { check } from '../../src/kit/index.js';
import { startSleeping } from '../shared/processes.js';
import { environment } from '../shared/environment.js';
import { nonce } from '../../fixtures/configs/identity.js';
import { parseProcesses } from '../security-context/process.js';
import { finish, run, shell } from './sessions.js';
import { streamingSpec } from './transports.js';

streamingSpec(
  {
    id: 'streaming/exec-exit-code',
    title: 'an exec session reports how its command ended',
    since: '1.20',
    why: 'kubectl exec exits with this code: scripts and CI jobs take a failed command for a good one if it is wrong.',
    sources: ['kubelet: cri/streaming remotecommand/exec.go ServeExec', 'client-go: remotecommand errorDecoderV4'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const endings: [script: string, exit: number][] = [
      ['exit 0', 0],
      ['exit 1', 1],
      ['exit 137', 137],
      ['exit 255', 255],
      ['kill -TERM $$', 128 + 15],
      ['kill -KILL $$', 128 + 9],
    ];
    for (const [script, exit] of endings) {
      const ended = await run(t, transport, container, shell(`echo before; ${script}`));
      check.equal(ended, { stdout: 'before\n', stderr: '', exit }, `\`${script}\` is reported as exit code ${exit}`);
    }
    const missing = await run(t, transport, container, ['/bin/no-such-program']);
    check.notEqual(missing.exit, 0, 'a command that cannot be started is not reported as success');
    check.notEqual(missing.exit, '', 'the report on a command that cannot be started says something');
  },
);

/** A shell word for bytes that cannot stand in an argument as they are. */
const octal = (bytes: Iterable<number>): string =>
  `'${[...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`;

streamingSpec(
  {
    id: 'streaming/exec-stdout',
    title: 'an exec session delivers stdout and stderr whole, unchanged and apart',
    since: '1.20',
    why: 'kubectl exec and kubectl cp pass on what arrives: a changed or misplaced byte corrupts what they copy.',
    sources: ['api.proto: ExecRequest stdin, stdout, stderr, tty', 'kubelet: cri/streaming remotecommand/exec.go'],
    parity: ['streaming/exec-stdout'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    check.equal(
      await run(t, transport, container, ['echo', 'hello']),
      { stdout: 'hello\n', stderr: '', exit: 0 },
      'what the command writes to stdout arrives there, and nothing else does',
    );
    const values = Array.from({ length: 256 }, (_, value) => value);
    const backwards = values.toReversed();
    check.equal(
      await run(t, transport, container, shell(`printf ${octal(values)}; printf ${octal(backwards)} >&2`)),
      { stdout: String.fromCharCode(...values), stderr: String.fromCharCode(...backwards), exit: 0 },
      'every byte value passes through both streams, each stream keeps its own, and no line end is added',
    );
    const count = 400;
    const lines = (word: string): string => Array.from({ length: count }, (_, i) => `${word} ${i}\n`).join('');
    const loop = `i=0; while [ $i -lt ${count} ]; do echo out $i; echo err $i >&2; i=$((i+1)); done`;
    check.equal(
      await run(t, transport, container, shell(loop)),
      { stdout: lines('out'), stderr: lines('err'), exit: 0 },
      'lines written in turn to stdout and stderr arrive in order, each on its own stream',
    );
    const line = 'a line of error text that repeats';
    const { stderr, ...rest } = await run(t, transport, container, shell(`yes '${line}' | head -n 10000 >&2`));
    check.equal(
      { ...rest, bytes: stderr.length, whole: stderr === `${line}\n`.repeat(10_000) },
      { stdout: '', exit: 0, bytes: (line.length + 1) * 10_000, whole: true },
      'stderr carries more than the buffers on the way hold',
    );
    const both = shell('echo out; echo err >&2; exit 3');
    check.equal(
      await run(t, transport, container, both, { stderr: false }),
      { stdout: 'out\n', stderr: '', exit: 3 },
      'a session that asks for stdout alone gets stdout alone, and the exit code',
    );
    check.equal(
      await run(t, transport, container, both, { stdout: false }),
      { stdout: '', stderr: 'err\n', exit: 3 },
      'a session that asks for stderr alone gets stderr alone, and the exit code',
    );
  },
);

streamingSpec(
  {
    id: 'streaming/exec-runs-in-container',
    title: 'an exec session runs the given command, word for word, as a process of the container',
    since: '1.20',
    why: 'kubectl exec promises the surroundings of the container; words that are split or expanded run another command.',
    sources: ['api.proto: ExecRequest.container_id, cmd', 'kubelet: kuberuntime_container.go GetExec'],
    expectations: [51],
  },
  async (t, transport) => {
    const pod = await t.pods.shared();
    const mark = nonce();
    const security = { run_as_user: { value: 1234n }, run_as_group: { value: 2345n } };
    const container = await pod.start({
      working_dir: '/data/sub',
      envs: environment({ MARK: mark }),
      linux: { security_context: security },
    });
    await pod.start({ envs: environment({ MARK: 'another container' }) });
    check.equal(
      (await run(t, transport, container, shell('pwd; echo $MARK; id -u; id -g; cat /proc/1/cmdline'))).stdout,
      `/data/sub\n${mark}\n1234\n2345\n/bin/pause\0`,
      'the command has the working directory, environment, user, group and processes of the container',
    );
    const words = ['two words', ' padded ', '', '$HOME', '*', `"'`, 'a\nb', '\\n', 'grün', 'long '.repeat(4000)];
    check.equal(
      (await run(t, transport, container, ['/bin/printf', '[%s]', ...words])).stdout,
      Buffer.from(words.map((word) => `[${word}]`).join('')).toString('latin1'),
      'each word of cmd reaches the command as it is',
    );
    check.equal(
      await run(t, transport, container, ['/bin/wc', '-c']),
      { stdout: '0\n', stderr: '', exit: 0 },
      'a command whose session has no stdin reads end of file at once',
    );
    const plain = shell('for fd in 0 1 2; do test -t $fd && echo $fd is a terminal; done; echo end');
    check.equal(
      (await run(t, transport, container, plain)).stdout,
      'end\n',
      'without tty no standard stream is a terminal',
    );
  },
);

/** What confines a process, of what `/bin/cat` printed of its directory in /proc. */
function confinement(printed: string): object {
  const [score = '', ...status] = printed.split('\n');
  const [process] = parseProcesses(status.join('\n'));
  const { uid, gid, groups, capabilities, seccomp, noNewPrivs } = check.present(process, 'a process has a status');
  return { uid, gid, groups, capabilities, seccomp, noNewPrivs, oomScoreAdj: score };
}

streamingSpec(
  {
    id: 'streaming/exec-confined',
    title: 'the command of an exec session has the ids, groups, capabilities and confinement of the container',
    since: '1.20',
    why: 'A shell by kubectl exec would be the way around what confines the pod, or fail at files that a group opens.',
    sources: [
      'api.proto: RuntimeService.Exec, LinuxContainerSecurityContext',
      'kubelet: kuberuntime_container.go GetExec',
      'CVE-2022-29162: capabilities of runc exec',
    ],
    expectations: [51],
    requires: ['seccomp'],
  },
  async (t, transport) => {
    const pod = await t.pods.shared();
    const groups = { supplemental_groups: [3456] };
    const ids = { run_as_user: { value: 1234n }, run_as_group: { value: 2345n } };
    const filtered = { no_new_privs: true, seccomp: { profile_type: 'RuntimeDefault' as const } };
    const more = { no_new_privs: false, capabilities: { add_capabilities: ['NET_ADMIN'] } };
    const [confined, root] = await Promise.all([
      startSleeping(t, pod, { linux: { security_context: { ...ids, ...groups, ...filtered } } }),
      startSleeping(t, pod, { linux: { security_context: { ...groups, ...more }, resources: { oom_score_adj: 937 } } }),
    ]);
    const files = (process: string): string[] => [`/proc/${process}/oom_score_adj`, `/proc/${process}/status`];
    for (const container of [confined, root]) {
      const first = confinement(await container.output(['/bin/cat', ...files('1')]));
      const { stdout } = await run(t, transport, container, ['/bin/cat', ...files('self')]);
      check.equal(confinement(stdout), first, 'a command of a session is confined as the first process is');
    }
  },
);

/** Each different line with how often it occurs, in order of appearance. */
function tally(text: string): string[] {
  const counts = new Map<string, number>();
  for (const line of text.replace(/\n$/, '').split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => `${count} × ${line}`);
}

streamingSpec(
  {
    id: 'streaming/exec-many',
    title: 'exec sessions under way at the same time do not get mixed up',
    since: '1.20',
    why: 'Users, probes and operators exec into one container at the same time.',
    sources: ['api.proto: RuntimeService.Exec', 'kubelet: cri/streaming server.go'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const lines = 200;
    const marks = Array.from({ length: 10 }, nonce);
    const expected = marks.map((mark, i) => {
      return { stdout: [`${lines} × ${mark}`], stderr: `${mark} on stderr\n`, exit: i + 1 };
    });
    // All have started before the first may end, so that their output and their ends fall together.
    const script = (mark: string, exit: number): string[] =>
      shell(`read -r go; yes ${mark} | head -n ${lines}; echo ${mark} on stderr >&2; exit ${exit}`);
    const sessions = await Promise.all(
      marks.map((mark, i) => t.streams.exec(container.id, script(mark, i + 1), { stdin: true }, transport)),
    );
    for (const { stdin } of sessions) stdin?.write('go\n');
    const finished = await Promise.all(sessions.map((session, i) => finish(session, `session ${i + 1} of 10`)));
    for (const [i, { stdout, ...rest }] of finished.entries()) {
      const rule = `session ${i + 1} of 10 gets its own output and exit code`;
      check.equal({ ...rest, stdout: tally(stdout) }, expected[i], rule);
    }
  },
);
