import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCri, type Cri } from '../../../src/client/cri.js';
import { currentSink, recordingTo } from '../../../src/client/recorder.js';
import { FakeRuntime, type Handlers } from '../../support/fake-runtime.js';

const handlers: Handlers = {
  // Answers in another order than it is asked.
  PodSandboxStatus: async ({ pod_sandbox_id: id }) => {
    await sleep(id.length % 5);
    return { status: { id } };
  },
  async *GetContainerEvents() {
    yield { container_id: 'a' };
    await sleep(1);
    yield { container_id: 'b' };
  },
};
let runtime: FakeRuntime;
let cri: Cri;
beforeAll(async () => {
  runtime = await FakeRuntime.start(handlers);
  cri = openCri(runtime.endpoint);
});
afterAll(() => {
  cri.close();
  runtime.close();
});

/** A body that makes so many calls, one after the other, side by side, or over a stream. */
async function body(name: string, shape: ('one' | 'many' | 'stream')[]): Promise<void> {
  for (const [index, kind] of shape.entries()) {
    const call = (suffix: string): Promise<unknown> =>
      cri.runtime.PodSandboxStatus({ pod_sandbox_id: `${name}-${index}${suffix}` });
    if (kind === 'one') await call('');
    else if (kind === 'many') await Promise.all([call('x'), call('yy'), call('zzz')]);
    else for await (const _event of cri.runtime.GetContainerEvents({})) await call('-in-stream');
  }
}

const expectedCalls = { one: 1, many: 3, stream: 3 };

test('calls of specs that run side by side never mix, whatever they do', async () => {
  const shapes = fc.array(fc.array(fc.constantFrom('one', 'many', 'stream'), { maxLength: 4 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(shapes, async (specs) => {
      const results = await Promise.all(
        specs.map(async (shape, index) => {
          const calls: unknown[] = [];
          await recordingTo(
            (call) => calls.push(call.request),
            () => body(`spec${index}`, shape),
          );
          return { shape, index, calls };
        }),
      );
      for (const { shape, index, calls } of results) {
        expect(calls).toHaveLength(shape.reduce((sum, kind) => sum + expectedCalls[kind], 0));
        const foreign = calls.filter((request) => {
          const id = (request as { pod_sandbox_id?: string }).pod_sandbox_id;
          return id !== undefined && !id.startsWith(`spec${index}-`);
        });
        expect(foreign).toEqual([]);
      }
    }),
    { numRuns: 25 },
  );
});

test('a call that ends after its spec still belongs to it', async () => {
  const calls: unknown[] = [];
  let late: Promise<unknown> | undefined;
  recordingTo(
    (call) => calls.push(call),
    () => {
      late = cri.runtime.PodSandboxStatus({ pod_sandbox_id: '1234' });
    },
  );
  expect(currentSink()).toBeUndefined();
  await late;
  expect(calls).toHaveLength(1);
});

test('a call outside of any spec is recorded nowhere', async () => {
  const calls: unknown[] = [];
  await recordingTo(
    (call) => calls.push(call),
    () => Promise.resolve(),
  );
  await cri.runtime.PodSandboxStatus({ pod_sandbox_id: 'x' });
  expect(calls).toEqual([]);
});
