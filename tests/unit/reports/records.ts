import { summaryOf } from '../../../src/reports/index.js';
import type { CallRecord, RunRecord, SpecRecord } from '../../../src/kit/record.js';

/** A passed spec; give what a test cares about. */
export function specRecord(given: Partial<SpecRecord> & { id: string }): SpecRecord {
  return {
    group: given.id.split('/')[0] ?? '',
    title: 'a pod sandbox becomes ready',
    level: 'must',
    since: '1.23',
    why: 'the kubelet starts no container before the sandbox is ready',
    sources: ['api.proto: RunPodSandbox', 'kubelet: kuberuntime_sandbox.go createPodSandbox'],
    parity: [],
    expectations: [],
    outcome: 'passed',
    leaks: [],
    startedAt: '2026-03-01T12:00:00.500Z',
    durationMs: 410,
    calls: [],
    notes: [],
    ...given,
  };
}

export function callRecord(given: Partial<CallRecord> & { method: string }): CallRecord {
  return { request: {}, startMs: 10, durationMs: 5, ...(given.error === undefined ? { response: {} } : {}), ...given };
}

/** A finished run of the given specs; everything in it is selected unless `selected` says more. */
export function runRecord(specs: SpecRecord[], given: Partial<RunRecord> = {}): RunRecord {
  const selected = given.selected ?? specs.map((spec) => spec.id);
  return {
    schema: 'crivet.run/1',
    crivet: '0.1.0',
    state: 'finished',
    startedAt: '2026-03-01T12:00:00.000Z',
    finishedAt: '2026-03-01T12:02:13.000Z',
    durationMs: 133_000,
    runtime: {
      name: 'containerd',
      version: 'v1.6.20',
      apiVersion: 'v1',
      runtimeEndpoint: 'unix:///run/containerd/containerd.sock',
      imageEndpoint: 'unix:///run/containerd/containerd.sock',
      handler: '',
    },
    host: { os: 'linux', arch: 'x64', node: '20.19.0', cpus: 2 },
    options: {},
    selected,
    specs,
    summary: summaryOf({ selected, specs }),
    ...given,
  };
}

/** One spec of each kind, as a run that was interrupted would leave them. */
export function mixedRun(given: Partial<RunRecord> = {}): RunRecord {
  const ready = callRecord({
    method: 'RuntimeService/RunPodSandbox',
    request: { config: { metadata: { name: 'pod', uid: 'u-1', namespace: 'default' } } },
    response: { pod_sandbox_id: '1a2b' },
    durationMs: 380,
  });
  const gone = callRecord({
    method: 'RuntimeService/PodSandboxStatus',
    request: { pod_sandbox_id: '1a2b' },
    error: { code: 'NOT_FOUND', details: 'sandbox "1a2b" not found' },
    startMs: 400,
    durationMs: 2,
  });
  const cleanup = callRecord({ method: 'RuntimeService/RemovePodSandbox', startMs: 410, cleanup: true });
  return runRecord(
    [
      specRecord({ id: 'sandbox-lifecycle/run-becomes-ready' }),
      specRecord({
        id: 'sandbox-lifecycle/status-after-run',
        outcome: 'failed',
        reason: 'the status of a running sandbox is readable: expected success, observed NOT_FOUND',
        violation: {
          rule: 'the status of a running sandbox is readable',
          expected: 'SANDBOX_READY',
          observed: 'NOT_FOUND: sandbox "1a2b" not found',
        },
        stack: '    at body (/home/me/crivet/suites/sandbox-lifecycle/status.spec.ts:12:5)',
        leaks: ['pod sandbox 1a2b: DEADLINE_EXCEEDED'],
        calls: [ready, gone, cleanup],
        notes: [{ atMs: 402, kind: 'poll', text: 'state: NOTREADY x 3' }],
      }),
      specRecord({ id: 'images/pull', startedAt: '2026-03-01T12:01:00.000Z', durationMs: 1234.5678 }),
      specRecord({
        id: 'images/refs-are-canonical',
        level: 'should',
        outcome: 'failed',
        reason: 'names are canonical: expected docker.io/library/a, observed a',
        violation: { rule: 'names are canonical', expected: 'docker.io/library/a', observed: 'a' },
      }),
      specRecord({
        id: 'sandbox-lifecycle/userns',
        level: 'feature:user-namespaces',
        outcome: 'unsupported',
        reason: 'the handler does not report user_namespaces',
      }),
      specRecord({ id: 'images/selinux', outcome: 'not-applicable', reason: 'SELinux is not enabled on this host' }),
      specRecord({ id: 'images/broken', outcome: 'error', reason: 'TypeError: x is undefined' }),
    ],
    {
      state: 'interrupted',
      stateReason: 'SIGINT',
      selected: [
        'sandbox-lifecycle/run-becomes-ready',
        'sandbox-lifecycle/status-after-run',
        'images/pull',
        'images/refs-are-canonical',
        'sandbox-lifecycle/userns',
        'images/selinux',
        'images/broken',
        'images/remove',
        'streaming/exec',
      ],
      ...given,
    },
  );
}
