import protobuf from 'protobufjs';

/** Strings and byte fields longer than this are cut in the record; a verdict never depends on what is cut. */
const MAX_TEXT = 4096;
/** Lists longer than this are cut: a node may hold thousands of foreign containers. */
const MAX_ITEMS = 64;

/**
 * Renders a message as plain JSON for the record: set fields only, 64-bit integers as strings, bytes as text where
 * they are text, secrets (fields the CRI marks `debug_redact`) replaced, long values shortened with their size.
 */
export function toEvidence(type: protobuf.Type, message: protobuf.Message): Record<string, unknown> {
  const source = message as unknown as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const value = source[field.name];
    if (value === null || value === undefined || !Object.hasOwn(source, field.name)) continue;
    const rendered = renderField(field, value);
    if (rendered !== undefined) result[field.name] = rendered;
  }
  return result;
}

function renderField(field: protobuf.Field, value: unknown): unknown {
  if (field.options?.['debug_redact'] === true) return value === '' ? undefined : '[redacted]';
  if (field instanceof protobuf.MapField) {
    const entries = Object.entries(value as Record<string, unknown>);
    if (entries.length === 0) return undefined;
    return Object.fromEntries(entries.map(([key, item]) => [key, renderValue(field, item)]));
  }
  if (!field.repeated) return renderValue(field, value);
  const items = value as unknown[];
  if (items.length === 0) return undefined;
  const shown = items.slice(0, MAX_ITEMS).map((item) => renderValue(field, item));
  return items.length > MAX_ITEMS ? [...shown, `… ${items.length - MAX_ITEMS} more of ${items.length}`] : shown;
}

function renderValue(field: protobuf.Field, value: unknown): unknown {
  const type = field.resolvedType;
  if (type instanceof protobuf.Type) return toEvidence(type, value as protobuf.Message);
  if (type instanceof protobuf.Enum) return type.valuesById[value as number] ?? value;
  if (value instanceof Uint8Array) return renderBytes(value);
  if (typeof value === 'string') return shorten(value, Buffer.byteLength(value), value.length > MAX_TEXT);
  if (typeof value === 'object') return (value as { toString(): string }).toString(); // a 64-bit Long
  return value;
}

function renderBytes(bytes: Uint8Array): string {
  const head = bytes.subarray(0, MAX_TEXT);
  const cut = bytes.length > MAX_TEXT;
  try {
    return shorten(new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }), bytes.length, cut);
  } catch {
    return `base64:${shorten(Buffer.from(head).toString('base64'), bytes.length, cut)}`;
  }
}

function shorten(text: string, bytes: number, cut: boolean): string {
  return cut ? `${text.slice(0, MAX_TEXT)}… (${bytes} bytes)` : text;
}

/** Names the fields of a decoded message, at any depth, that the schema does not know, as `Message.#number`. */
export function unknownFields(type: protobuf.Type, message: protobuf.Message): string[] {
  const found = new Set<string>();
  collectUnknown(type, message, found);
  return [...found].sort();
}

function collectUnknown(type: protobuf.Type, message: protobuf.Message, found: Set<string>): void {
  for (const raw of message.$unknowns ?? []) found.add(`${type.name}.#${protobuf.Reader.create(raw).uint32() >>> 3}`);
  const source = message as unknown as Record<string, unknown>;
  for (const field of type.fieldsArray) {
    if (!(field.resolvedType instanceof protobuf.Type)) continue;
    const value = source[field.name];
    if (value === null || value === undefined) continue;
    const children = field.repeated
      ? (value as unknown[])
      : field instanceof protobuf.MapField
        ? Object.values(value)
        : [value];
    for (const child of children) collectUnknown(field.resolvedType, child as protobuf.Message, found);
  }
}
