import { check, spec } from '../../src/kit/index.js';
import { startSleeping } from '../shared/processes.js';
import { run } from '../streaming/sessions.js';
import { KUBELET_TRANSPORT } from '../streaming/transports.js';

interface Facts {
  SigBlk: string;
  SigIgn: string;
  Umask: string;
  /** Numbers of the open files. */
  open: string[];
}

const NONE = '0'.repeat(16);
const FRESH: Facts = { SigBlk: NONE, SigIgn: NONE, Umask: '0022', open: ['0', '1', '2'] };

/** What a process of the container has. What the kernel does not tell is taken to be right. No shell: those ignore SIGQUIT. */
async function facts(output: (cmd: string[]) => Promise<string>, process: '1' | 'self'): Promise<Facts> {
  const status = await output(['/bin/cat', `/proc/${process}/status`]);
  const told = (name: keyof Facts): string =>
    new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1] ?? String(FRESH[name]);
  const open = (await output(['/bin/ls', `/proc/${process}/fd`])).trim().split('\n');
  return { SigBlk: told('SigBlk'), SigIgn: told('SigIgn'), Umask: told('Umask'), open };
}

spec(
  {
    id: 'security-context/nothing-inherited',
    title: 'processes begin with no signal ignored or blocked, no open files but the standard ones, and umask 022',
    level: 'should',
    since: '1.20',
    why: 'What is left over from the runtime breaks pipelines and clean-up in scripts, opens files to everybody, or leads out of the container.',
    sources: [
      'OCI runtime-spec: process, and runc: libcontainer (umask 022 unless told otherwise)',
      'crun#2058: SIGPIPE ignored',
      'CVE-2024-21626: a descriptor of the host in containers',
    ],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // A program that handles no signal by itself.
    const container = await startSleeping(t, pod);
    const inSync = (cmd: string[]): Promise<string> => container.output(cmd);
    const inSession = async (cmd: string[]): Promise<string> =>
      (await run(t, KUBELET_TRANSPORT, container, cmd)).stdout;
    check.equal(await facts(inSync, '1'), FRESH, 'the first process has what a fresh one has');
    // Here what lists the files has opened the directory, by the lowest number that was free.
    const expected = { ...FRESH, open: [...FRESH.open, '3'] };
    check.equal(await facts(inSync, 'self'), expected, 'an exec’ed process has what a fresh one has');
    check.equal(await facts(inSession, 'self'), expected, 'the command of a session has what a fresh process has');
  },
);
