import { describe, expect, test } from 'vitest';
import * as check from '../../../src/kit/check.js';
import { healthy, Refusal, silence } from '../../support/fake-runtime.js';
import { close, run, runtime, withPods } from '../../support/run-body.js';

describe('a spec that passes', () => {
  test('has its definition, its calls and its times in the record', async () => {
    const { handlers, pods } = withPods();
    const record = await run(
      handlers,
      async (t) => {
        await t.pods.run();
        t.note('seen');
      },
      { sources: ['s'], parity: ['p'], expectations: [3], since: '1.24' },
    );
    expect(record).toMatchObject({
      ...{ id: 'group/one', group: 'group', level: 'must', since: '1.24', sources: ['s'], parity: ['p'] },
      ...{ expectations: [3], outcome: 'passed', leaks: [], notes: [{ kind: 'info', text: 'seen' }] },
    });
    expect(record.calls.map(({ method, cleanup = false }) => [method, cleanup])).toEqual([
      ['RuntimeService/RunPodSandbox', false],
      ['RuntimeService/StopPodSandbox', true],
      ['RuntimeService/RemovePodSandbox', true],
    ]);
    expect(record).not.toHaveProperty('reason');
    expect(new Date(record.startedAt).getTime()).toBeGreaterThan(Date.now() - 20_000);
    expect(pods.size).toBe(0);
  });

  test('may make many calls side by side without a warning', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    await run(healthy, async (t) => {
      await Promise.all(Array.from({ length: 100 }, () => t.cri.runtime.Version({})));
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});

describe('a spec that fails', () => {
  test('removes what it made, and fails at its own line', async () => {
    const { handlers, pods } = withPods();
    const record = await run(handlers, async (t) => {
      await t.pods.run();
      check.equal(1, 2, 'one is two');
    });
    expect(record).toMatchObject({ outcome: 'failed', violation: { rule: 'one is two' } });
    expect(record.stack?.split('\n')[0]).toMatch(/execute\.test\.ts/);
    expect(pods.size).toBe(0);
  });

  test('at a call fails at the line of the call', async () => {
    const { handlers } = withPods({ RunPodSandbox: () => Promise.reject(new Refusal('INTERNAL', 'no')) });
    const record = await run(handlers, async (t) => {
      await t.pods.run();
    });
    expect(record).toMatchObject({ outcome: 'failed', violation: { observed: 'INTERNAL: no' } });
    expect(record.stack?.split('\n')[0]).toMatch(/execute\.test\.ts/);
  });

  test('by throwing before it returns a promise is an error like any other', async () => {
    const record = await run(healthy, () => {
      throw new TypeError('at once');
    });
    expect(record).toMatchObject({ outcome: 'error', reason: 'TypeError: at once' });
  });
});

describe('a runtime that hangs', () => {
  test('ends the spec at its deadline, is named with the pending call, and what may exist is looked for', async () => {
    const { handlers, pods } = withPods();
    let uid = '';
    handlers.RunPodSandbox = ({ config }) => {
      uid = config?.metadata?.uid ?? '';
      pods.set('half-made', uid);
      return silence();
    };
    const started = performance.now();
    const record = await run(
      handlers,
      async (t) => {
        await t.pods.run();
      },
      { timeoutSeconds: 0.3 },
    );
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(record).toMatchObject({ outcome: 'failed', violation: { rule: 'the runtime answers' } });
    expect(record.reason).toMatch(/did not end within 0\.3 s: RuntimeService\/RunPodSandbox \(unanswered for 0\.3 s\)/);
    expect(record.calls[0]).toMatchObject({ method: 'RuntimeService/RunPodSandbox', error: { code: 'CANCELLED' } });
    expect(pods.size).toBe(0);
  });

  test('is named although the spec gave the call a signal of its own', async () => {
    const record = await run(
      { ...healthy, Version: healthy.Version ?? silence, ImageFsInfo: silence },
      async (t) => {
        await t.cri.image.ImageFsInfo({}, { signal: new AbortController().signal });
      },
      { timeoutSeconds: 0.2 },
    );
    expect(record).toMatchObject({ outcome: 'failed' });
    expect(record.reason).toMatch(/ImageService\/ImageFsInfo \(unanswered/);
  });

  test('is not blamed for calls that the spec had cancelled itself', async () => {
    const record = await run(
      { ...healthy, ImageFsInfo: silence },
      async (t) => {
        await t.cri.image.ImageFsInfo({}, { signal: AbortSignal.timeout(20) }).catch(() => undefined);
        await silence();
      },
      { timeoutSeconds: 0.2 },
    );
    expect(record).toMatchObject({ outcome: 'error', reason: 'the spec did not end within 0.2 s' });
  });

  test('in a shared pull fails the spec that waits for the image', async () => {
    const record = await run(
      { ...healthy, ImageStatus: () => ({}), PullImage: silence },
      async (t) => {
        await t.images.shared('general');
      },
      {},
      { settings: { images: { general: 'registry.example/general:1' }, specTimeoutSeconds: 1 } },
    );
    expect(record).toMatchObject({ outcome: 'failed', violation: { rule: 'PullImage accepts this request' } });
    expect(record.reason).toMatch(/DEADLINE_EXCEEDED/);
  });

  test('in the removal as well is a leak', async () => {
    const { handlers } = withPods({ StopPodSandbox: () => Promise.reject(new Refusal('DEADLINE_EXCEEDED', 'stuck')) });
    const record = await run(handlers, async (t) => {
      await t.pods.run();
    });
    expect(record).toMatchObject({
      outcome: 'failed',
      leaks: ['pod sandbox pod1: RuntimeService/StopPodSandbox DEADLINE_EXCEEDED: stuck'],
      violation: { rule: 'what a spec created can be removed again', expected: 'nothing left behind' },
    });
  });
});

describe('a leak', () => {
  test('of our own making is an error', async () => {
    const record = await run(healthy, (t) => {
      t.defer('mount /x', () => Promise.reject(new Error('EBUSY')));
      return Promise.resolve();
    });
    expect(record).toMatchObject({
      outcome: 'error',
      reason: 'left behind: mount /x: EBUSY',
      leaks: ['mount /x: EBUSY'],
    });
  });

  test('does not hide why the spec failed', async () => {
    const record = await run(healthy, (t) => {
      t.defer('mount /x', () => Promise.reject(new Error('EBUSY')));
      return Promise.reject(new Error('first'));
    });
    expect(record).toMatchObject({ outcome: 'error', reason: 'Error: first', leaks: ['mount /x: EBUSY'] });
  });
});

describe('a spec that does not apply', () => {
  test('observes nothing', async () => {
    let ran = false;
    const body = (): Promise<void> => {
      ran = true;
      return Promise.resolve();
    };
    const record = await run(healthy, body, { requires: ['registry'] });
    expect(record).toMatchObject({ outcome: 'not-applicable', calls: [], notes: [], leaks: [] });
    expect(record.reason).toMatch(/needs the embedded registry/);
    close();
    const unadvertised = await run(healthy, body, { level: 'feature:UserNamespaces' });
    expect(unadvertised).toMatchObject({ outcome: 'unsupported', calls: [] });
    expect(runtime.arrived).toEqual([]);
    expect(ran).toBe(false);
  });

  test('for an optional RPC is unsupported, and removes what it made before', async () => {
    const { handlers, pods } = withPods();
    const record = await run(
      handlers,
      async (t) => {
        await t.pods.run();
        await t.cri.runtime.ListMetricDescriptors({});
      },
      { optionalRpcs: ['ListMetricDescriptors'] },
    );
    expect(record).toMatchObject({ outcome: 'unsupported', leaks: [] });
    expect(pods.size).toBe(0);
  });
});

test('a runtime that dies in mid-spec is an error, and the removal is quick', async () => {
  const { handlers } = withPods();
  const started = performance.now();
  const record = await run(handlers, async (t) => {
    await t.pods.run();
    runtime.close();
    await t.cri.runtime.Version({});
  });
  expect(record.outcome).toBe('error');
  expect(record.reason).toMatch(/^the runtime went away: .*UNAVAILABLE/);
  expect(record.leaks).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(5_000);
});
