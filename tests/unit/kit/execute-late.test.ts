import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { healthy, silence } from '../../support/fake-runtime.js';
import { run, runtime, withPods } from '../../support/run-body.js';

describe('a body that goes on past its end', () => {
  test('cannot create anything, nor disturb the record', async () => {
    const { handlers, pods } = withPods();
    let late: unknown;
    const record = await run(
      handlers,
      async (t) => {
        await sleep(1_500);
        late = await t.pods.run().catch((error: unknown) => error);
        await t.cri.runtime.Version({}).catch(() => undefined);
      },
      { timeoutSeconds: 0.1 },
    );
    expect(record).toMatchObject({ outcome: 'error', reason: 'the spec did not end within 0.1 s', calls: [] });
    await expect.poll(() => late, { timeout: 3_000 }).toMatchObject({ code: 'CANCELLED' });
    expect(pods.size).toBe(0);
    expect(runtime.arrived).toEqual([]);
  });

  test('has a moment to give back what it is just making', async () => {
    const removed: string[] = [];
    const record = await run(
      healthy,
      async (t) => {
        await sleep(300);
        t.defer('mount', () => Promise.resolve(void removed.push('mount')));
      },
      { timeoutSeconds: 0.1 },
    );
    expect(record.outcome).toBe('error');
    expect(removed).toEqual(['mount']);
  });

  test('may fail unheard', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    const body = async (): Promise<void> => {
      await sleep(1_200);
      throw new Error('too late');
    };
    await run(healthy, body, { timeoutSeconds: 0.05 });
    await sleep(300);
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });

  test('does not keep a spec that returned with calls under way from ending', async () => {
    const record = await run({ ...healthy, ImageFsInfo: silence }, (t) => {
      t.cri.image.ImageFsInfo({}).catch(() => undefined);
      return Promise.resolve();
    });
    expect(record.outcome).toBe('passed');
  });
});

describe('the end of the run', () => {
  test('ends the spec at once, removes what it made, and blames nobody', async () => {
    const { handlers, pods } = withPods({ ImageFsInfo: silence });
    const controller = new AbortController();
    const started = performance.now();
    const record = await run(
      handlers,
      async (t) => {
        await t.pods.run();
        controller.abort();
        await t.cri.image.ImageFsInfo({});
      },
      {},
      { stop: controller.signal },
    );
    expect(record).toMatchObject({ outcome: 'error', reason: 'the run was ended', leaks: [] });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(pods.size).toBe(0);
  });

  test('before the spec began lets it create nothing', async () => {
    const { handlers } = withPods();
    const record = await run(
      handlers,
      async (t) => {
        await t.pods.run();
      },
      {},
      { stop: AbortSignal.abort() },
    );
    expect(record.outcome).toBe('error');
    expect(runtime.arrived).not.toContain('RunPodSandbox');
  });
});
