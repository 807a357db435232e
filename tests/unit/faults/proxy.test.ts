import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openCri, type Cri } from '../../../src/client/cri.js';
import { CriCallError } from '../../../src/client/errors.js';
import { parseEndpoint } from '../../../src/client/endpoint.js';
import { Refusal as Answer, type Fault } from '../../../src/faults/fault.js';
import { startProxy, type Proxy } from '../../../src/faults/proxy/proxy.js';
import { FakeRuntime, healthy, Refusal, silence, type Handlers } from '../../support/fake-runtime.js';

let close = (): Promise<void> => Promise.resolve();
afterEach(() => close());

/** A client of a proxy that stands before a runtime with these handlers. */
async function through(
  handlers: Handlers,
  ...faults: Fault[]
): Promise<{ cri: Cri; proxy: Proxy; runtime: FakeRuntime }> {
  const runtime = await FakeRuntime.start(handlers);
  const directory = mkdtempSync(join(tmpdir(), 'proxy-'));
  const { address } = runtime.endpoint;
  const socket = join(directory, 'proxy.sock');
  const proxy = await startProxy({ runtimeEndpoint: address, imageEndpoint: address, socket, faults: faults });
  const cri = openCri(parseEndpoint(proxy.endpoint));
  close = async () => {
    cri.close();
    await proxy.close();
    runtime.close();
    rmSync(directory, { recursive: true });
  };
  return { cri, proxy, runtime };
}

/** A fault that handles every RPC of the tests without changing anything. */
const nothing: Fault = {
  id: 'behaviour/nothing',
  title: 'changes nothing',
  plant: () => ({
    Version: ({ forward }) => forward(),
    ExecSync: ({ forward }) => forward(),
    ContainerStatus: ({ forward }) => forward(),
    GetContainerEvents: ({ forward }) => forward(),
  }),
};

