import { check, spec, type SpecContext } from '../../src/kit/index.js';
import type { PodConfig } from '../../fixtures/configs/pod.js';
import { namespaces } from './namespace-ids.js';
import { allFour, podProcesses, type Process } from './process.js';
import { overlay } from '../../fixtures/configs/merge.js';

const PROTO = 'api.proto: LinuxSandboxSecurityContext';
const KUBELET = 'kubelet: kuberuntime_sandbox.go generatePodSandboxLinuxConfig';

/** The sandbox's own process as a container sees it that shares the pod's process ids: number 1. */
async function sandboxProcess(t: SpecContext, context: PodConfig): Promise<Process> {
  const pod = await t.pods.runOnHostNetwork(overlay(namespaces({ pid: 'POD' }), context));
  const seen = (await podProcesses(await pod.start())).find(([, { pid }]) => pid === 1);
  return check.present(seen, 'process 1 of a shared process namespace can be seen')[1];
}

spec(
  {
    id: 'security-context/sandbox-identity',
    title: 'the process of the sandbox has the user and group of the sandbox’s security context',
    level: 'should',
    since: '1.20',
    why: 'The pod’s securityContext is to cover its sandbox too: nothing of a non-root pod then runs as root.',
    sources: [`${PROTO}.run_as_user, run_as_group`, KUBELET],
  },
  async (t) => {
    const identity = { run_as_user: { value: 1001 }, run_as_group: { value: 1002 } };
    const process = await sandboxProcess(t, { linux: { security_context: identity } });
    check.equal(process.uid, allFour(1001), 'the process of the sandbox has the uid run_as_user');
    check.equal(process.gid, allFour(1002), 'the process of the sandbox has the gid run_as_group');
  },
);

spec(
  {
    id: 'security-context/sandbox-supplemental-groups',
    title: 'the process of the sandbox has the supplemental_groups, whether or not its image names a user',
    level: 'should',
    since: '1.20',
    why: 'The kubelet sends fsGroup and supplementalGroups of the pod for the sandbox too; the pause image must not clear them.',
    sources: [`${PROTO}.supplemental_groups`, KUBELET, 'containerd#12996'],
  },
  async (t) => {
    const process = await sandboxProcess(t, { linux: { security_context: { supplemental_groups: [1234, 5678] } } });
    for (const group of [1234, 5678]) {
      check.includes(process.groups, group, 'the process of the sandbox has the supplemental_groups');
    }
  },
);
