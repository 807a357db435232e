import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { rm } from 'node:fs/promises';
import { serviceMethods, type MethodInfo } from '../../client/codec.js';
import { openCri } from '../../client/cri.js';
import { parseEndpoint } from '../../client/endpoint.js';
import type { Fault, Handlers } from '../fault.js';
import { Relay } from '../relay/relay.js';
import { handledStream, handledUnary, type AnyHandler } from './handled.js';
import { PassThrough } from './pass-through.js';

export interface ProxyOptions {
  /** Where the real runtime listens, as `unix:///path`. */
  runtimeEndpoint: string;
  imageEndpoint: string;
  /** Path of the socket to serve both services at; it must not exist yet. */
  socket: string;
  /** What to plant; without one the proxy changes nothing. */
  fault?: Fault | undefined;
}

/** A proxy that stands before a real runtime, with at most one fault planted. */
export interface Proxy {
  /** `unix:///path` of the proxy's own socket. */
  endpoint: string;
  /** How often the fault made a difference so far. */
  shown(): number;
  /** Drops all connections and takes back what the fault left. */
  close(): Promise<void>;
}

/** Calls that hang in the real runtime are the client's to give up, whatever their size. */
const UNLIMITED = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

/** Starts a proxy. Calls that the fault does not handle pass through as bytes, both ways. */
export async function startProxy({ runtimeEndpoint, imageEndpoint, socket, fault }: ProxyOptions): Promise<Proxy> {
  const runtime = parseEndpoint(runtimeEndpoint);
  const image = parseEndpoint(imageEndpoint);
  const cri = openCri(runtime, image);
  const passing = { RuntimeService: new PassThrough(runtime), ImageService: new PassThrough(image) };
  const relay = new Relay();
  const removals: (() => void)[] = [];
  let shown = 0;
  const handlers: Handlers =
    fault?.plant({
      cri,
      shown: () => void (shown += 1),
      relay: (url, filters) => relay.serve(url, filters),
      defer: (remove) => void removals.push(remove),
    }) ?? {};
  const finish = fault?.finish ?? raw;
  const server = new Server(UNLIMITED);
  for (const service of ['RuntimeService', 'ImageService'] as const) {
    const implementation: UntypedServiceImplementation = {};
    for (const method of serviceMethods(service)) {
      const handler = (handlers as Record<string, AnyHandler | undefined>)[shortName(method)];
      const client = (service === 'RuntimeService' ? cri.runtime : cri.image) as unknown as Record<string, never>;
      const forward = client[shortName(method)] as never;
      if (handler === undefined) implementation[shortName(method)] = passing[service].implement(method);
      else if (method.stream) implementation[shortName(method)] = handledStream(method, handler, forward, finish);
      else implementation[shortName(method)] = handledUnary(method, handler, forward, finish);
    }
    server.addService(definition(serviceMethods(service)), implementation);
  }
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return {
    endpoint: `unix://${socket}`,
    shown: () => shown,
    async close() {
      server.forceShutdown();
      for (const remove of removals) remove();
      await relay.close();
      for (const passThrough of Object.values(passing)) passThrough.close();
      cri.close();
      await rm(socket, { force: true });
    },
  };
}

const raw = (bytes: Buffer): Buffer => bytes;

function definition(methods: MethodInfo[]): ServiceDefinition {
  return Object.fromEntries(
    methods.map((method) => [
      shortName(method),
      {
        path: method.path,
        requestStream: false,
        responseStream: method.stream,
        requestSerialize: raw,
        requestDeserialize: raw,
        responseSerialize: raw,
        responseDeserialize: raw,
      },
    ]),
  );
}

function shortName({ name }: MethodInfo): string {
  return name.slice(name.indexOf('/') + 1);
}
