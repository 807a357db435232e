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

/** A call of the runtime that is behind a handler. */
export type Forward = (request: object, options?: CallOptions) => unknown;

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
        callback(failure(method, error));
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
        incoming.emit('error', failure(method, error));
      }
    })();
  };
}

/** What a handler threw as its client sees it: the runtime's own error, the fault's, or INTERNAL for its mistake. */
export function asCallError({ name }: MethodInfo, error: unknown): CriCallError {
  if (error instanceof CriCallError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const [code, details] =
    error instanceof Refusal ? [error.code, text] : (['INTERNAL', `the fault itself failed: ${text}`] as const);
  return new CriCallError(name, code, details, { cause: error, answered: true });
}

function failure(method: MethodInfo, error: unknown): StatusObject {
  const { code, details } = asCallError(method, error);
  return { code: status[code], details, metadata: new Metadata() };
}
