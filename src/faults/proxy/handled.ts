import {
  Metadata,
  status,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type StatusObject,
} from '@grpc/grpc-js';
import type { CallOptions } from '../../client/call.js';
import { decode, encode, toMessage, type MethodInfo } from '../../client/codec.js';
import { CriCallError } from '../../client/errors.js';
import { Refusal, type ProxiedCall } from '../fault.js';

/** A handler with its types forgotten: the proxy knows them by the schema. */
export type AnyHandler = (call: ProxiedCall<object, unknown>) => unknown;

type Forward = (request: object, options: CallOptions) => unknown;

/** The last change of an answer in bytes. */
type Finish = (answer: Buffer) => Buffer;

/** Node's timers take no more milliseconds than this. */
const LONGEST_MS = 2 ** 31 - 1;

interface Incoming {
  request: Buffer;
  getDeadline(): Date | number;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** The call as the handler sees it. */
function proxied(method: MethodInfo, incoming: Incoming, forward: Forward): ProxiedCall<object, unknown> {
  const controller = new AbortController();
  incoming.on('cancelled', () => controller.abort(new Error('the client gave up')));
  const request = decode(method.request, incoming.request).value as object;
  const timeoutMs = (): number => Math.min(LONGEST_MS, Math.max(1, Number(incoming.getDeadline()) - Date.now()));
  return {
    request,
    signal: controller.signal,
    forward: (changed = request) => forward(changed, { timeoutMs: timeoutMs(), signal: controller.signal }),
  };
}

/** Answers a unary call with what the handler makes of it. */
export function handledUnary(
  method: MethodInfo,
  handler: AnyHandler,
  forward: Forward,
  finish: Finish,
): handleUnaryCall<Buffer, Buffer> {
  return (incoming, callback) => {
    void (async () => {
      try {
        const response = (await handler(proxied(method, incoming, forward))) as object;
        callback(null, finish(encode(method.response, toMessage(method.response, response))));
      } catch (error) {
        callback(failure(error));
      }
    })();
  };
}

/** Answers a server-streaming call with what the handler yields. */
export function handledStream(
  method: MethodInfo,
  handler: AnyHandler,
  forward: Forward,
  finish: Finish,
): handleServerStreamingCall<Buffer, Buffer> {
  return (incoming) => {
    void (async () => {
      try {
        for await (const item of handler(proxied(method, incoming, forward)) as AsyncIterable<object>) {
          incoming.write(finish(encode(method.response, toMessage(method.response, item))));
        }
        incoming.end();
      } catch (error) {
        incoming.emit('error', failure(error));
      }
    })();
  };
}

/** The status that goes back: the runtime's own, the fault's, or INTERNAL for a mistake in the fault. */
function failure(error: unknown): StatusObject {
  const ours = error instanceof CriCallError || error instanceof Refusal;
  const code = ours ? status[error.code] : status.INTERNAL;
  const text = error instanceof Error ? error.message : String(error);
  const details = error instanceof CriCallError ? error.details : ours ? text : `the fault itself failed: ${text}`;
  return { code, details, metadata: new Metadata() };
}
