import { serviceMethods } from '../client/codec.js';
import type { Fault, RpcName } from '../faults/fault.js';
import type { CallRecord, SpecRecord } from '../kit/record.js';
import { fieldsOf } from '../reports/coverage.js';

const methods = new Map(
  [...serviceMethods('RuntimeService'), ...serviceMethods('ImageService')].map((method) => [method.name, method]),
);

/** What the recorded calls of a spec touched: RPCs by short name, and fields by the ids of their faults. */
export function touchedBy({ calls }: SpecRecord): string[] {
  return [...new Set(calls.flatMap(touchedByCall))].sort();
}

function touchedByCall({ method: name, request, response }: CallRecord): string[] {
  const method = methods.get(name);
  if (method === undefined) return [];
  const rpc = name.slice(name.indexOf('/') + 1);
  const responses = method.stream && Array.isArray(response) ? (response as unknown[]) : [response];
  return [
    rpc,
    ...fieldsOf(method.request, request).map((path) => `request/${rpc}.${path}`),
    ...responses.flatMap((message) => fieldsOf(method.response, message)).map((path) => `response/${rpc}.${path}`),
  ];
}

/** What a spec must have touched to be able to notice the fault; one of these is enough. */
export function marksOf(fault: Fault): string[] {
  return fault.id.startsWith('behaviour/') ? handledRpcs(fault) : [fault.id];
}

/** The RPCs in whose place a fault acts. */
function handledRpcs(fault: Fault): RpcName[] {
  const tooEarly = (): never => {
    throw new Error(`${fault.id} acts before it is called`);
  };
  const cri = { runtime: {}, image: {} } as never;
  return Object.keys(fault.plant({ cri, shown: tooEarly, relay: tooEarly, defer: () => undefined })) as RpcName[];
}
