import { readFile } from 'node:fs/promises';
import { check, spec } from '../../src/kit/index.js';
import { markedSleep, processesWith } from '../shared/processes.js';
import { hostProcessesWith } from '../shared/host-processes.js';

const SYSCTL_SOURCES = [
  'api.proto: LinuxPodSandboxConfig.sysctls',
  'kubelet: kuberuntime_sandbox_linux.go generatePodSandboxLinuxConfig',
  'KEP-34',
];

spec(
  {
    id: 'sandbox-lifecycle/sysctls',
    title: 'sysctls of a sandbox hold in every container of it',
    level: 'must',
    since: '1.20',
    why: 'A pod that asks for a kernel parameter would otherwise run with the default and not know.',
    sources: SYSCTL_SOURCES,
    parity: ['sandbox-lifecycle/sysctl-shm-rmid-forced', 'sandbox-lifecycle/sysctl-mqueue-msg-max'],
  },
  async (t) => {
    const wanted = {
      'kernel.shm_rmid_forced': '1',
      'kernel.msgmax': '8193',
      'fs.mqueue.msg_max': '100',
      'net.ipv4.ip_unprivileged_port_start': '1021',
      'net.ipv4.tcp_syncookies': '0',
      // Two numbers, which the kernel shows with a tab between them.
      'net.ipv4.ip_local_port_range': '32769 60998',
    };
    const pod = await t.pods.run({ linux: { sysctls: wanted } });
    const files = Object.keys(wanted).map((name) => `/proc/sys/${name.replaceAll('.', '/')}`);
    for (const container of [await pod.start(), await pod.start()]) {
      const lines = (await container.output(['/bin/cat', ...files])).split('\n');
      const values = Object.keys(wanted).map((name, index) => [name, lines[index]?.replaceAll('\t', ' ')]);
      const observed = Object.fromEntries(values) as Record<string, string | undefined>;
      check.equal(observed, wanted, 'the sysctls of the pod have the values of the request');
    }
  },
);

spec(
  {
    id: 'sandbox-lifecycle/sysctls-stay-in-pod',
    title: 'sysctls of a sandbox change neither the node nor other pods',
    level: 'must',
    since: '1.20',
    why: 'One pod could otherwise reconfigure the kernel for the whole node.',
    sources: SYSCTL_SOURCES,
    parity: ['sandbox-lifecycle/sysctl-shm-rmid-forced', 'sandbox-lifecycle/sysctl-mqueue-msg-max'],
    requires: ['host-access'],
  },
  async (t) => {
    const file = '/proc/sys/kernel/msgmax';
    const before = (await readFile(file, 'utf8')).trim();
    // Beyond the kernel's default, which the namespaces of other pods have.
    const other = String(Math.max(Number(before), 8192) + 1);
    const pod = await t.pods.runOnHostNetwork({ linux: { sysctls: { 'kernel.msgmax': other } } });
    const inside = await (await pod.start()).output(['/bin/cat', file]);
    const after = (await readFile(file, 'utf8')).trim();
    check.equal(inside, other, 'kernel.msgmax of the pod has the value of the request');
    check.equal(after, before, 'kernel.msgmax of the node stays as it was');
    const next = await (await (await t.pods.runOnHostNetwork()).start()).output(['/bin/cat', file]);
    check.notEqual(next, other, 'kernel.msgmax of a later pod is not that of the first');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/stop-ends-every-process',
    title: 'no process of the sandbox is left when StopPodSandbox returns, nor a call that waits for one',
    level: 'must',
    since: '1.20',
    why: 'The kubelet unmounts the volumes and frees the devices of the pod next, under whatever still runs.',
    sources: [
      'api.proto: RuntimeService.StopPodSandbox ("stops any running process that is part of the sandbox"), ExecSync',
      'kubelet: kubelet.go SyncTerminatingPod; lifecycle/handlers.go Run (a hook is executed without a timeout)',
    ],
    expectations: [41],
    requires: ['host-access', 'root'],
  },
  async (t) => {
    // With a shared pid namespace the end of the container's first process takes no other along.
    const pod = await t.pods.runOnHostNetwork({ linux: { security_context: { namespace_options: { pid: 'POD' } } } });
    const { command, marker } = markedSleep();
    const sleep = command.join(' ');
    // Three sleeps: the last takes the place of the shell.
    const script = `trap '' TERM; ${sleep} & setsid ${sleep} & ${sleep}`;
    const container = await pod.start({ command: ['/bin/sh', '-c', script] });
    // How ExecSync answers when its command is killed with the pod, the CRI does not say.
    const answers: unknown[] = [];
    const answered = (answer: unknown) => answers.push(answer);
    void container.exec(command, 0).then(answered, answered);
    await t.eventually(
      'the processes of the container have started',
      () => processesWith(container, marker),
      (found) => found.length === 4,
    );
    await pod.stop();
    check.equal(hostProcessesWith(marker), [], 'no process of the container is left on the node');
    await t.eventually(
      'ExecSync answers when its command has been killed with the pod',
      () => Promise.resolve(answers.length),
      (count) => count === 1,
    );
  },
);
