import { check, spec } from '../../src/kit/index.js';
import { checkLater } from '../shared/clock.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';
import { freePort } from '../shared/ports.js';
import { trueConditions } from '../shared/conditions.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { sandboxesOf } from './own.js';

spec(
  {
    id: 'sandbox-lifecycle/unknown-handler-refused',
    title: 'RunPodSandbox with a runtime handler that does not exist is refused and leaves nothing',
    level: 'must',
    since: '1.20',
    why: 'A pod that asks for a sandboxed runtime must never run, unprotected, under the default one.',
    sources: ['api.proto: RunPodSandboxRequest.runtime_handler', 'KEP-585'],
    expectations: [11],
  },
  async (t) => {
    const { identity, config } = await t.pods.config();
    const ready = await trueConditions(t);
    const call = t.pods.runConfig(identity, config, { handler: 'crivet-no-such-handler' });
    // "If the handler is unknown, this request should be rejected": without a code.
    await check.refuses(call, ANY_REFUSAL, 'RunPodSandbox with an unknown runtime_handler is refused');
    check.equal(await sandboxesOf(t, identity), [], 'a refused RunPodSandbox leaves no sandbox');
    check.equal(await trueConditions(t), ready, 'a refused RunPodSandbox leaves the conditions of Status true');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/group-without-user-refused',
    title: 'a sandbox with run_as_group but without run_as_user is refused',
    level: 'must',
    since: '1.20',
    why: 'The runtime would have to invent the user that the pod runs as.',
    sources: ['api.proto: LinuxSandboxSecurityContext.run_as_group'],
    expectations: [14],
  },
  async (t) => {
    const security_context = { run_as_group: { value: 1004n } };
    const { identity, config } = await t.pods.config({ linux: { security_context } });
    const call = t.pods.runConfig(identity, config);
    await check.refuses(call, ANY_REFUSAL, 'RunPodSandbox with run_as_group and no user is refused');
    check.equal(await sandboxesOf(t, identity), [], 'a refused RunPodSandbox leaves no sandbox');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/same-metadata-refused',
    title: 'no two sandboxes have the same metadata; it is free again once the first is removed',
    level: 'must',
    since: '1.20',
    why: 'A kubelet that repeats a request must not get a second sandbox that it knows nothing of.',
    sources: ['api.proto: PodSandboxMetadata', 'kubelet: kuberuntime_sandbox.go createPodSandbox'],
    expectations: [12],
  },
  async (t) => {
    const { identity, config } = await t.pods.config(HOST_NETWORK);
    // The refusal of one may wait for what becomes of the other.
    const asked = [0, 1].map(() => t.pods.runConfig(identity, config, { timeoutMs: 20_000 }));
    const [made] = (await Promise.allSettled(asked)).flatMap((run) => (run.status === 'fulfilled' ? [run.value] : []));
    const atOnce = await sandboxesOf(t, identity);
    check.that(atOnce.length <= 1, 'two RunPodSandbox at once with the same metadata make one sandbox', {
      expected: 'one at most',
      observed: atOnce.map(({ id }) => id),
    });
    const first = made ?? (await t.pods.runConfig(identity, config));
    const repeated = t.pods.runConfig(identity, config);
    await check.refuses(repeated, ANY_REFUSAL, 'RunPodSandbox with the metadata of a sandbox that exists is refused');
    check.equal((await first.status()).state, 'SANDBOX_READY', 'the first sandbox stays READY');
    const ids = (await sandboxesOf(t, identity)).map(({ id }) => id);
    check.equal(ids, [first.id], 'the refused call leaves no second sandbox');
    await first.stop();
    await first.remove();
    const next = await t.pods.runConfig(identity, config);
    check.notEqual(next.id, first.id, 'a new sandbox has a new id');
    check.equal((await next.status()).state, 'SANDBOX_READY', 'metadata of a removed sandbox can be used again');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/next-attempt-beside-old',
    title: 'the next attempt of a pod runs beside the stopped sandbox of the last one',
    level: 'must',
    since: '1.20',
    why: 'That is how the kubelet replaces a dead sandbox; it takes the newest by created_at for the one that counts.',
    sources: [
      'api.proto: PodSandboxMetadata.attempt, PodSandbox.created_at',
      'kubelet: kuberuntime_sandbox.go getSandboxIDByPodUID, kuberuntime_manager.go GetPodStatus',
    ],
    expectations: [12],
  },
  async (t) => {
    const { identity, config } = await t.pods.config(HOST_NETWORK);
    const old = await t.pods.runConfig(identity, config);
    await old.stop();
    const metadata = { ...config.metadata, attempt: 1 };
    const annotations = { ...config.annotations, 'kubernetes.io/config.seen': '2024-02-02T00:00:00Z' };
    const next = await t.pods.runConfig(identity, { ...config, metadata, annotations });
    const [before, after] = [await old.status(), await next.status()];
    check.equal(before.state, 'SANDBOX_NOTREADY', 'the old sandbox stays NOTREADY');
    check.equal(after.state, 'SANDBOX_READY', 'the new sandbox is READY');
    const attempts = [before.metadata?.attempt, after.metadata?.attempt];
    check.equal(attempts, [0, 1], 'each sandbox has its own attempt');
    check.equal(before.annotations, { ...config.annotations }, 'the old sandbox keeps its annotations');
    check.equal(after.annotations, annotations, 'the new sandbox has annotations of its own');
    checkLater(after.created_at, before.created_at, 'the new sandbox has the later created_at');
    const times = [before.created_at, after.created_at];
    check.that(
      times.some((time) => time % 1_000_000_000n !== 0n),
      'created_at tells sandboxes apart that follow each other within a second',
      { expected: 'not two times in whole seconds', observed: times },
    );
    const listed = (await sandboxesOf(t, identity)).map(({ id }) => id);
    check.sameMembers(listed, [old.id, next.id], 'both attempts are listed by the labels of the pod');
    await old.remove();
    check.equal((await next.status()).state, 'SANDBOX_READY', 'removing the old sandbox leaves the new one alone');
  },
);