describe.each([
  ['without a fault', []],
  ['with a fault that changes nothing', [nothing]],
  ['with three that change nothing', [nothing, { ...nothing }, { ...nothing }]],
])('a proxy %s', (_name, faults) => {
  test('passes requests and responses on, exactly', async () => {
    const seen: unknown[] = [];
    const stdout = Buffer.from([0, 255, 10, 200]);
    const { cri } = await through(
      {
        ...healthy,
        ExecSync: (request) => {
          seen.push(request);
          return { stdout, exit_code: -1 };
        },
      },
      ...faults,
    );
    const request = { container_id: 'c', cmd: ['a', ''], timeout: 9007199254740993n };
    const answer = await cri.runtime.ExecSync(request);
    expect(seen).toEqual([request]);
    expect(Buffer.from(answer.stdout)).toEqual(stdout);
    expect(answer.exit_code).toBe(-1);
  });

  test('passes messages of many megabytes', async () => {
    const stdout = Buffer.alloc(15 * 1024 * 1024, 7);
    const { cri } = await through({ ExecSync: () => ({ stdout }) }, ...faults);
    expect((await cri.runtime.ExecSync({})).stdout).toHaveLength(stdout.length);
  });

  test('passes errors on, code and text', async () => {
    const { cri } = await through(
      {
        ContainerStatus: () => {
          throw new Refusal('FAILED_PRECONDITION', 'not now: ä "quoted"');
        },
      },
      ...faults,
    );
    const expected = { code: 'FAILED_PRECONDITION', details: 'not now: ä "quoted"' };
    await expect(cri.runtime.ContainerStatus({})).rejects.toMatchObject(expected);
    await expect(cri.runtime.StartContainer({})).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });

  test('passes cancellation on', async () => {
    let cancelled = (): void => undefined;
    const gone = new Promise<void>((resolve) => (cancelled = resolve));
    const { cri } = await through(
      {
        ContainerStatus: (_request, { signal }) => {
          signal.addEventListener('abort', cancelled);
          return silence();
        },
      },
      ...faults,
    );
    const controller = new AbortController();
    const call = cri.runtime.ContainerStatus({}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await gone;
  });

  test('passes the deadline on', async () => {
    let ended = (): void => undefined;
    const over = new Promise<void>((resolve) => (ended = resolve));
    const { cri } = await through(
      {
        ContainerStatus: (_request, { signal }) => {
          signal.addEventListener('abort', ended);
          return silence();
        },
      },
      ...faults,
    );
    await expect(cri.runtime.ContainerStatus({}, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await over;
  });

  test('passes streams on, item by item, and their end and error', async () => {
    const { cri } = await through(
      {
        async *GetContainerEvents() {
          await Promise.resolve();
          yield { container_id: 'one' };
          yield { container_id: 'two' };
          throw new Refusal('RESOURCE_EXHAUSTED', 'no more');
        },
      },
      ...faults,
    );
    const ids: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { container_id: id } of cri.runtime.GetContainerEvents({})) ids.push(id);
    };
    await expect(read()).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', details: 'no more' });
    expect(ids).toEqual(['one', 'two']);
  });
});

describe('a planted fault', () => {
  test('changes what it handles and nothing else', async () => {
    const liar: Fault = {
      id: 'behaviour/liar',
      title: 'lies about its name',
      plant: ({ shown }) => ({
        Version: async ({ forward }) => {
          shown();
          return { ...(await forward()), runtime_name: 'liar' };
        },
      }),
    };
    const { cri, proxy } = await through(healthy, liar);
    expect(proxy.shown(liar)).toBe(0);
    expect(await cri.runtime.Version({})).toMatchObject({ runtime_name: 'liar', runtime_version: '1.0' });
    expect((await cri.runtime.Status({})).status?.conditions).toHaveLength(2);
    expect(proxy.shown(liar)).toBe(1);
  });

  test('may answer in the place of the runtime', async () => {
    const refusing: Fault = {
      id: 'behaviour/refusing',
      title: 'refuses',
      plant: () => ({ Version: () => Promise.reject(new Answer('ABORTED', 'no')) }),
    };
    const { cri, runtime } = await through(healthy, refusing);
    await expect(cri.runtime.Version({})).rejects.toMatchObject({ code: 'ABORTED', details: 'no' });
    expect(runtime.arrived).toEqual([]);
  });

  test('that is mistaken itself says so', async () => {
    const mistaken: Fault = {
      id: 'behaviour/mistaken',
      title: 'throws',
      plant: () => ({ Version: () => Promise.reject(new TypeError('oops')) }),
    };
    const { cri } = await through(healthy, mistaken);
    await expect(cri.runtime.Version({})).rejects.toMatchObject({
      code: 'INTERNAL',
      details: 'the fault itself failed: oops',
    });
  });
});

test('the last change in bytes is made to every answer of a handler', async () => {
  const answered = { ...nothing, finish: (answer: Buffer) => Buffer.concat([answer, Buffer.from([0x0a, 1, 0x78])]) };
  const { cri } = await through(healthy, answered);
  expect((await cri.runtime.Version({})).version).toBe('x');
});

describe('of several faults', () => {
  const naming = (id: string): Fault => ({
    id: `behaviour/${id}`,
    title: 'adds its name',
    plant: ({ shown, cri }) => ({
      Version: async ({ forward }) => {
        shown();
        return { version: 'partial', runtime_name: `${(await forward()).runtime_name} ${id}` };
      },
      // What the one behind makes of another call.
      ExecSync: async () => ({ stdout: Buffer.from((await cri.runtime.Version({})).runtime_name) }),
    }),
  });

  test('each changes what the one behind it made of the call', async () => {
    const [first, second] = [naming('first'), naming('second')];
    const { cri, proxy } = await through(healthy, first, second);
    const { runtime_name: name } = await cri.runtime.Version({});
    expect(name.split(' ').slice(-2)).toEqual(['first', 'second']);
    expect([first, second].map((fault) => proxy.shown(fault))).toEqual([1, 1]);
  });

  test('each sees as the runtime what is behind it', async () => {
    const { cri } = await through(healthy, naming('first'), naming('second'));
    const { stdout } = await cri.runtime.ExecSync({});
    expect(Buffer.from(stdout).toString().split(' ').at(-1)).toBe('first');
  });

  test('each sees answers that are complete, and refusals as those of the runtime', async () => {
    const seen: unknown[] = [];
    const answering: Fault = {
      id: 'behaviour/answering',
      title: 'answers by half, or not at all',
      plant: () => ({
        Status: () => Promise.resolve({}),
        Version: () => Promise.reject(new Answer('ABORTED', 'no')),
      }),
    };
    const watching: Fault = {
      id: 'behaviour/watching',
      title: 'changes nothing',
      plant: () => ({
        Status: async ({ forward }) => {
          const answer = await forward();
          seen.push(answer.status, answer.info);
          return answer;
        },
        Version: async ({ forward }) => {
          try {
            return await forward();
          } catch (error) {
            seen.push(error instanceof CriCallError && error.code);
            throw error;
          }
        },
      }),
    };
    const { cri } = await through(healthy, answering, watching);
    await cri.runtime.Status({});
    await expect(cri.runtime.Version({})).rejects.toMatchObject({ code: 'ABORTED', details: 'no' });
    expect(seen).toEqual([null, {}, 'ABORTED']);
  });

  test('the last changes in bytes are all made', async () => {
    const adding = (code: number): Fault => ({
      ...nothing,
      finish: (answer) => Buffer.concat([answer, Buffer.from([0x0a, 1, code])]),
    });
    const { cri } = await through(healthy, adding(0x78), nothing, adding(0x79));
    expect((await cri.runtime.Version({})).version).toBe('y');
  });
});
