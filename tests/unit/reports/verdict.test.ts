import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../src/reports/index.js';
import type { SpecRecord } from '../../../src/kit/record.js';
import { mixedRun, runRecord, specRecord } from './records.js';

const spec = (outcome: SpecRecord['outcome'], level: SpecRecord['level'] = 'must'): SpecRecord =>
  specRecord({ id: `group/${outcome}-${level.replace(':', '-')}`, outcome, level, reason: 'because' });

describe('verdictOf', () => {
  it('tells what was vetted, what is wrong and what it could not judge', () => {
    const verdict = verdictOf(mixedRun(), { color: false, reports: ['reports/run.json', 'reports/junit.xml'] });
    expect(verdict).toMatchObject({ verdict: 'not conformant', exitCode: 1 });
    expect(verdict.lines.join('\n')).toMatchInlineSnapshot(`
      "Vetted containerd v1.6.20 (CRI v1) at unix:///run/containerd/containerd.sock
      9 specs in 2 min 13 s: 2 passed, 2 failed, 1 unsupported, 1 not applicable, 1 error, 2 not run

      Violations
        sandbox-lifecycle/status-after-run [must]
          rule      the status of a running sandbox is readable
          expected  SANDBOX_READY
          observed  NOT_FOUND: sandbox "1a2b" not found
          call      RuntimeService/PodSandboxStatus, took 2.0 ms: NOT_FOUND: sandbox "1a2b" not found

      Recommendations not met (no effect on the verdict)
        images/refs-are-canonical [should]
          rule      names are canonical
          expected  docker.io/library/a
          observed  a

      Left behind on the runtime
        sandbox-lifecycle/status-after-run: pod sandbox 1a2b: DEADLINE_EXCEEDED

      Errors: the runtime was not judged
        images/broken: TypeError: x is undefined

      Not run
        2 x the run was interrupted: SIGINT (images/remove, streaming/exec)

      Unsupported by the runtime
        1 x the handler does not report user_namespaces (sandbox-lifecycle/userns)

      Not applicable on this host
        1 x SELinux is not enabled on this host (images/selinux)

      Reports
        reports/run.json
        reports/junit.xml

      Verdict: not conformant - the runtime broke 1 rule that the kubelet relies on."
    `);
  });

  it('is short when all is well', () => {
    const { lines } = verdictOf(runRecord([spec('passed')]), { color: false });
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "Vetted containerd v1.6.20 (CRI v1) at unix:///run/containerd/containerd.sock
      1 spec in 2 min 13 s: 1 passed, 0 failed, 0 unsupported, 0 not applicable, 0 errors, 0 not run

      Verdict: conformant - no rule that the kubelet relies on was broken; 1 spec passed."
    `);
  });

  it.each([
    ['all passed', runRecord([spec('passed')]), 'conformant', 0],
    ['unsupported and not applicable beside', runRecord([spec('passed'), spec('unsupported'), spec('not-applicable')]), 'conformant', 0],
    ['a should violation', runRecord([spec('passed'), spec('failed', 'should')]), 'conformant', 0],
    ['a must violation', runRecord([spec('passed'), spec('failed')]), 'not conformant', 1],
    ['a feature violation', runRecord([spec('passed'), spec('failed', 'feature:x')]), 'not conformant', 1],
    ['a violation beside errors', runRecord([spec('error'), spec('failed')]), 'not conformant', 1],
    ['a violation in a killed run', runRecord([spec('failed')], { state: 'running' }), 'not conformant', 1],
    ['an error', runRecord([spec('passed'), spec('error')]), 'inconclusive', 3],
    ['a spec that did not run', runRecord([spec('passed')], { selected: [spec('passed').id, 'a/b'] }), 'inconclusive', 3],
    ['a run still going', runRecord([spec('passed')], { state: 'running' }), 'inconclusive', 3],
    ['an interrupted run', runRecord([spec('passed')], { state: 'interrupted' }), 'inconclusive', 3],
    ['an aborted run', runRecord([spec('passed')], { state: 'aborted' }), 'inconclusive', 3],
    ['nothing selected', runRecord([]), 'inconclusive', 3],
    ['nothing passed', runRecord([spec('unsupported')]), 'inconclusive', 3],
    ['only a recommendation failed', runRecord([spec('failed', 'should')]), 'inconclusive', 3],
  ] as const)('%s', (_, run, verdict, exitCode) => {
    expect(verdictOf(run, { color: false })).toMatchObject({ verdict, exitCode });
  });

  it('gives every doubt', () => {
    const run = runRecord([spec('error')], {
      selected: ['group/error-must', 'a/b'],
      state: 'aborted',
      stateReason: 'the runtime went away',
      runtime: null,
    });
    expect(verdictOf(run, { color: false }).lines).toMatchInlineSnapshot(`
      [
        "The runtime was never reached.",
        "2 specs in 2 min 13 s: 0 passed, 0 failed, 0 unsupported, 0 not applicable, 1 error, 1 not run",
        "",
        "Errors: the runtime was not judged",
        "  group/error-must: because",
        "",
        "Not run",
        "  1 x the run was aborted: the runtime went away (a/b)",
        "",
        "Verdict: inconclusive - no violation was seen, but 1 spec could not be judged, 1 spec did not run, the run was aborted: the runtime went away, no spec passed.",
      ]
    `);
  });

  it('shows the refused removal when that is the violation', () => {
    const leak = 'pod sandbox 1a: RuntimeService/RemovePodSandbox INTERNAL: busy';
    const failed = specRecord({
      id: 'a/b',
      outcome: 'failed',
      leaks: [leak],
      violation: { rule: 'what a spec created can be removed again', expected: 'nothing left behind', observed: leak },
      calls: [
        { method: 'RuntimeService/Status', request: {}, response: {}, startMs: 0, durationMs: 1 },
        {
          method: 'RuntimeService/RemovePodSandbox',
          request: {},
          error: { code: 'INTERNAL', details: 'busy' },
          startMs: 2,
          durationMs: 3.21,
          cleanup: true,
        },
      ],
    });
    const { lines } = verdictOf(runRecord([failed]), { color: false });
    expect(lines).toContain('    call      RuntimeService/RemovePodSandbox, took 3.2 ms: INTERNAL: busy');
  });

  it('uses colour only when asked, and never what the runtime sends', () => {
    const observed = '\u001b[2J\u001b[31mgone\r\nsecond line \u202e';
    const failed = specRecord({ id: 'a/b', outcome: 'failed', violation: { rule: 'r', expected: 'e', observed } });
    const plain = verdictOf(runRecord([failed]), { color: false }).lines;
    expect(plain).toContain('    observed  gone second line');
    expect(plain.join('')).not.toMatch(/[\u0000-\u001f]/);
    expect(verdictOf(runRecord([failed]), { color: true }).lines.join('')).toContain('\u001b[31mVerdict: not conformant');
  });
});
