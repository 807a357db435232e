import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openCri, type Cri } from '../../../src/client/cri.js';
import { recordingTo, type ObservedCall } from '../../../src/client/recorder.js';
import { deferred } from '../../support/deferred.js';
import { FakeRuntime, Refusal, silence, type Handlers } from '../../support/fake-runtime.js';

let close = (): void => undefined;
afterEach(() => close());

async function serving(GetContainerEvents: NonNullable<Handlers['GetContainerEvents']>): Promise<Cri> {
  const runtime = await FakeRuntime.start({ GetContainerEvents });
  const cri = openCri(runtime.endpoint);
  close = () => {
    cri.close();
    runtime.close();
  };
  return cri;
}

interface Seen {
  ids: string[];
  error: unknown;
  calls: ObservedCall[];
}

/** Iterates the events with `visit`, which may break off by returning false, and says how it went. */
async function iterate(cri: Cri, options: object = {}, visit: (id: string) => boolean = () => true): Promise<Seen> {
  const seen: Seen = { ids: [], error: undefined, calls: [] };
  await recordingTo(
    (call) => seen.calls.push(call),
    async () => {
      try {
        for await (const event of cri.runtime.GetContainerEvents({}, options)) {
          seen.ids.push(event.container_id);
          if (!visit(event.container_id)) break;
        }
      } catch (error) {
        seen.error = error;
      }
    },
  );
  return seen;
}

/** Two events, then what `next` does. */
const twoThen = (next: () => Promise<unknown>): NonNullable<Handlers['GetContainerEvents']> =>
  async function* () {
    yield { container_id: 'a' };
    yield { container_id: 'b', created_at: 12345678901234567n };
    await next();
  };

test('yields every message and ends with the stream', async () => {
  const seen = await iterate(await serving(twoThen(() => Promise.resolve())));
  expect(seen).toMatchObject({ ids: ['a', 'b'], error: undefined });
  expect(seen.calls).toMatchObject([
    {
      method: 'RuntimeService/GetContainerEvents',
      response: [{ container_id: 'a' }, { container_id: 'b', created_at: '12345678901234567' }],
    },
  ]);
});

test('leaving the loop cancels the call at the runtime and records it as good', async () => {
  const cancelled = deferred();
  const cri = await serving(async function* (_request, { signal }) {
    signal.addEventListener('abort', cancelled.resolve);
    yield { container_id: 'a' };
    yield { container_id: 'b' };
    await silence();
  });
  const seen = await iterate(cri, {}, () => false);
  expect(seen).toMatchObject({ ids: ['a'], error: undefined, calls: [{ response: [{ container_id: 'a' }] }] });
  expect(seen.calls[0]).not.toHaveProperty('error');
  await cancelled.promise;
});

test('an exception in the loop leaves like a break and is not replaced', async () => {
  const mine = new Error('mine');
  const seen = await iterate(await serving(twoThen(silence)), {}, () => {
    throw mine;
  });
  expect(seen.error).toBe(mine);
  expect(seen.calls).toHaveLength(1);
});

test('an error of the runtime after messages is thrown, and the messages stay in the record', async () => {
  const cri = await serving(
    twoThen(async () => {
      await sleep(20);
      throw new Refusal('RESOURCE_EXHAUSTED', 'too slow');
    }),
  );
  const seen = await iterate(cri);
  expect(seen.ids).toEqual(['a', 'b']);
  expect(seen.error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', details: 'too slow' });
  expect(seen.calls).toMatchObject([{ error: { code: 'RESOURCE_EXHAUSTED' }, response: [{}, {}] }]);
});

test('a stream has a deadline', async () => {
  const seen = await iterate(await serving(twoThen(silence)), { timeoutMs: 200 });
  expect(seen).toMatchObject({ ids: ['a', 'b'], error: { code: 'DEADLINE_EXCEEDED' } });
});

test('an abort ends the iteration', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const seen = await iterate(await serving(twoThen(silence)), { signal: controller.signal }, (id) => {
    if (id === 'b') controller.abort(reason);
    return true;
  });
  expect(seen).toMatchObject({ ids: ['a', 'b'], error: { code: 'CANCELLED', cause: reason } });
  expect(seen.calls).toMatchObject([{ error: { code: 'CANCELLED' } }]);
});

test('a message that cannot be decoded ends the iteration as INTERNAL', async () => {
  const cri = await serving(async function* () {
    yield { container_id: 'a' };
    yield await Promise.resolve(Buffer.from([0x0a, 0x20, 0x61]));
    await silence();
  });
  const seen = await iterate(cri);
  expect(seen).toMatchObject({ ids: ['a'], error: { code: 'INTERNAL' } });
});

test('the stack of a failure begins at the line that made the call', async () => {
  const cri = await serving(async function* () {
    await Promise.resolve();
    yield {};
    throw new Refusal('INTERNAL', 'x');
  });
  const callHere = (): AsyncIterable<unknown> => cri.runtime.GetContainerEvents({});
  let stack = '';
  try {
    for await (const _event of callHere());
  } catch (error) {
    stack = (error as Error).stack ?? '';
  }
  expect(stack.split('\n').find((line) => line.startsWith('    at '))).toMatch(/callHere .*stream\.test\.ts/);
});

test('a very long stream keeps its first messages in the record and gives all to the loop', async () => {
  const cri = await serving(async function* () {
    for (let i = 0; i < 500; i += 1) yield await Promise.resolve({ container_id: String(i) });
  });
  const seen = await iterate(cri);
  expect(seen.ids).toHaveLength(500);
  expect(seen.calls[0]?.response).toHaveLength(64);
});
