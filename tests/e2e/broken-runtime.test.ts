import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Build, type Check } from '../support/build.js';
import { crivet, Reports, type Ended } from '../support/crivet.js';
import { FakeRuntime, healthy, Refusal, silence, type Handlers } from '../support/fake-runtime.js';
import { expectAgreement } from '../support/junit.js';

let reports: Reports;
let runtime: FakeRuntime;
beforeEach(() => {
  reports = new Reports();
});
afterEach(() => {
  runtime.close();
  reports.remove();
});

const build = new Build({
  'group/version': async (t, check: Check) => {
    check.equal((await t.cri.runtime.Version({})).version, '0.1.0', 'the version is 0.1.0');
  },
  'group/pod': async (t) => {
    await t.pods.run();
  },
  'group/exec': async (t) => {
    await t.cri.runtime.ExecSync({ container_id: 'c', cmd: ['true'] });
  },
  'group/status': async (t) => {
    await t.cri.runtime.PodSandboxStatus({ pod_sandbox_id: 'p' });
  },
});
afterAll(() => build.remove());

const pods: Handlers = {
  ...healthy,
  RunPodSandbox: () => ({ pod_sandbox_id: 'p' }),
  StopPodSandbox: () => ({}),
  RemovePodSandbox: () => ({}),
  ListPodSandbox: () => ({ items: [] }),
  ExecSync: () => ({ exit_code: 0 }),
  PodSandboxStatus: () => ({ status: { id: 'p' } }),
};

async function run(handlers: Handlers, ...args: string[]): Promise<Ended> {
  runtime = await FakeRuntime.start(handlers);
  const fixed = ['run', '-r', runtime.endpoint.address, '--report-dir', reports.directory, '--host-access', 'no'];
  return crivet([...fixed, ...args], { main: build.main });
}

/** Outcome and reason of a spec of the last run. */
function outcome(id: string): string {
  const spec = reports.run.specs.find((found) => found.id === id);
  return `${spec?.outcome ?? 'not run'} ${spec?.reason ?? ''}`.trim();
}

test('a runtime that does well is conformant', async () => {
  const ended = await run(pods);
  expect(ended.code).toBe(0);
  expect((await expectAgreement(reports, ended)).state).toBe('finished');
});

describe('a runtime that hangs', () => {
  test('in one call fails that spec at its deadline, and the run goes on', async () => {
    const ended = await run({ ...pods, RunPodSandbox: silence }, '--timeout', '1', '--concurrency', '1');
    expect(ended.code).toBe(1);
    expect((await expectAgreement(reports, ended)).state).toBe('finished');
    expect(outcome('group/pod')).toMatch(
      /^failed the spec did not end within 1 s: RuntimeService\/RunPodSandbox \(unanswered for 1\.0 s\)/,
    );
    for (const id of ['version', 'exec', 'status']) expect(outcome(`group/${id}`)).toBe('passed');
    expect(ended.stdout).toMatch(/group\/pod \[must\]\n +rule +the runtime answers/);
    expect(ended.ms).toBeLessThan(15_000);
  });

  test('from the first call on is given up within its time', async () => {
    const ended = await run({ ...healthy, Version: silence });
    expect(ended.code).toBe(3);
    expect((await expectAgreement(reports, ended)).specs).toEqual([]);
    expect(ended.stdout).toMatch(/Something listens but does not answer/);
    expect(ended.ms).toBeLessThan(12_000);
  });

  test('in Status is given up, too', async () => {
    const ended = await run({ ...healthy, Status: silence });
    expect(ended.code).toBe(3);
    expect((await expectAgreement(reports, ended)).stateReason).toMatch(/RuntimeService\/Status DEADLINE_EXCEEDED/);
    expect(ended.ms).toBeLessThan(25_000);
  });

  test('in everything after the first spec ends the run: the rest would only collect time-outs', async () => {
    let calls = 0;
    const version: Handlers['Version'] = (request, call) =>
      (calls += 1) > 2 ? silence() : (healthy.Version ?? silence)(request, call);
    const ended = await run(
      { ...healthy, Version: version, ExecSync: silence },
      '--timeout',
      '1',
      'group/exec',
      'group/version',
      '--concurrency',
      '1',
    );
    expect(ended.code).toBe(1);
    expect(await expectAgreement(reports, ended)).toMatchObject({ state: 'aborted' });
    expect(reports.run.stateReason).toMatch(/does not answer any more/);
  });
});

