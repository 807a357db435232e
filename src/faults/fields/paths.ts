import protobuf from 'protobufjs';
import { serviceMethods, type MethodInfo } from '../../client/codec.js';
import type { RpcName } from '../fault.js';

/** A field of a request or response, at any depth. */
export interface FieldPath {
  rpc: RpcName;
  side: 'request' | 'response';
  /** The response is a stream of messages. */
  stream: boolean;
  /** From the message down: `['config', 'envs', 'key']`. */
  path: string[];
  /** For an enum the name that stands for "not filled". */
  zero: string | undefined;
  /** `request/CreateContainer.config.envs.key`; elements of lists and values of maps have no name of their own. */
  id: string;
}

/** Every field of every RPC, by reflection on the schema: both sides, at every depth. */
export function fieldPaths(): FieldPath[] {
  const methods = [...serviceMethods('RuntimeService'), ...serviceMethods('ImageService')];
  return methods.flatMap((method) => [
    ...below(method, 'request', method.request, []),
    ...below(method, 'response', method.response, []),
  ]);
}

function below(method: MethodInfo, side: FieldPath['side'], type: protobuf.Type, above: string[]): FieldPath[] {
  const rpc = method.rpc as RpcName;
  return type.fieldsArray.flatMap((field) => {
    const path = [...above, field.name];
    const zero = field.resolvedType instanceof protobuf.Enum ? field.resolvedType.valuesById[0] : undefined;
    const own: FieldPath = { rpc, side, stream: method.stream, path, zero, id: `${side}/${rpc}.${path.join('.')}` };
    const nested = field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
    return nested === undefined ? [own] : [own, ...below(method, side, nested, path)];
  });
}
