import { serviceMethods } from '../client/codec.js';
import type { Fault, RpcName } from '../faults/fault.js';
import type { CallRecord, SpecRecord } from '../kit/record.js';
import { fieldsOf } from '../reports/coverage.js';

const methods = new Map(
  [...serviceMethods('RuntimeService'), ...serviceMethods('ImageService')].map((method) => [method.name, method]),
);

/** What the recorded calls of a spec touched: RPCs by short name, fields by the ids of their faults, refusals by code. */
export function touchedBy({ calls }: SpecRecord): string[] {
  return [...new Set(calls.flatMap(touchedByCall))].sort();
}

function touchedByCall({ method: name, request, response, error }: CallRecord): string[] {
  const method = methods.get(name);
  if (method === undefined) return [];
  const { rpc } = method;
  const responses = method.stream && Array.isArray(response) ? (response as unknown[]) : [response];
  return [
    rpc,
    ...(error === undefined ? [] : [`refusal/${error.code}`]),
    ...fieldsOf(method.request, request).map((path) => `request/${rpc}.${path}`),
    ...responses.flatMap((message) => fieldsOf(method.response, message)).map((path) => `response/${rpc}.${path}`),
  ];
}

/** What a spec must have touched to be able to notice the fault; one of these is enough. */
export function marksOf(fault: Fault): string[] {
  if (fault.marks !== undefined) return [...fault.marks];
  return /^(request|response)\//.test(fault.id) ? [fault.id] : handledRpcs(fault);
}

/** The RPCs in whose place a fault acts. */
function handledRpcs(fault: Fault): RpcName[] {
  const tooEarly = (): never => {
    throw new Error(`${fault.id} acts before it is called`);
  };
  const cri = { runtime: {}, image: {} } as never;
  return Object.keys(fault.plant({ cri, shown: tooEarly, relay: tooEarly, defer: () => undefined })) as RpcName[];
}
