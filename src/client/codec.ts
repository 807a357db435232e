import protobuf from 'protobufjs';
import { schema } from './generated/schema.js';

// A runtime may be newer than our schema: what we do not know is kept, so that it can be reported.
protobuf.Reader.discardUnknown = false;

const root = protobuf.Root.fromJSON(schema).resolveAll();

/** One RPC as the schema describes it. */
export interface MethodInfo {
  /** gRPC path, e.g. `/runtime.v1.RuntimeService/Version`. */
  path: string;
  /** Short name, e.g. `RuntimeService/Version`. */
  name: string;
  /** The same without the service: no RPC is in both. */
  rpc: string;
  request: protobuf.Type;
  response: protobuf.Type;
  stream: boolean;
}

/** A decoded response: the plain value a caller works with, and the message it came from (for evidence). */
export interface Decoded {
  value: unknown;
  message: protobuf.Message;
}

/** Looks up a message type of the CRI by its name, e.g. `PodSandboxStatus`. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(`runtime.v1.${name}`);
}

/** All RPCs of a service, in schema order. */
export function serviceMethods(service: 'RuntimeService' | 'ImageService'): MethodInfo[] {
  return root.lookupService(`runtime.v1.${service}`).methodsArray.map((method) => ({
    path: `/runtime.v1.${service}/${method.name}`,
    name: `${service}/${method.name}`,
    rpc: method.name,
    request: messageType(method.requestType),
    response: messageType(method.responseType),
    stream: method.responseStream === true,
  }));
}

/** Plain object to message. Enums are given by name, 64-bit integers as bigint; null and absent are the same. */
export function toMessage(type: protobuf.Type, value: object): protobuf.Message {
  return type.fromObject(value);
}

export function encode(type: protobuf.Type, message: protobuf.Message): Buffer {
  return Buffer.from(type.encode(message).finish());
}

/**
 * Bytes to the decoded form of generated/types.ts: defaults filled in, absent messages null, 64-bit integers exact
 * as bigint, enums by name (a number where the schema has no name for it).
 * @throws RangeError or TypeError on truncated or malformed input
 */
export function decode(type: protobuf.Type, bytes: Uint8Array): Decoded {
  const message = type.decode(bytes);
  return { message, value: type.toObject(message, { longs: BigInt, enums: String, defaults: true }) };
}
