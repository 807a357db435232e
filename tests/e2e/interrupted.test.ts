import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shuffled } from '../../src/runner/select.js';
import { Build, type WrittenSpecs } from '../support/build.js';
import { census, expectCensus } from '../support/census.js';
import { Crivet, crivet, Reports, type Ended } from '../support/crivet.js';
import { expectAgreement } from '../support/junit.js';
import { childrenOf, isRunning } from '../support/processes.js';

/** One spec that is over soon, and several that have a container up for long. */
const specs: WrittenSpecs = {
  'group/quick': async (t) => {
    await t.cri.runtime.Version({});
  },
};
for (let i = 1; i <= 5; i += 1) {
  specs[`group/slow${i}`] = async (t) => {
    const pod = await t.pods.run();
    await pod.start({ command: ['/bin/sleep', '1000'] });
    t.note('up');
    await t.eventually(
      'time passes',
      () => t.cri.runtime.Version({}),
      () => false,
      { withinMs: 30_000 },
    );
  };
}
/** The same for all: with it the quick spec is the first one. */
const seed =
  Array.from({ length: 100 }, (_, n) => n).find((n) => shuffled(Object.keys(specs), n)[0] === 'group/quick') ?? 0;
const build = new Build(specs);
const stubborn = new Build({
  'group/quick': async (t) => {
    await t.cri.runtime.Version({});
  },
  'group/stubborn': async (t) => {
    t.defer('something slow', () => new Promise((resolve) => setTimeout(resolve, 60_000)));
    await t.pods.run();
    await new Promise((resolve) => setTimeout(resolve, 30_000));
  },
});
afterAll(() => {
  build.remove();
  stubborn.remove();
});

let reports: Reports;
let before: Record<string, string[]>;
beforeEach(() => {
  reports = new Reports();
  before = census();
});
afterEach(() => reports.remove());

/** A run that has one spec behind it and others under way, with their containers up. */
async function midRun(main = build.main): Promise<Crivet> {
  const order = ['--concurrency', '4', '--seed', String(seed)];
  const args = ['run', '--launch', 'containerd', ...order, '--report-dir', reports.directory];
  const run = new Crivet(args, { main, group: true });
  await run.says(/passed +group\/quick/);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  return run;
}

/** The worker of a run: the child that runs the specs. */
function workerOf(run: Crivet): number {
  const worker = childrenOf(run.pid).find(({ command }) => /vitest/.test(command));
  expect(worker).toBeDefined();
  return worker?.pid ?? 0;
}

/** The pid of a run's private containerd. */
async function runtimeOf(run: Crivet): Promise<number> {
  const [, directory] = await run.says(/endpoint unix:\/\/(\/run\/crivet\/\w+)\//);
  const state = JSON.parse(readFileSync(`${directory ?? ''}/launch.json`, 'utf8')) as { daemon: { pid: number } };
  return state.daemon.pid;
}

async function expectInterrupted(ended: Ended, reason: RegExp): Promise<void> {
  expect(ended.code).toBe(3);
  const run = await expectAgreement(reports, ended);
  expect(run.state).toBe('interrupted');
  expect(run.stateReason).toMatch(reason);
  expect(run.summary.passed).toBe(1);
  expect(run.summary.notRun).toBeGreaterThan(0);
  for (const spec of run.specs) expect(spec.leaks).toEqual([]);
}

describe('the user', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends the run, which reports and cleans up',
    async (signal) => {
      const run = await midRun();
      const asked = performance.now();
      run.kill(signal);
      const ended = await run.ended;
      expect(performance.now() - asked).toBeLessThan(15_000);
      await expectInterrupted(ended, new RegExp(`the run was ended by ${signal}`));
      expect(ended.stdout).toMatch(/\nVerdict: inconclusive/);
      await expectCensus(before);
    },
  );

  test.each(['SIGINT', 'SIGTERM'] as const)('%s to all processes at once does the same', async (signal) => {
    const run = await midRun();
    run.killGroup(signal);
    await expectInterrupted(await run.ended, new RegExp(`the run was ended by ${signal}`));
    await expectCensus(before);
  });

  test('SIGINT while the runtime is starting leaves nothing either', async () => {
    const args = ['run', '--launch', 'containerd', '--report-dir', reports.directory];
    const run = new Crivet(args, { main: build.main });
    await run.says(/^crivet /m);
    run.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.code).toBe(3);
    expect(await expectAgreement(reports, ended)).toMatchObject({ state: 'interrupted', specs: [] });
    await expectCensus(before);
  });

  test('a second SIGINT ends a run whose specs do not come to an end', async () => {
    const run = await midRun(stubborn.main);
    run.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const asked = performance.now();
    run.kill('SIGINT');
    const { code } = await run.ended;
    expect(code).toBe(3);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(reports.run).toMatchObject({ state: 'interrupted', summary: { passed: 1, notRun: 1 } });
    expect(reports.junit).toMatch(/tests="2"/);
    await expectCensus(before);
  });

  test('three SIGINTs in a row leave nothing, not even with the taking down under way', async () => {
    const run = await midRun();
    for (let i = 0; i < 3; i += 1) {
      run.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect((await run.ended).code).toBe(3);
    expect(reports.run.state).toBe('interrupted');
    await expectCensus(before);
  });
});