spec(
  {
    id: 'sandbox-lifecycle/failed-run-leaves-nothing',
    title: 'a RunPodSandbox that fails half-way leaves nothing in the way of the next try',
    level: 'should',
    since: '1.20',
    why: 'The kubelet tries again with the same metadata until it works; a name that stays taken blocks the pod for ever.',
    sources: [
      'api.proto: RuntimeService.RunPodSandbox, LinuxPodSandboxConfig.sysctls, PodSandboxConfig.port_mappings',
      'threads: containerd/containerd#10770, cri-o/cri-o#7010',
    ],
    expectations: [13],
  },
  async (t) => {
    // No kernel takes this value: the failure comes late, when namespaces and network are there.
    const sysctls = { 'kernel.shm_rmid_forced': 'crivet' };
    // A host port is the first thing that the pods of a node contend for. Only there is it known what port is free.
    const { hostAccess } = t.env.settings;
    const mapping = { protocol: 'TCP', host_ip: '', container_port: 80 } as const;
    const port_mappings = hostAccess ? [{ ...mapping, host_port: await freePort() }] : [];
    const { identity, config } = await t.pods.config({ port_mappings });
    const broken = { ...config, linux: { ...config.linux, sysctls } };
    const ready = await trueConditions(t);
    const call = t.pods.runConfig(identity, broken);
    await check.refuses(call, ANY_REFUSAL, 'RunPodSandbox with a sysctl that cannot be set fails');
    check.equal(await sandboxesOf(t, identity), [], 'a failed RunPodSandbox leaves no sandbox');
    check.equal(
      await trueConditions(t),
      ready,
      'one pod that fails leaves the conditions of Status true for all others',
    );
    const pod = await t.pods.runConfig(identity, config);
    check.equal((await pod.status()).state, 'SANDBOX_READY', 'the next try with the same metadata succeeds');
  },
);
