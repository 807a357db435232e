import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Build, type Check } from '../support/build.js';
import { census, expectCensus } from '../support/census.js';
import { crivet, Reports } from '../support/crivet.js';
import { expectAgreement } from '../support/junit.js';

let reports: Reports;
beforeEach(() => {
  reports = new Reports();
});
afterEach(() => reports.remove());

const launch = ['run', '--launch', 'containerd'];

test('a private containerd is vetted, reported on, and gone without a trace', async () => {
  const before = census();
  const ended = await crivet([...launch, '--report-dir', reports.directory, 'sandbox-lifecycle/run-becomes-ready']);
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toMatch(/\nVerdict: conformant - /);
  const run = await expectAgreement(reports, ended);
  expect(run).toMatchObject({
    state: 'finished',
    runtime: { name: 'containerd', apiVersion: 'v1' },
    specs: [{ id: 'sandbox-lifecycle/run-becomes-ready', outcome: 'passed', leaks: [] }],
    summary: { passed: 1 },
  });
  expect(run.specs[0]?.calls.map(({ method }) => method)).toContain('RuntimeService/RunPodSandbox');
  expect(run.coverage?.rpcs['RuntimeService/RunPodSandbox']).toBe(1);
  await expectCensus(before);
});

describe('specs of every outcome', () => {
  const build = new Build({
    'group/passes': async (t, check: Check) => {
      const pod = await t.pods.run();
      const container = await pod.start({ command: ['/bin/sleep', '1000'] });
      check.equal((await container.status()).state, 'CONTAINER_RUNNING', 'it runs');
    },
    'group/violates': async (t, check: Check) => {
      const pod = await t.pods.run();
      check.equal((await pod.status()).state, 'SANDBOX_NOTREADY', 'a running sandbox is not ready');
    },
    'group/recommends': [
      { level: 'should' },
      async (t, check: Check) => {
        check.equal((await t.cri.runtime.Version({})).version, 'never', 'the version is never');
      },
    ],
    'other/lacks': [
      { optionalRpcs: ['CheckpointContainer', 'ListMetricDescriptors'] },
      async (t) => {
        await t.cri.runtime.ListMetricDescriptors({});
      },
    ],
    'other/needs-host': [{ requires: ['host-access'] }, () => Promise.reject(new Error('must not run'))],
    'other/throws': () => Promise.reject(new TypeError('a mistake of ours')),
    'other/refused': async (t) => {
      await t.cri.runtime.PodSandboxStatus({ pod_sandbox_id: 'no-such-pod' });
    },
    'other/leaks': async (t) => {
      t.defer('a thing', () => Promise.reject(new Error('it is stuck')));
      await t.pods.run();
    },
  });
  afterAll(() => build.remove());
  const run = (...args: string[]): ReturnType<typeof crivet> =>
    crivet([...launch, '--report-dir', reports.directory, ...args], { main: build.main });

  test('are told apart, and all reports agree', async () => {
    const before = census();
    const ended = await run('--host-access', 'no', '--concurrency', '4');
    expect(ended.code).toBe(1);
    const { specs, state } = await expectAgreement(reports, ended);
    expect(state).toBe('finished');
    expect(Object.fromEntries(specs.map(({ id, outcome }) => [id, outcome]))).toEqual({
      'group/passes': 'passed',
      'group/violates': 'failed',
      'group/recommends': 'failed',
      'other/lacks': 'unsupported',
      'other/needs-host': 'not-applicable',
      'other/throws': 'error',
      'other/refused': 'failed',
      'other/leaks': 'error',
    });
    for (const id of ['group/violates', 'other/refused']) {
      const spec = specs.find((found) => found.id === id);
      expect(spec?.stack?.split('\n')[0]).toContain(`suites/${id}.spec.js:`);
    }
    expect(ended.stdout).toMatch(/group\/violates \[must\]\n +rule +a running sandbox is not ready\n/);
    expect(ended.stdout).toMatch(/Recommendations not met/);
    expect(ended.stdout).toMatch(/other\/leaks: a thing: it is stuck/);
    expect(ended.stdout).toMatch(/\nVerdict: not conformant - the runtime broke 2 rules/);
    await expectCensus(before);
  });

  test('decide the exit code', async () => {
    expect((await run('group/passes')).code).toBe(0);
    expect((await run('group/passes', 'group/recommends')).code).toBe(0);
    expect((await run('group/passes', 'other/lacks')).code).toBe(0);
    expect((await run('other/lacks')).code).toBe(3);
    expect((await run('group/passes', 'other/throws')).code).toBe(3);
    expect((await run('group/violates', 'other/throws')).code).toBe(1);
  });
});

test('a spec that never ends is ended at the deadline, and the others go on', async () => {
  const build = new Build({
    'group/hangs': async (t) => {
      await t.pods.run();
      await new Promise(() => undefined);
    },
    'group/passes': async (t) => {
      await t.cri.runtime.Version({});
    },
  });
  const before = census();
  const args = ['--timeout', '2', '--concurrency', '1', '--report-dir', reports.directory];
  const ended = await crivet([...launch, ...args], { main: build.main });
  build.remove();
  const { specs } = await expectAgreement(reports, ended);
  expect(ended.code).toBe(3);
  expect(specs.find(({ id }) => id === 'group/hangs')).toMatchObject({
    outcome: 'error',
    reason: 'the spec did not end within 2 s',
    leaks: [],
  });
  expect(specs.find(({ id }) => id === 'group/passes')?.outcome).toBe('passed');
  await expectCensus(before);
});
