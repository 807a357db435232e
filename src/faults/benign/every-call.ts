import { serviceMethods } from '../../client/codec.js';
import type { Fault, Planting, ProxiedCall, RpcName } from '../fault.js';

type AnyUnary = ProxiedCall<object, Promise<object>>;
type AnyStream = ProxiedCall<object, AsyncIterable<object>>;

/** What becomes of calls, whichever RPC it is. */
export interface EveryCall {
  unary: (call: AnyUnary, rpc: RpcName, planting: Planting) => Promise<object>;
  /** Streams pass unchanged by default. */
  stream?: (call: AnyStream, rpc: RpcName, planting: Planting) => AsyncIterable<object>;
}

/** Takes over every RPC of both services. */
export function everyCall({ unary, stream = ({ forward }) => forward() }: EveryCall): Fault['plant'] {
  return (planting) => {
    const methods = [...serviceMethods('RuntimeService'), ...serviceMethods('ImageService')];
    const handlers = methods.map((method): [string, (call: never) => unknown] => {
      const rpc = method.rpc as RpcName;
      if (method.stream) return [rpc, (call: AnyStream) => stream(call, rpc, planting)];
      return [rpc, (call: AnyUnary) => unary(call, rpc, planting)];
    });
    return Object.fromEntries(handlers);
  };
}

/** A copy in which every value under one of the keys is another one, at any depth. Lists and maps are followed. */
export function deeply(value: unknown, change: (key: string, value: unknown) => unknown, key = ''): unknown {
  const changed = change(key, value);
  if (changed !== value || changed === null || typeof changed !== 'object' || changed instanceof Uint8Array) {
    return changed;
  }
  if (Array.isArray(changed)) return changed.map((item) => deeply(item, change, key));
  return Object.fromEntries(Object.entries(changed).map(([name, inside]) => [name, deeply(inside, change, name)]));
}
