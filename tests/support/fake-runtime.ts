import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, status as codes, type ServerWritableStream } from '@grpc/grpc-js';
import type { ServerUnaryCall, ServiceDefinition, UntypedServiceImplementation, sendUnaryData } from '@grpc/grpc-js';
import { decode, encode, serviceMethods, toMessage, type MethodInfo } from '../../src/client/codec.js';
import type { Input } from '../../src/client/cri.js';
import { parseEndpoint, type Endpoint } from '../../src/client/endpoint.js';
import type { GrpcCode } from '../../src/client/errors.js';
import type { ImageService, RuntimeService } from '../../src/client/generated/types.js';

type Rpcs = RuntimeService & ImageService;
type Answer<Name extends keyof Rpcs> = Input<Rpcs[Name]['response']> | Uint8Array;

/** Answers one RPC: a message, or bytes that are sent as they are. Throw a {@link Refusal} for a gRPC error. */
export type Handlers = {
  [Name in keyof Rpcs]?: (
    request: Rpcs[Name]['request'],
    call: { signal: AbortSignal },
  ) => Rpcs[Name]['stream'] extends true ? AsyncIterable<Answer<Name>> : Answer<Name> | Promise<Answer<Name>>;
};

/** What a handler throws to have the runtime answer with a gRPC error. */
export class Refusal extends Error {
  constructor(
    readonly code: GrpcCode,
    readonly details: string,
  ) {
    super(`${code}: ${details}`);
  }
}

/** Never answers. */
export const silence = (): Promise<never> => new Promise(() => undefined);

/** What a runtime needs to answer for a run to begin. */
export const healthy: Handlers = {
  Version: () => ({ version: '0.1.0', runtime_name: 'fake', runtime_version: '1.0', runtime_api_version: 'v1' }),
  Status: () => ({ status: { conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true })) } }),
  ListImages: () => ({ images: [] }),
};

/**
 * A CRI server with a handler per RPC, for what no real runtime does on demand: hanging, lying, answering garbage.
 * An RPC without a handler is unimplemented.
 */
export class FakeRuntime {
  /** Short names of the calls that arrived, in order. */
  readonly arrived: string[] = [];

  private constructor(
    readonly endpoint: Endpoint,
    private readonly server: Server,
    private readonly directory: string | undefined,
    private handlers: Handlers,
  ) {}

  /** Listens on a fresh unix socket, or on the given one. */
  static async start(handlers: Handlers, socket?: string): Promise<FakeRuntime> {
    const directory = socket === undefined ? mkdtempSync(join(tmpdir(), 'fake-cri-')) : undefined;
    const path = socket ?? join(directory ?? '', 'cri.sock');
    const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
    const runtime = new FakeRuntime(parseEndpoint(path), server, directory, handlers);
    for (const service of ['RuntimeService', 'ImageService'] as const) {
      const methods = serviceMethods(service);
      server.addService(definition(methods), runtime.implementation(methods));
    }
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    return runtime;
  }

  /** Changes what it answers from now on. */
  answer(handlers: Handlers): void {
    this.handlers = { ...this.handlers, ...handlers };
  }

  /** Ends at once; calls under way break off. */
  close(): void {
    this.server.forceShutdown();
    if (this.directory !== undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  private implementation(methods: MethodInfo[]): UntypedServiceImplementation {
    const entries = methods.map((method) => {
      const name = method.name.slice(method.name.indexOf('/') + 1);
      const respond = (call: AnyCall): unknown => {
        this.arrived.push(name);
        const handler = (this.handlers as Record<string, AnyHandler | undefined>)[name];
        if (handler === undefined) throw new Refusal('UNIMPLEMENTED', `unknown method ${name}`);
        const controller = new AbortController();
        call.on('cancelled', () => controller.abort());
        return handler(decode(method.request, call.request).value, { signal: controller.signal });
      };
      return [name, method.stream ? streamed(method, respond) : unary(method, respond)];
    });
    return Object.fromEntries(entries) as UntypedServiceImplementation;
  }
}

type AnyCall = ServerUnaryCall<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>;
type AnyHandler = (request: unknown, call: { signal: AbortSignal }) => unknown;
type Respond = (call: AnyCall) => unknown;

const raw = (bytes: Buffer): Buffer => bytes;

function definition(methods: MethodInfo[]): ServiceDefinition {
  const entries = methods.map((method) => [
    method.name.slice(method.name.indexOf('/') + 1),
    {
      path: method.path,
      requestStream: false,
      responseStream: method.stream,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    },
  ]);
  return Object.fromEntries(entries) as ServiceDefinition;
}

function packed(method: MethodInfo, answer: unknown): Buffer {
  if (answer instanceof Uint8Array) return Buffer.from(answer);
  return encode(method.response, toMessage(method.response, answer as object));
}

function toStatus(error: unknown): { code: number; details: string } {
  if (error instanceof Refusal) return { code: codes[error.code], details: error.details };
  return { code: codes.UNKNOWN, details: String(error) };
}

function unary(method: MethodInfo, respond: Respond) {
  return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
    void (async () => packed(method, await respond(call)))().then(
      (bytes) => callback(null, bytes),
      (error: unknown) => callback(toStatus(error)),
    );
  };
}

function streamed(method: MethodInfo, respond: Respond) {
  return async (call: ServerWritableStream<Buffer, Buffer>): Promise<void> => {
    try {
      for await (const item of respond(call) as AsyncIterable<unknown>) {
        if (call.cancelled) return;
        call.write(packed(method, item));
      }
      call.end();
    } catch (error) {
      call.emit('error', toStatus(error));
    }
  };
}
