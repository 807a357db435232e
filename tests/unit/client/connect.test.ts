import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectCri } from '../../../src/client/connect.js';
import { parseEndpoint } from '../../../src/client/endpoint.js';
import { CriConnectError } from '../../../src/client/errors.js';
import { FakeRuntime, healthy, Refusal, silence, type Handlers } from '../../support/fake-runtime.js';

let directory: string;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'connect-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(directory, { recursive: true, force: true });
});

/** The message with which connecting fails, and how long that took. */
async function refusal(address: string, withinMs = 600): Promise<{ message: string; ms: number }> {
  const endpoint = parseEndpoint(address);
  const started = performance.now();
  try {
    (await connectCri(endpoint, endpoint, { withinMs })).cri.close();
  } catch (error) {
    expect(error).toBeInstanceOf(CriConnectError);
    return { message: (error as Error).message, ms: performance.now() - started };
  }
  throw new Error('it connected');
}

async function fake(handlers: Handlers, socket?: string): Promise<FakeRuntime> {
  const runtime = await FakeRuntime.start(handlers, socket);
  cleanups.push(() => runtime.close());
  return runtime;
}

/** Listens with a server of any kind; returns the address. */
async function listening(server: Server, where: string | number): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(where, resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return typeof where === 'string' ? where : `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a healthy runtime answers with its version', async () => {
  const { endpoint } = await fake(healthy);
  const { cri, version } = await connectCri(endpoint, endpoint);
  expect(version.runtime_name).toBe('fake');
  cri.close();
});

test('two endpoints are both looked at', async () => {
  const { endpoint } = await fake(healthy);
  const { endpoint: noImages } = await fake({ Version: silence });
  const { cri } = await connectCri(endpoint, endpoint);
  cri.close();
  await expect(connectCri(endpoint, noImages, { withinMs: 500 })).rejects.toThrow(/does not serve the CRI v1/);
});

describe('what is wrong is named, with the next step', () => {
  test('no socket', async () => {
    const { message, ms } = await refusal(join(directory, 'none.sock'));
    expect(message).toMatch(/no socket at .*none\.sock\. Is the runtime running/);
    expect(ms).toBeLessThan(200);
  });

  test('a path through a file', async () => {
    writeFileSync(join(directory, 'file'), '');
    expect((await refusal(join(directory, 'file', 'x.sock'))).message).toMatch(/x\.sock/);
  });

  test('a file, a directory and a link to one', async () => {
    writeFileSync(join(directory, 'file'), '');
    symlinkSync(join(directory, 'file'), join(directory, 'link'));
    for (const name of ['file', 'link', '.']) {
      const { message, ms } = await refusal(join(directory, name));
      expect(message).toMatch(/is not a socket\. Name the runtime's CRI socket/);
      expect(ms).toBeLessThan(200);
    }
  });

  test('a link to nothing, and a link to itself', async () => {
    symlinkSync(join(directory, 'none'), join(directory, 'dangling'));
    symlinkSync(join(directory, 'loop'), join(directory, 'loop'));
    expect((await refusal(join(directory, 'dangling'))).message).toMatch(/no socket at/);
    expect((await refusal(join(directory, 'loop'))).message).toMatch(/cannot look at .*ELOOP/);
  });

  test('a closed tcp port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { message, ms } = await refusal(`tcp://127.0.0.1:${port}`);
    expect(message).toMatch(/Nobody accepts connections there/);
    expect(ms).toBeLessThan(5_000);
  });

  test('something that listens and is silent', async () => {
    const address = await listening(createServer(), join(directory, 'silent.sock'));
    const { message, ms } = await refusal(address);
    expect(message).toMatch(/Something listens but does not answer/);
    expect(ms).toBeLessThan(5_000);
  });

  test('a runtime that accepts calls and never answers', async () => {
    const { endpoint } = await fake({ ...healthy, Version: silence });
    expect((await refusal(endpoint.path)).message).toMatch(/does not answer: .* is the runtime healthy/);
  });

  test('a server of another kind', async () => {
    const address = await listening(
      createHttpServer((_request, response) => response.end('hello')),
      0,
    );
    expect((await refusal(address)).message).toMatch(/cannot talk to a CRI runtime at tcp:/);
  });

  test('gRPC without the CRI', async () => {
    const { endpoint } = await fake({});
    const { message } = await refusal(endpoint.path);
    expect(message).toMatch(/speaks gRPC but does not serve the CRI v1/);
  });

  test('a runtime that refuses', async () => {
    const { endpoint } = await fake({
      Version: () => {
        throw new Refusal('PERMISSION_DENIED', 'not you');
      },
    });
    expect((await refusal(endpoint.path)).message).toMatch(/PERMISSION_DENIED: not you\. Check that this is the CRI/);
  });
});

test('a runtime that is just starting is waited for', async () => {
  const socket = join(directory, 'late.sock');
  // The socket of the instance before: there, but nobody listens.
  const before = createServer();
  await new Promise<void>((resolve) => before.listen(socket, resolve));
  const keep = join(directory, 'kept.sock');
  symlinkSync(socket, keep);
  const endpoint = parseEndpoint(keep);
  // Closing it would remove the socket, so it turns visitors away instead.
  before.on('connection', (visitor) => visitor.destroy());
  const connecting = connectCri(endpoint, endpoint, { withinMs: 8_000 });
  await sleep(400);
  await new Promise((resolve) => before.close(resolve));
  await fake(healthy, socket);
  const { cri, version } = await connecting;
  expect(version.runtime_name).toBe('fake');
  cri.close();
});

test('an abort ends the waiting, and its reason is what is thrown', async () => {
  const address = await listening(createServer(), join(directory, 'silent.sock'));
  const endpoint = parseEndpoint(address);
  const controller = new AbortController();
  const connecting = connectCri(endpoint, endpoint, { signal: controller.signal });
  const reason = new Error('the run was ended');
  setTimeout(() => controller.abort(reason), 100);
  const started = performance.now();
  await expect(connecting).rejects.toBe(reason);
  expect(performance.now() - started).toBeLessThan(2_000);
});
