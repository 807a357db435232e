/**
 * Compiles src/client/proto/cri-v1.proto into src/client/generated/: the schema as data (for the codec, which
 * reflects on it) and TypeScript types of what the codec returns. Run by `npm run generate`; with `--check` it
 * writes nothing and fails if the files on disk are stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const here = new URL('../src/client/', import.meta.url);
const SCALARS: Record<string, string> = {
  string: 'string',
  bool: 'boolean',
  bytes: 'Uint8Array',
  int32: 'number',
  uint32: 'number',
  double: 'number',
  float: 'number',
  int64: 'bigint',
  uint64: 'bigint',
};

function load(): { schema: string; root: protobuf.Root } {
  const source = readFileSync(new URL('proto/cri-v1.proto', here), 'utf8');
  const { root } = protobuf.parse(source, { keepCase: true });
  root.resolveAll();
  return { schema: JSON.stringify(root.toJSON(), null, 2), root };
}

function fieldType(field: protobuf.Field): string {
  const named = field.resolvedType?.fullName.replace('.runtime.v1.', '').replaceAll('.', '') ?? '';
  const single = named === '' ? SCALARS[field.type] : named;
  if (single === undefined) throw new Error(`no TypeScript type for ${field.fullName}: ${field.type}`);
  if (field instanceof protobuf.MapField) return `Record<string, ${single}>`;
  if (field.repeated) return `${single}[]`;
  return field.resolvedType instanceof protobuf.Type ? `${single} | null` : single;
}

function messageType(type: protobuf.Type): string {
  const fields = type.fieldsArray.map((field) => `  ${field.name}: ${fieldType(field)};`);
  const nested = type.nestedArray.filter((item) => item instanceof protobuf.Enum);
  const body =
    fields.length === 0
      ? `export type ${type.name} = object;`
      : `export interface ${type.name} {\n${fields.join('\n')}\n}`;
  return [...nested.map((item) => enumType(`${type.name}${item.name}`, item)), body].join('\n\n');
}

function enumType(name: string, type: protobuf.Enum): string {
  return `export type ${name} = ${Object.keys(type.values)
    .map((value) => `'${value}'`)
    .join(' | ')};`;
}

function serviceType(service: protobuf.Service): string {
  const calls = service.methodsArray.map(
    (method) =>
      `  ${method.name}: { request: ${method.requestType}; response: ${method.responseType}; stream: ${String(method.responseStream === true)} };`,
  );
  return `/** The calls of ${service.name}: request, response and whether the response is a stream. */\nexport interface ${service.name} {\n${calls.join('\n')}\n}`;
}

function types(root: protobuf.Root): string {
  const parts = root.lookup('runtime.v1') as protobuf.Namespace;
  const blocks = parts.nestedArray.map((item) => {
    if (item instanceof protobuf.Enum) return enumType(item.name, item);
    if (item instanceof protobuf.Type) return messageType(item);
    if (item instanceof protobuf.Service) return serviceType(item);
    throw new Error(`neither enum, message nor service: ${item.fullName}`);
  });
  const header = '// Generated from proto/cri-v1.proto by `npm run generate`; do not edit.';
  return `${header}\n// Decoded form: absent messages are null, 64-bit integers bigint, enums their names.\n\n${blocks.join('\n\n')}\n`;
}

const { schema, root } = load();
const outputs: [string, string][] = [
  [
    'generated/schema.ts',
    `// Generated from proto/cri-v1.proto by \`npm run generate\`; do not edit.\n\nexport const schema = ${schema};\n`,
  ],
  ['generated/types.ts', types(root)],
];
let stale = 0;
for (const [name, text] of outputs) {
  const target = new URL(name, here);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) stale += 1;
}
if (stale > 0) {
  console.error(`${String(stale)} generated file(s) are stale: run \`npm run generate\``);
  process.exitCode = 1;
}
