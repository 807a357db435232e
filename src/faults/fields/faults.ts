import type { Fault, Handlers, Planting, ProxiedCall } from '../fault.js';
import { cleared } from './clear.js';
import { fieldPaths, type FieldPath } from './paths.js';

type Call = ProxiedCall<object, Promise<object>>;
type StreamCall = ProxiedCall<object, AsyncIterable<object>>;

/** For every request field "the runtime ignores it", for every response field "the runtime does not fill it". */
export function fieldFaults(): Fault[] {
  return fieldPaths().map((field) => fieldFault(field));
}

function fieldFault({ id, rpc, side, path, zero, stream }: FieldPath): Fault {
  const title = `${rpc} ${side === 'request' ? 'ignores' : 'does not fill'} ${path.join('.')}`;
  const plant = (planting: Planting): Handlers => {
    const clear = (message: object): object => {
      const { value, changed } = cleared(message, path, zero);
      if (changed) planting.shown();
      return value;
    };
    return { [rpc]: side === 'request' ? ignoring(clear) : stream ? withoutEach(clear) : without(clear) };
  };
  return { id, title, plant };
}

type Clear = (message: object) => object;

function ignoring(clear: Clear): (call: Call) => unknown {
  return (call) => call.forward(clear(call.request));
}

function without(clear: Clear): (call: Call) => unknown {
  return async (call) => clear(await call.forward());
}

function withoutEach(clear: Clear): (call: StreamCall) => unknown {
  return async function* (call) {
    for await (const item of call.forward()) yield clear(item);
  };
}
