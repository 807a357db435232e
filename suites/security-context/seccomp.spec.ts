import { writeFile } from 'node:fs/promises';
import { check, spec, type Container, type Pod, type SpecContext } from '../../src/kit/index.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { overlay } from '../../fixtures/configs/merge.js';
import type { PodConfig } from '../../fixtures/configs/pod.js';
import type { SecurityProfile } from '../../src/client/generated/types.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { attempt, succeeds } from './mounts.js';
import { namespaces } from './namespace-ids.js';
import { firstAndExeced, podProcesses } from './process.js';

const PROTO = 'api.proto: SecurityProfile, LinuxContainerSecurityContext.seccomp';
const KUBELET = 'kubelet: kuberuntime/helpers.go fieldSeccompProfile';

const CHMOD_FAMILY = ['chmod', 'fchmod', 'fchmodat', 'fchmodat2'];

/** `seccomp` of a pod or container; null leaves it out. */
const seccomp = (profile: Partial<SecurityProfile> | null): ContainerInput & PodConfig => ({
  linux: { security_context: { seccomp: profile } },
});

const SYS_ADMIN: ContainerInput = {
  linux: { security_context: { capabilities: { add_capabilities: ['SYS_ADMIN'] } } },
};

/** Writes a profile to the node that refuses some system calls and allows all others. */
async function profileDenying(t: SpecContext, names: string[]): Promise<SecurityProfile> {
  const path = `${await t.directory()}/deny.json`;
  await writeDenial(path, names);
  return { profile_type: 'Localhost', localhost_ref: path };
}