describe('a runtime that lies', () => {
  test('with garbage fails the spec that met it', async () => {
    const ended = await run({ ...pods, PodSandboxStatus: () => Buffer.from([0x0a, 0x50, 0x01]) });
    expect(ended.code).toBe(1);
    await expectAgreement(reports, ended);
    expect(outcome('group/status')).toMatch(/^failed .*PodSandboxStatus INTERNAL: the response cannot be decoded/);
    expect(outcome('group/version')).toBe('passed');
  });

  test('with more than 16 MB fails the spec that met it', async () => {
    const ended = await run({ ...pods, ExecSync: () => ({ stdout: Buffer.alloc(17 * 1024 * 1024) }) });
    expect(ended.code).toBe(1);
    expect(outcome('group/exec')).toMatch(/^failed .*ExecSync RESOURCE_EXHAUSTED/);
    expect(outcome('group/version')).toBe('passed');
  });

  test('without an id where there must be one', async () => {
    const ended = await run({ ...pods, RunPodSandbox: () => ({}) });
    expect(ended.code).toBe(1);
    expect(outcome('group/pod')).toMatch(/^failed RunPodSandbox returns a pod_sandbox_id/);
  });

  test('with text that no report may break on', async () => {
    const nasty = 'a\u0000\u001b[31mred]]> <&"\u2028é';
    const ended = await run({ ...pods, ExecSync: () => Promise.reject(new Refusal('UNKNOWN', nasty)) });
    expect(ended.code).toBe(1);
    await expectAgreement(reports, ended);
    expect(ended.stdout + ended.stderr).not.toMatch(/\u001b|\u0000/);
  });

  test('with fields nobody knows passes, and they are on record', async () => {
    const bytes = Buffer.from([0x0a, 0x05, ...Buffer.from('0.1.0'), 0x98, 0x06, 0x07]);
    const ended = await run({ ...pods, Version: () => bytes }, 'group/version');
    expect(ended.code).toBe(0);
    expect(reports.run.specs[0]?.calls[0]?.unknownFields).toEqual(['VersionResponse.#99']);
  });

  test('about what it removed is told of', async () => {
    const stuck = (): Promise<never> => Promise.reject(new Refusal('FAILED_PRECONDITION', 'in use'));
    const ended = await run({ ...pods, RemovePodSandbox: stuck });
    expect(ended.code).toBe(1);
    expect(outcome('group/pod')).toMatch(/^failed left behind: pod sandbox p: RuntimeService\/RemovePodSandbox/);
    expect(ended.stdout).toMatch(/Left behind on the runtime\n +group\/pod: pod sandbox p: .*in use/);
  });
});

describe('what is no CRI runtime', () => {
  test('gRPC without the CRI', async () => {
    const ended = await run({});
    expect(ended.code).toBe(3);
    expect(ended.stdout).toMatch(/speaks gRPC but does not serve the CRI v1/);
    expect((await expectAgreement(reports, ended)).runtime).toBeNull();
  });

  test('a socket on which nobody speaks', async () => {
    runtime = await FakeRuntime.start({});
    const directory = mkdtempSync(join(tmpdir(), 'mute-'));
    const socket = join(directory, 'mute.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const ended = await crivet(['run', '-r', socket, '--report-dir', reports.directory], { main: build.main });
    server.close();
    rmSync(directory, { recursive: true });
    expect(ended.code).toBe(3);
    expect(ended.ms).toBeLessThan(12_000);
    expect(ended.stdout).toMatch(/Something listens but does not answer/);
  });
});
describe('what a run does in which order', () => {
  const order = (): string[] => reports.run.specs.map(({ id }) => id);

  test('depends on the seed', async () => {
    await run(pods, '--concurrency', '1', '--seed', '5');
    const first = order();
    runtime.close();
    await run(pods, '--concurrency', '1', '--seed', '5');
    expect(order()).toEqual(first);
    runtime.close();
    await run(pods, '--concurrency', '1', '--seed', '6');
    expect(order()).not.toEqual(first);
    expect(reports.run.options['seed']).toBe(6);
  });

  test('--fail-fast ends it at the first violation', async () => {
    const refused = (): Promise<never> => Promise.reject(new Refusal('INTERNAL', 'no'));
    const broken: Handlers = { ...pods, RunPodSandbox: refused, ExecSync: refused, PodSandboxStatus: refused };
    const ended = await run(broken, '--fail-fast', '--concurrency', '1', '--seed', '5');
    expect(ended.code).toBe(1);
    const record = await expectAgreement(reports, ended);
    expect(record).toMatchObject({ state: 'interrupted', summary: { failed: 1 } });
    expect(record.specs.at(-1)?.outcome).toBe('failed');
    expect(record.stateReason).toMatch(/--fail-fast/);
  });
});
