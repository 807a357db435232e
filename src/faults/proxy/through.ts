import type { CallOptions } from '../../client/call.js';
import { decode, encode, serviceMethods, toMessage, type MethodInfo } from '../../client/codec.js';
import type { Cri } from '../../client/cri.js';
import type { Handlers } from '../fault.js';
import { asCallError, type AnyHandler, type Forward } from './handled.js';

type Services = Record<'RuntimeService' | 'ImageService', Record<string, Forward>>;

/**
 * The runtime as a client sees it through these handlers, without a connection between: what they do not handle goes
 * on to the runtime behind them. Requests and answers are made complete, and errors are CriCallErrors, as on a wire.
 */
export function through(behind: Cri, handlers: Handlers): Cri {
  const services: Services = { RuntimeService: { ...bare(behind.runtime) }, ImageService: { ...bare(behind.image) } };
  for (const service of ['RuntimeService', 'ImageService'] as const) {
    for (const method of serviceMethods(service)) {
      const handler = (handlers as Record<string, AnyHandler | undefined>)[method.rpc];
      const forward = services[service][method.rpc];
      if (handler === undefined || forward === undefined) continue;
      services[service][method.rpc] = (method.stream ? streamed : unary)(method, handler, forward);
    }
  }
  const { RuntimeService: runtime, ImageService: image } = services as unknown as Record<keyof Services, never>;
  return { ...behind, runtime, image };
}

/** A service client with its types forgotten. */
export function bare(client: Cri['runtime'] | Cri['image']): Record<string, Forward> {
  return client;
}

function unary(method: MethodInfo, handler: AnyHandler, forward: Forward): Forward {
  return async (request, options = {}) => {
    try {
      return complete(method.response, (await handler(call(method, request, options, forward))) as object);
    } catch (error) {
      throw asCallError(method, error);
    }
  };
}

function streamed(method: MethodInfo, handler: AnyHandler, forward: Forward): Forward {
  return async function* items(request, options = {}) {
    try {
      for await (const item of handler(call(method, request, options, forward)) as AsyncIterable<object>)
        yield complete(method.response, item);
    } catch (error) {
      throw asCallError(method, error);
    }
  };
}

function call(method: MethodInfo, given: object, options: CallOptions, forward: Forward) {
  const request = complete(method.request, given);
  const signal = options.signal ?? new AbortController().signal;
  return { request, signal, forward: (changed: object = request) => forward(changed, options) };
}

/** What arrives at the other end of a wire: defaults filled in, and nothing shared with who sent it. */
function complete(type: MethodInfo['request'], message: object): object {
  return decode(type, encode(type, toMessage(type, message))).value as object;
}