describe('a kill -9', () => {
  test('of crivet ends its worker, and cleanup removes the rest', async () => {
    const run = await midRun();
    const worker = workerOf(run);
    const runtime = await runtimeOf(run);
    run.kill('SIGKILL');
    await run.ended;
    await expect.poll(() => isRunning(worker), { timeout: 3_000 }).toBe(false);
    expect(isRunning(runtime)).toBe(true);
    expect(reports.run).toMatchObject({ state: 'running', specs: [{ id: 'group/quick' }] });
    const cleaned = await crivet(['cleanup']);
    expect(cleaned).toMatchObject({ code: 0, stderr: '' });
    expect(cleaned.stdout).toMatch(/^removed containerd of process \d+ in \/run\/crivet\//m);
    expect(cleaned.stdout).toMatch(/^removed directory .*crivet-run-/m);
    await expectCensus(before);
    expect(await crivet(['cleanup'])).toMatchObject({ code: 0, stdout: 'nothing of crivet was left behind\n' });
  });

  test('of all processes of the run but the runtime is cleaned up alike', async () => {
    const run = await midRun();
    run.killGroup('SIGKILL');
    await run.ended;
    expect((await crivet(['cleanup'])).code).toBe(0);
    await expectCensus(before);
  });

  test('of the worker ends the run with a report', async () => {
    const run = await midRun();
    process.kill(workerOf(run), 'SIGKILL');
    const ended = await run.ended;
    expect(ended.code).toBe(3);
    const record = await expectAgreement(reports, ended);
    expect(record.state).toBe('aborted');
    expect(record.stateReason).toMatch(/./);
    await expectCensus(before);
  });

  test('of the runtime ends the run soon, with a whole report', async () => {
    const run = await midRun();
    const killed = performance.now();
    process.kill(await runtimeOf(run), 'SIGKILL');
    const ended = await run.ended;
    expect(performance.now() - killed).toBeLessThan(20_000);
    expect(ended.code).toBe(3);
    const { state, stateReason, specs: records } = await expectAgreement(reports, ended);
    expect(state).toBe('aborted');
    expect(stateReason).toMatch(/does not answer any more/);
    for (const { id, outcome } of records)
      expect([id, outcome]).toEqual([id, id === 'group/quick' ? 'passed' : 'error']);
    await expectCensus(before);
  });
});

test('cleanup leaves a run alone that is still going on', async () => {
  const run = await midRun();
  expect(await crivet(['cleanup'])).toMatchObject({ code: 0, stdout: 'nothing of crivet was left behind\n' });
  expect(isRunning(await runtimeOf(run))).toBe(true);
  run.kill('SIGINT');
  await expectInterrupted(await run.ended, /SIGINT/);
  await expectCensus(before);
});
