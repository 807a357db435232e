import { check, spec, type SpecContext, type ContainerHost } from '../../src/kit/index.js';
import { mountAt, mountsOf } from './mounts.js';
import { firstAndExeced } from './process.js';

const SOURCES = [
  'api.proto: LinuxContainerSecurityContext.no_new_privs',
  'kubelet: securitycontext/util.go AddNoNewPrivileges',
];

/**
 * Runs a setuid-root program as uid 1000, started by the first process of a container and by ExecSync, and looks at
 * the user id it gets and at the flag of the kernel.
 */
async function setuidRunsAs(t: SpecContext, pod: ContainerHost, no_new_privs: boolean): Promise<void> {
  const command = ['/bin/sh', '-c', '/bin/print-euid > /tmp/.euid && mv /tmp/.euid /tmp/euid; exec /bin/pause'];
  const identity = { run_as_user: { value: 1000 }, no_new_privs };
  const container = await pod.start({ command, linux: { security_context: identity } }, 'setuid');
  const root = check.present(mountAt(await mountsOf(container), '/'), 'the root file system is mounted');
  check.excludes(root.options, 'nosuid', 'the root file system honours setuid programs');
  for (const [who, process] of await firstAndExeced(container)) {
    check.equal(process.noNewPrivs, no_new_privs ? '1' : '0', `no_new_privs of ${who} is what was asked for`);
  }
  const expected = no_new_privs ? '1000' : '0';
  const effect = no_new_privs ? 'has no effect' : 'has its effect';
  const execed = await container.output(['/bin/print-euid']);
  check.equal(execed, expected, `the setuid bit of an exec’ed program ${effect}`);
  const first = await t.eventually(
    'the first process has run the setuid program',
    () => container.exec(['/bin/cat', '/tmp/euid']),
    ({ exitCode }) => exitCode === 0,
  );
  check.equal(first.stdout.trim(), expected, `the setuid bit of a program that the first process runs ${effect}`);
}

spec(
  {
    id: 'security-context/no-new-privs',
    title: 'no_new_privs decides whether a setuid-root program runs as root or stays an ordinary user’s',
    level: 'must',
    since: '1.20',
    why: 'allowPrivilegeEscalation: false is demanded by the restricted Pod Security Standard; images with sudo need true.',
    sources: SOURCES,
    parity: ['security-context/no-new-privs-on', 'security-context/no-new-privs-off'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    await Promise.all([setuidRunsAs(t, pod, true), setuidRunsAs(t, pod, false)]);
  },
);