async function writeDenial(path: string, names: string[]): Promise<void> {
  const syscalls = [{ names, action: 'SCMP_ACT_ERRNO' }];
  await writeFile(path, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
}

/** Every process of a pod under one profile, the sandbox's own among them, is in the same seccomp mode. */
async function allInMode(t: SpecContext, profile: Partial<SecurityProfile> | null, mode: '0' | '2'): Promise<void> {
  const pod = await t.pods.runOnHostNetwork(overlay(namespaces({ pid: 'POD' }), seccomp(profile)));
  const processes = await podProcesses(await pod.start(seccomp(profile)));
  check.that(processes.length >= 3, 'sandbox, first and exec’ed process can be seen', {
    expected: 'three processes',
    observed: processes.map(([who]) => who),
  });
  for (const [who, process] of processes) {
    check.equal(process.seccomp, mode, `${who} is ${mode === '0' ? 'not filtered' : 'filtered'} by seccomp`);
  }
}

/** A pod with a host name of its own, in which a container may try to change it. */
async function podWithHostname(t: SpecContext, overrides: PodConfig = {}): Promise<Pod> {
  return t.pods.run(overlay(overrides, { hostname: 'before' }));
}

/**
 * Tries to set the host name; returns whether the command claims success. Only if the name is the pod's own: a runtime
 * that put the pod into the node's UTS namespace must not cost the node its name.
 */
async function setsHostname(container: Container): Promise<boolean> {
  check.equal(await container.output(['/bin/hostname']), 'before', 'the host name is the pod’s own');
  return succeeds(container, '/bin/hostname after');
}

spec(
  {
    id: 'security-context/seccomp-unconfined',
    title: 'under Unconfined no process of a pod is filtered, nor is the sandbox’s',
    level: 'must',
    since: '1.20',
    why: 'Debuggers and runtimes inside of containers need system calls that every default profile refuses.',
    sources: [PROTO, KUBELET, 'cri-o#9675'],
    parity: ['security-context/seccomp-unconfined'],
    requires: ['seccomp'],
  },
  (t) => allInMode(t, { profile_type: 'Unconfined' }, '0'),
);

spec(
  {
    id: 'security-context/seccomp-runtime-default',
    title: 'under RuntimeDefault every process of a pod is filtered, and so is the sandbox’s',
    level: 'must',
    since: '1.20',
    why: 'The baseline Pod Security Standard relies on the runtime’s profile; the kubelet always asks for it for sandboxes.',
    sources: [PROTO, KUBELET, 'kubelet: kuberuntime_sandbox.go (RuntimeDefault)'],
    parity: ['security-context/seccomp-runtime-default'],
    requires: ['seccomp'],
  },
  (t) => allInMode(t, { profile_type: 'RuntimeDefault' }, '2'),
);

spec(
  {
    id: 'security-context/seccomp-unset',
    title:
      'without a seccomp profile in the request no process is filtered, unless the runtime is configured otherwise',
    level: 'should',
    since: '1.20',
    why: 'A profile that nobody asked for breaks workloads. Some runtimes can be configured to choose one, hence no must.',
    sources: [`${PROTO}: absent means unconfined`],
    parity: ['security-context/seccomp-unset'],
    requires: ['seccomp'],
  },
  (t) => allInMode(t, null, '0'),
);

spec(
  {
    id: 'security-context/seccomp-localhost',
    title:
      'a Localhost profile filters the system calls that it names when the container is created, in it and no other',
    level: 'must',
    since: '1.20',
    why: 'A profile made for a workload is its last defence; on the wrong container it breaks another workload. One that was tightened has to reach new containers.',
    sources: [`${PROTO}: localhost_ref`, KUBELET],
    parity: ['security-context/seccomp-localhost'],
    requires: ['seccomp', 'host-access'],
  },
  async (t) => {
    const profile = await profileDenying(t, CHMOD_FAMILY);
    const pod = await t.pods.shared();
    // The first process tries too: a runtime may filter only one of the two.
    const command = ['/bin/sh', '-c', 'chmod 700 /data; touch /tmp/tried; exec /bin/pause'];
    const [filtered, other] = await Promise.all([
      pod.start({ ...seccomp(profile), command }),
      pod.start(seccomp({ profile_type: 'RuntimeDefault' })),
    ]);
    for (const [who, process] of await firstAndExeced(filtered)) {
      check.equal(process.seccomp, '2', `${who} is filtered`);
    }
    await t.eventually('the first process has tried', () => succeeds(filtered, 'test -e /tmp/tried'), Boolean);
    const { unchanged, ...attempts } = await attempt(filtered, {
      chmod: '/bin/chmod 700 /data/sub',
      mkdir: '/bin/mkdir /data/new',
      unchanged: 'test "$(stat -c %a /data /data/sub | sort -u)" = 755',
    });
    check.equal(
      attempts,
      { chmod: false, mkdir: true },
      'an exec’ed process is refused what the profile names, only that',
    );
    check.equal(unchanged, true, 'the modes of both directories are what they were in the image');
    check.equal(
      await succeeds(other, '/bin/chmod 700 /data/sub'),
      true,
      'chmod works in a container without the profile',
    );
    await writeDenial(profile.localhost_ref, ['mkdir', 'mkdirat']);
    const later = await pod.start(seccomp(profile));
    check.equal(
      await attempt(later, { chmod: '/bin/chmod 700 /data/sub', mkdir: '/bin/mkdir /data/new' }),
      { chmod: true, mkdir: false },
      'a container that is created when the profile has changed is refused what it names now, only that',
    );
  },
);

spec(
  {
    id: 'security-context/sandbox-seccomp-localhost',
    title:
      'a Localhost profile of the sandbox filters its own process, and a container without a profile is not filtered',
    level: 'should',
    since: '1.20',
    why: "The sandbox's security context is asked for apart from its containers'; neither may decide for the other.",
    sources: ['api.proto: LinuxSandboxSecurityContext.seccomp', `${PROTO}: localhost_ref`],
    requires: ['seccomp', 'host-access'],
  },
  async (t) => {
    const profile = await profileDenying(t, CHMOD_FAMILY);
    const pod = await t.pods.runOnHostNetwork(overlay(namespaces({ pid: 'POD' }), seccomp(profile)));
    const processes = await podProcesses(await pod.start(seccomp({ profile_type: 'Unconfined' })));
    const ofSandbox = check.present(
      processes.find(([, { pid }]) => pid === 1),
      'process 1 of a shared process namespace can be seen',
    );
    for (const each of processes) {
      const [who, process] = each;
      check.equal(process.seccomp, each === ofSandbox ? '2' : '0', `seccomp mode of ${who}`);
    }
  },
);

spec(
  {
    id: 'security-context/seccomp-localhost-invalid-refused',
    title: 'a container whose Localhost profile is missing or unreadable does not start',
    level: 'must',
    since: '1.20',
    why: 'Running without the profile that was asked for is worse than not running.',
    sources: [`${PROTO}: localhost_ref`, KUBELET],
    requires: ['seccomp', 'host-access'],
  },
  async (t) => {
    const directory = await t.directory();
    await writeFile(`${directory}/broken.json`, '{ "defaultAction": ');
    const pod = await t.pods.shared();
    const attempt = (localhost_ref: string): Promise<unknown> =>
      pod.start(seccomp({ profile_type: 'Localhost', localhost_ref }));
    await check.refuses(attempt(`${directory}/missing.json`), ANY_REFUSAL, 'a profile that does not exist is refused');
    await check.refuses(attempt(`${directory}/broken.json`), ANY_REFUSAL, 'a profile that is no JSON is refused');
    await check.refuses(attempt(''), ANY_REFUSAL, 'Localhost without localhost_ref is refused');
  },
);

spec(
  {
    id: 'security-context/seccomp-localhost-beats-capability',
    title:
      'a Localhost profile refuses a system call whose capability is there; under Unconfined the capability is enough',
    level: 'must',
    since: '1.20',
    why: 'The filter narrows what a capability opens, and nothing else does.',
    sources: [PROTO],
    parity: ['security-context/seccomp-localhost-beats-capability', 'security-context/seccomp-unconfined-sethostname'],
    requires: ['seccomp', 'host-access'],
  },
  async (t) => {
    const pod = await podWithHostname(t);
    const container = await pod.start(overlay(SYS_ADMIN, seccomp(await profileDenying(t, ['sethostname']))));
    check.equal(await setsHostname(container), false, 'setting the host name is refused by the profile');
    for (const [who, { seccomp: mode, capabilities }] of await firstAndExeced(container)) {
      check.equal(mode, '2', `${who} is filtered`);
      check.includes(capabilities.effective, 'SYS_ADMIN', `${who} has SYS_ADMIN`);
    }
    // Mounting takes the same capability, so it is the profile that refused the other.
    check.equal(await succeeds(container, '/bin/mount -t tmpfs none /mnt'), true, 'what it does not name is allowed');
    const unconfined = await pod.start(overlay(SYS_ADMIN, seccomp({ profile_type: 'Unconfined' })));
    check.equal(await setsHostname(unconfined), true, 'setting the host name works under Unconfined');
    check.equal(await unconfined.output(['/bin/hostname']), 'after', 'the host name is the new one');
  },
);

spec(
  {
    id: 'security-context/seccomp-ignored-when-privileged',
    title: 'a privileged container is not filtered, whatever profile is asked for',
    level: 'must',
    since: '1.20',
    why: 'Privileged means no confinement; node agents fail half-way if some system calls are refused.',
    sources: ['api.proto: LinuxContainerSecurityContext.privileged: no seccomp'],
    parity: ['security-context/seccomp-ignored-when-privileged'],
    requires: ['seccomp', 'host-access'],
  },
  async (t) => {
    const profile = seccomp(await profileDenying(t, ['sethostname']));
    const privileged = overlay(profile, { linux: { security_context: { privileged: true } } });
    const pod = await podWithHostname(t, privileged);
    const container = await pod.start(privileged);
    for (const [who, process] of await firstAndExeced(container)) {
      check.equal(process.seccomp, '0', `${who} is not filtered`);
    }
    check.equal(await setsHostname(container), true, 'setting the host name works');
    check.equal(await container.output(['/bin/hostname']), 'after', 'the host name is the new one');
  },
);
