import { afterEach, describe, expect, test } from 'vitest';
import { decode, encode, messageType, toMessage } from '../../../src/client/codec.js';
import { openCri, type Cri } from '../../../src/client/cri.js';
import { CriCallError } from '../../../src/client/errors.js';
import { recordingTo, type ObservedCall } from '../../../src/client/recorder.js';
import { deferred } from '../../support/deferred.js';
import { FakeRuntime, healthy, Refusal, silence, type Handlers } from '../../support/fake-runtime.js';

let close = (): void => undefined;
afterEach(() => close());

async function serving(handlers: Handlers): Promise<Cri> {
  const runtime = await FakeRuntime.start(handlers);
  const cri = openCri(runtime.endpoint);
  close = () => {
    cri.close();
    runtime.close();
  };
  return cri;
}

/** What a call failed with. */
async function failure(call: Promise<unknown>): Promise<CriCallError> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CriCallError);
  return error as CriCallError;
}

async function recorded(body: () => Promise<unknown>): Promise<ObservedCall[]> {
  const calls: ObservedCall[] = [];
  await recordingTo((call) => calls.push(call), body);
  return calls;
}

describe('a unary call', () => {
  test('resolves to the decoded response, defaults filled in', async () => {
    const cri = await serving(healthy);
    expect(await cri.runtime.Version({})).toEqual({
      version: '0.1.0',
      runtime_name: 'fake',
      runtime_version: '1.0',
      runtime_api_version: 'v1',
    });
    expect(await cri.runtime.Status({})).toMatchObject({ status: { conditions: [{ status: true }, {}] }, info: {} });
  });

  test('sends the request as it is given', async () => {
    const seen: unknown[] = [];
    const cri = await serving({
      RunPodSandbox: (request) => {
        seen.push(request);
        return { pod_sandbox_id: 'p' };
      },
    });
    await cri.runtime.RunPodSandbox({
      runtime_handler: 'kata',
      config: { metadata: { name: 'n', attempt: 3 }, labels: { a: 'b' }, port_mappings: [{ protocol: 'UDP' }] },
    });
    expect(seen).toMatchObject([
      {
        runtime_handler: 'kata',
        config: { metadata: { name: 'n', attempt: 3 }, labels: { a: 'b' }, port_mappings: [{ protocol: 'UDP' }] },
      },
    ]);
  });

  test.each(['NOT_FOUND', 'UNKNOWN', 'INTERNAL', 'UNAVAILABLE', 'CANCELLED', 'ALREADY_EXISTS'] as const)(
    "%s becomes an error with the runtime's own words",
    async (code) => {
      const cri = await serving({
        StopPodSandbox: () => {
          throw new Refusal(code, 'because so');
        },
      });
      const error = await failure(cri.runtime.StopPodSandbox({ pod_sandbox_id: 'x' }));
      expect(error).toMatchObject({
        ...{ code, details: 'because so', method: 'RuntimeService/StopPodSandbox' },
        answered: true,
      });
      expect(error.message).toBe(`RuntimeService/StopPodSandbox ${code}: because so`);
    },
  );

  test('an RPC the runtime lacks is UNIMPLEMENTED', async () => {
    const cri = await serving({});
    expect((await failure(cri.runtime.Version({}))).code).toBe('UNIMPLEMENTED');
  });

  test('nobody at the socket is UNAVAILABLE', async () => {
    const cri = openCri({ kind: 'unix', address: 'unix:///nonexistent/x.sock', path: '/nonexistent/x.sock' });
    expect(await failure(cri.runtime.Version({}, { timeoutMs: 5_000 }))).toMatchObject({
      code: 'UNAVAILABLE',
      answered: false,
    });
    cri.close();
  });

  test('no answer is DEADLINE_EXCEEDED, in time', async () => {
    const cri = await serving({ Version: silence });
    const started = performance.now();
    expect((await failure(cri.runtime.Version({}, { timeoutMs: 150 }))).code).toBe('DEADLINE_EXCEEDED');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('an abort cancels the call here and at the runtime, and its reason is the cause', async () => {
    const cancelled = deferred();
    const arrived = deferred();
    const cri = await serving({
      Version: (_request, { signal }) => {
        signal.addEventListener('abort', cancelled.resolve);
        arrived.resolve();
        return silence();
      },
    });
    const controller = new AbortController();
    const call = failure(cri.runtime.Version({}, { signal: controller.signal }));
    await arrived.promise;
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await call).toMatchObject({ code: 'CANCELLED', cause: reason });
    await cancelled.promise;
  });

  test('a call with an aborted signal never reaches the runtime', async () => {
    const runtime = await FakeRuntime.start(healthy);
    const cri = openCri(runtime.endpoint);
    close = () => {
      cri.close();
      runtime.close();
    };
    await cri.runtime.Status({});
    expect((await failure(cri.runtime.Version({}, { signal: AbortSignal.abort() }))).code).toBe('CANCELLED');
    await cri.runtime.Status({});
    expect(runtime.arrived).toEqual(['Status', 'Status']);
  });

  test('the stack of a failure begins at the line that made the call', async () => {
    const cri = await serving({});
    const callHere = (): Promise<unknown> => cri.runtime.Version({});
    const { stack } = await failure(callHere());
    const frames = (stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
    expect(frames[0]).toMatch(/callHere .*call\.test\.ts/);
    expect(stack).toMatch(/^CriCallError: RuntimeService\/Version UNIMPLEMENTED/);
  });

  test('a response above 16 MB is RESOURCE_EXHAUSTED as for the kubelet, and the connection survives it', async () => {
    const cri = await serving({
      ...healthy,
      ExecSync: () => ({ stdout: Buffer.alloc(17 * 1024 * 1024, 'x') }),
    });
    expect((await failure(cri.runtime.ExecSync({ container_id: 'c' }))).code).toBe('RESOURCE_EXHAUSTED');
    expect((await cri.runtime.Version({})).runtime_name).toBe('fake');
  });

  test('a response just below 16 MB arrives, and a large request too', async () => {
    const size = 16 * 1024 * 1024 - 64;
    const cri = await serving({
      ExecSync: ({ cmd }) => ({ stdout: Buffer.alloc(size, 'x'), exit_code: cmd[0]?.length ?? 0 }),
    });
    const answer = await cri.runtime.ExecSync({ container_id: 'c', cmd: ['y'.repeat(20 * 1024 * 1024)] });
    expect(answer.stdout).toHaveLength(size);
    expect(answer.exit_code).toBe(20 * 1024 * 1024);
  });

  test.each([
    ['cut off in a field', Buffer.from([0x0a, 0x20, 0x61])],
    ['with a wire type that does not exist', Buffer.from([0x0f, 0xff])],
    ['with an endless number', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('a response %s is INTERNAL and says that it cannot be decoded', async (_what, bytes) => {
    const cri = await serving({ ...healthy, Version: () => bytes });
    let error: CriCallError | undefined;
    const calls = await recorded(async () => {
      error = await failure(cri.runtime.Version({}));
    });
    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect(error?.details).toMatch(/cannot be decoded/);
    expect(calls[0]?.error?.details).toMatch(/cannot be decoded/);
    await cri.runtime.Status({});
  });

  test('64-bit integers are exact on the way in, on the way out and in the record', async () => {
    const big = 9007199254740993n;
    const seen: bigint[] = [];
    const cri = await serving({
      UpdateContainerResources: ({ linux }) => {
        seen.push(linux?.memory_limit_in_bytes ?? 0n);
        return {};
      },
      PodSandboxStatus: () => ({ status: { created_at: 9223372036854775807n }, timestamp: -1n }),
    });
    const calls = await recorded(async () => {
      await cri.runtime.UpdateContainerResources({ linux: { memory_limit_in_bytes: big } });
      const { status, timestamp } = await cri.runtime.PodSandboxStatus({});
      expect([status?.created_at, timestamp]).toEqual([9223372036854775807n, -1n]);
    });
    expect(seen).toEqual([big]);
    expect(calls[0]?.request).toEqual({ linux: { memory_limit_in_bytes: '9007199254740993' } });
    expect(calls[1]?.response).toEqual({ status: { created_at: '9223372036854775807' }, timestamp: '-1' });
  });
});

describe('the record of a call', () => {
  test('has method, request, response and times', async () => {
    const cri = await serving(healthy);
    const before = performance.now();
    const [call] = await recorded(() => cri.runtime.Version({ version: '0.1.0' }));
    expect(call).toMatchObject({
      method: 'RuntimeService/Version',
      request: { version: '0.1.0' },
      response: { version: '0.1.0', runtime_name: 'fake', runtime_version: '1.0', runtime_api_version: 'v1' },
    });
    expect(call?.startedAt).toBeGreaterThanOrEqual(before);
    expect(call?.durationMs).toBeLessThan(5_000);
    expect(call).not.toHaveProperty('error');
    expect(call).not.toHaveProperty('unknownFields');
  });

  test('has the error of a failed call and no response', async () => {
    const cri = await serving({});
    const [call] = await recorded(() => failure(cri.runtime.Version({})));
    expect(call?.error).toEqual({ code: 'UNIMPLEMENTED', details: 'unknown method Version' });
    expect(call).not.toHaveProperty('response');
  });

  test('hides secrets of requests', async () => {
    const cri = await serving({ PullImage: () => ({ image_ref: 'sha256:1' }) });
    const auth = { username: 'u', password: 'hunter2', auth: 'dTpodW50ZXIy', identity_token: 't0k3n' };
    const calls = await recorded(() => cri.image.PullImage({ image: { image: 'i' }, auth }));
    expect(JSON.stringify(calls)).not.toMatch(/hunter2|dTpodW50ZXIy|t0k3n/);
    expect(calls[0]?.request).toMatchObject({ image: { image: 'i' }, auth: { password: '[redacted]' } });
  });

  test('names fields the schema does not know, at any depth, and the call succeeds', async () => {
    const type = messageType('StatusResponse');
    const known = encode(type, toMessage(type, { info: { a: 'b' } }));
    // RuntimeStatus (field 1) with a condition (field 1) that has a field 200, and beside it a field 99.
    const condition = Buffer.from([0x0a, 0x01, 0x54, 0xc2, 0x0c, 0x02, 0x68, 0x69]);
    const status = Buffer.concat([Buffer.from([0x0a, condition.length]), condition]);
    const bytes = Buffer.concat([known, Buffer.from([0x0a, status.length]), status, Buffer.from([0x98, 0x06, 0x07])]);
    const cri = await serving({ Status: () => bytes });
    const [call] = await recorded(async () => {
      const answer = await cri.runtime.Status({});
      expect(answer.info).toEqual({ a: 'b' });
      expect(answer.status?.conditions[0]?.type).toBe('T');
    });
    expect(call?.unknownFields).toEqual(['StatusResponse.#99', 'RuntimeCondition.#200'].sort());
  });

  test('an enum value from the future is its number', () => {
    const type = messageType('PodSandboxStatus');
    const { value } = decode(type, Buffer.from([0x18, 0x2a]));
    expect(value).toMatchObject({ state: 42 });
  });
});
