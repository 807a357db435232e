import { Client, credentials, type ClientOptions } from '@grpc/grpc-js';
import { callStream, callUnary, type CallOptions } from './call.js';
import { serviceMethods } from './codec.js';
import { grpcTarget, type Endpoint } from './endpoint.js';
import type { ImageService, RuntimeService } from './generated/types.js';

/** What may be sent for a decoded type: every field optional, 64-bit integers also as plain numbers. */
export type Input<T> = T extends bigint
  ? bigint | number
  : T extends Uint8Array
    ? Uint8Array
    : T extends (infer Item)[]
      ? Input<Item>[]
      : T extends object
        ? { [Key in keyof T]?: Input<T[Key]> }
        : T;

interface Rpc {
  request: object;
  response: object;
  stream: boolean;
}

/** A service as typed functions: a promise for unary calls, an async iterable for streams. */
export type ServiceClient<Service> = {
  [Name in keyof Service]: Service[Name] extends Rpc
    ? (
        request: Input<Service[Name]['request']>,
        options?: CallOptions,
      ) => Service[Name]['stream'] extends true
        ? AsyncIterable<Service[Name]['response']>
        : Promise<Service[Name]['response']>
    : never;
};

/** Both services of a CRI endpoint; `close` drops the connections. */
export interface Cri {
  runtime: ServiceClient<RuntimeService>;
  image: ServiceClient<ImageService>;
  close(): void;
}

/** What the kubelet's client receives at most. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const CHANNEL: ClientOptions = {
  // A transparent retry would hide a refusal from the spec that is meant to see it.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': -1,
  'grpc.use_local_subchannel_pool': 1,
  // The kubelet's client sends this authority over a unix socket; strict HTTP/2 servers refuse others.
  'grpc.default_authority': 'localhost',
  // A runtime that restarts is found again at once instead of after a growing back-off.
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1000,
};

/** Opens a lazy connection: nothing is sent before the first call. `defaults` apply to each call unless it says so. */
export function openCri(runtime: Endpoint, image: Endpoint = runtime, defaults: CallOptions = {}): Cri {
  const runtimeChannel = new Client(grpcTarget(runtime), credentials.createInsecure(), CHANNEL);
  const shared = image.address === runtime.address;
  const imageChannel = shared ? runtimeChannel : new Client(grpcTarget(image), credentials.createInsecure(), CHANNEL);
  return {
    runtime: bind<RuntimeService>(runtimeChannel, 'RuntimeService', defaults),
    image: bind<ImageService>(imageChannel, 'ImageService', defaults),
    close() {
      runtimeChannel.close();
      if (!shared) imageChannel.close();
    },
  };
}

function bind<Service>(
  channel: Client,
  service: 'RuntimeService' | 'ImageService',
  defaults: CallOptions,
): ServiceClient<Service> {
  const bound: Record<string, unknown> = {};
  for (const method of serviceMethods(service)) {
    const call = method.stream ? callStream : callUnary;
    bound[method.rpc] = function rpc(request: object, options: CallOptions = {}) {
      return call(channel, method, request, { ...defaults, ...options }, rpc);
    };
  }
  return bound as ServiceClient<Service>;
}
