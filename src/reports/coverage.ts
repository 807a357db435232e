import type { Enum, Field, Type } from 'protobufjs';
import { serviceMethods } from '../client/codec.js';
import type { MethodInfo } from '../client/codec.js';
import type { RunRecord, SpecRecord } from '../kit/record.js';

/**
 * What the recorded calls of a run touched: how often each RPC was called (refused calls count: they were asked), and
 * every field that a request or response carried with a value other than its default. Fields are paths from the
 * message, without list indices or map keys: `RunPodSandboxRequest.config.linux.security_context.privileged`. Lists
 * and keys are sorted, so that equal runs give equal bytes.
 */
export function coverageOf(specs: SpecRecord[]): NonNullable<RunRecord['coverage']> {
  const methods = new Map<string, MethodInfo>(
    [...serviceMethods('RuntimeService'), ...serviceMethods('ImageService')].map((method) => [method.name, method]),
  );
  const rpcs = new Map<string, number>();
  const requestFields = new Set<string>();
  const responseFields = new Set<string>();
  for (const call of specs.flatMap((spec) => spec.calls)) {
    rpcs.set(call.method, (rpcs.get(call.method) ?? 0) + 1);
    const method = methods.get(call.method);
    if (method === undefined) continue;
    for (const path of fieldsOf(method.request, call.request)) requestFields.add(`${method.request.name}.${path}`);
    const messages = method.stream && Array.isArray(call.response) ? (call.response as unknown[]) : [call.response];
    for (const message of messages) {
      for (const path of fieldsOf(method.response, message)) responseFields.add(`${method.response.name}.${path}`);
    }
  }
  return {
    rpcs: Object.fromEntries([...rpcs].sort(([a], [b]) => byCode(a, b))),
    requestFields: [...requestFields].sort(byCode),
    responseFields: [...responseFields].sort(byCode),
  };
}

/** By code unit: the order must not depend on the locale of the machine. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The fields of a recorded message that have another value than their default, as paths from the message down. */
export function fieldsOf(type: Type, message: unknown): string[] {
  const found = new Set<string>();
  collect(type, message, '', found);
  return [...found];
}

function collect(type: Type, message: unknown, prefix: string, found: Set<string>): void {
  if (!isObject(message)) return;
  for (const field of type.fieldsArray) {
    const values = valuesOf(field, message[field.name]);
    const set = values.filter((value) => field.repeated || field.map || !isDefault(field, value));
    if (set.length === 0) continue;
    const fieldPath = `${prefix}${field.name}`;
    found.add(fieldPath);
    const nested = messageTypeOf(field);
    if (nested !== undefined) for (const value of set) collect(nested, value, `${fieldPath}.`, found);
  }
}

/** The values of a field in the plain JSON of a record: none if it is absent, several for lists and maps. */
function valuesOf(field: Field, value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (field.repeated) return Array.isArray(value) ? (value as unknown[]) : [];
  if (field.map) return isObject(value) ? Object.values(value) : [];
  return [value];
}

/** Presence is all there is to a message; a scalar counts only with another value than its default. */
function isDefault(field: Field, value: unknown): boolean {
  if (messageTypeOf(field) !== undefined) return false;
  if (isEnum(field.resolvedType)) return value === 0 || value === field.resolvedType.valuesById[0];
  if (field.type === 'string' || field.type === 'bytes') return value === '';
  return field.type === 'bool' ? value === false : Number(value) === 0;
}

function messageTypeOf(field: Field): Type | undefined {
  return field.resolvedType === null || isEnum(field.resolvedType) ? undefined : field.resolvedType;
}

function isEnum(type: Field['resolvedType']): type is Enum {
  return type !== null && 'valuesById' in type;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
