import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { rm } from 'node:fs/promises';
import { serviceMethods, type MethodInfo } from '../../client/codec.js';
import { openCri, type Cri } from '../../client/cri.js';
import { parseEndpoint } from '../../client/endpoint.js';
import type { Fault } from '../fault.js';
import { Relay } from '../relay/relay.js';
import { handledStream, handledUnary, type AnyHandler, type Forward } from './handled.js';
import { PassThrough } from './pass-through.js';
import { bare, through } from './through.js';

export interface ProxyOptions {
  /** Where the real runtime listens, as `unix:///path`. */
  runtimeEndpoint: string;
  imageEndpoint: string;
  /** Path of the socket to serve both services at; it must not exist yet. */
  socket: string;
  /** What to plant, the first one next to the runtime; without any the proxy changes nothing. */
  faults: readonly Fault[];
}

/** A proxy that stands before a real runtime. */
export interface Proxy {
  /** `unix:///path` of the proxy's own socket. */
  endpoint: string;
  /** How often a fault made a difference so far. */
  shown(fault: Fault): number;
  /** Drops all connections and takes back what the faults left. */
  close(): Promise<void>;
}

/** Calls that hang in the real runtime are the client's to give up, whatever their size. */
const UNLIMITED = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

/** Starts a proxy. Calls that no fault handles pass through as bytes, both ways. */
export async function startProxy({ runtimeEndpoint, imageEndpoint, socket, faults }: ProxyOptions): Promise<Proxy> {
  const runtime = parseEndpoint(runtimeEndpoint);
  const image = parseEndpoint(imageEndpoint);
  const cri = openCri(runtime, image);
  const passing = { RuntimeService: new PassThrough(runtime), ImageService: new PassThrough(image) };
  const relay = new Relay();
  const removals: (() => void)[] = [];
  const shown = new Map<Fault, number>();
  const outermost = new Map<string, Handled>();
  let behind = cri;
  for (const fault of faults) {
    const handlers = fault.plant({
      cri: behind,
      shown: () => void shown.set(fault, (shown.get(fault) ?? 0) + 1),
      relay: (url, filters) => relay.serve(url, filters),
      defer: (remove) => void removals.push(remove),
    });
    for (const [rpc, handler] of Object.entries(handlers) as [string, AnyHandler | undefined][]) {
      if (handler === undefined) continue;
      const within = outermost.get(rpc)?.finish ?? raw;
      const finish = (answer: Buffer): Buffer => (fault.finish ?? raw)(within(answer));
      outermost.set(rpc, { handler, behind, finish });
    }
    behind = through(behind, handlers);
  }
  const server = new Server(UNLIMITED);
  for (const service of ['RuntimeService', 'ImageService'] as const) {
    const implementation: UntypedServiceImplementation = {};
    for (const method of serviceMethods(service)) {
      const handled = outermost.get(method.rpc);
      implementation[method.rpc] =
        handled === undefined ? passing[service].implement(method) : serving(method, service, handled);
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
    shown: (fault) => shown.get(fault) ?? 0,
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

/** What answers an RPC: the handler of the outermost fault that has one, before the runtime that is behind it. */
interface Handled {
  handler: AnyHandler;
  behind: Cri;
  finish: (answer: Buffer) => Buffer;
}

function serving(method: MethodInfo, service: 'RuntimeService' | 'ImageService', { handler, behind, finish }: Handled) {
  const client = bare(service === 'RuntimeService' ? behind.runtime : behind.image);
  const forward = client[method.rpc] as Forward;
  return (method.stream ? handledStream : handledUnary)(method, handler, forward, finish);
}

const raw = (bytes: Buffer): Buffer => bytes;

function definition(methods: MethodInfo[]): ServiceDefinition {
  return Object.fromEntries(
    methods.map((method) => [
      method.rpc,
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
