import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { schema } from '../../../src/client/generated/schema.js';

const repository = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, repository), 'utf8');
const source = read('src/client/proto/cri-v1.proto');
const facts: unknown = JSON.parse(read('tests/data/cri-v1-facts.json'));

/** The declarations of a schema in protobufjs' JSON form, without the options of the package (`go_package`). */
function declarations(root: unknown): unknown {
  return (root as { nested: { runtime: { nested: { v1: { nested: unknown } } } } }).nested.runtime.nested.v1.nested;
}

function parse(text: string): protobuf.Namespace {
  // The alternate mode is the one that reads `//` comments.
  const { root } = protobuf.parse(text, { keepCase: true, alternateCommentMode: true });
  return root.lookup('runtime.v1') as protobuf.Namespace;
}

function declared(text: string): unknown {
  return JSON.parse(JSON.stringify(parse(text).toJSON().nested));
}

/** Every leaf of a JSON value under its dotted path: `Mount.fields.image.type` to `ImageSpec`. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  const children = Object.entries(value).flatMap(([key, child]) => leaves(child, path === '' ? key : `${path}.${key}`));
  return children.length === 0 ? [[path, '{}']] : children;
}

/** One line for each leaf that differs between a schema and the facts, in either direction. */
function differences(ours: unknown, theirs: unknown): string[] {
  const left = new Map(leaves(ours));
  const right = new Map(leaves(theirs));
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => left.get(path) !== right.get(path))
    .map(
      (path) => `${path}: ${left.get(path) ?? 'nothing'} in the schema, ${right.get(path) ?? 'nothing'} in the facts`,
    );
}

/** Rows of a table with a heading line, as the first cells of each. */
function table(path: string): string[][] {
  const lines = read(path).trim().split('\n').slice(1);
  return lines.map((line) => line.split('\t'));
}

describe('the schema of CRI v1', () => {
  it.each([
    ['the proto file', declared(source)],
    ['the generated schema', declarations(schema)],
  ])('declares in %s what the facts say and nothing else', (_name, ours) => {
    expect(differences(ours, declarations(facts))).toEqual([]);
  });

  it.each([
    ['a number', 'string image_sub_path = 10;', 'string image_sub_path = 11;', 'Mount.fields.image_sub_path.id'],
    ['a type', 'uint64 limit = 2;', 'int64 limit = 2;', 'HugepageLimit.fields.limit.type'],
    ['a field name', 'uidMappings = 6', 'uid_mappings = 6', 'Mount.fields.uidMappings.id'],
    ['a rule', 'repeated PodIP additional', 'PodIP additional', 'PodSandboxNetworkStatus.fields.additional_ips.rule'],
    [
      'a map key',
      'map<string, string> sysctls',
      'map<int32, string> sysctls',
      'LinuxPodSandboxConfig.fields.sysctls.keyType',
    ],
    ['an option', 'auth = 3 [debug_redact = true]', 'auth = 3', 'AuthConfig.fields.auth.options.debug_redact'],
    [
      'a presence',
      'int32 exit_code = 3;',
      'optional int32 exit_code = 3;',
      'ExecSyncResponse.oneofs._exit_code.oneof.0',
    ],
    ['a missing field', 'bool pinned = 8;', '', 'Image.fields.pinned.id'],
    ['a missing message', 'message RemoveImageResponse {\n}', '', 'RemoveImageResponse.fields'],
    ['an added message', 'message PodIP {', 'message Extra {\n}\nmessage PodIP {', 'Extra.fields'],
    ['an enum value', 'NODE = 2;', 'NODE = 4;', 'NamespaceMode.values.NODE'],
    ['a nested enum', 'Unconfined = 1;', 'None = 1;', 'SecurityProfile.nested.ProfileType.values.None'],
    [
      'a streaming flag',
      '(stream StreamImagesResponse)',
      '(StreamImagesResponse)',
      'ImageService.methods.StreamImages.responseStream',
    ],
    ['a method', 'rpc Exec(', 'rpc Run(', 'RuntimeService.methods.Run.requestType'],
  ])('would notice a change of %s', (_what, before, after, path) => {
    expect(source).toContain(before);
    const found = differences(declared(source.replace(before, after)), declarations(facts));
    expect(found.map((line) => line.split(': ')[0])).toContain(path);
  });

  it('names the field and both sides in a difference', () => {
    const changed = declared(source.replace('uint64 limit = 2;', 'int64 limit = 2;'));
    expect(differences(changed, declarations(facts))).toEqual([
      'HugepageLimit.fields.limit.type: "int64" in the schema, "uint64" in the facts',
    ]);
  });

  it('is what the generated files were made from', async () => {
    const script = fileURLToPath(new URL('scripts/generate-client.ts', repository));
    const check = promisify(execFile)(process.execPath, ['--import', 'tsx', script, '--check']);
    await expect(check, 'run `npm run generate`').resolves.toMatchObject({ stderr: '' });
  });
});

describe('the comments of the schema', () => {
  const release = (comment: string | null): string | undefined => /\bsince (1\.\d+)/.exec(comment ?? '')?.[1];
  const members = parse(source).nestedArray;

  it('are there for every service, rpc, message and enum', () => {
    const all: protobuf.ReflectionObject[] = members.flatMap((item) => {
      if (item instanceof protobuf.Service) return [item, ...item.methodsArray];
      return item instanceof protobuf.Type ? [item, ...item.nestedArray] : [item];
    });
    expect(all.filter((item) => item.comment === null).map((item) => item.fullName)).toEqual([]);
  });

  it('name the release that brought a message, enum or field', () => {
    const rows = table('tests/data/cri-v1-fields-since.tsv').map(([name = '', , first = '']) => [name, first] as const);
    const expected = new Map(rows.filter(([, first]) => /^1\.\d+$/.test(first)));
    const stated = new Map<string, string | undefined>();
    for (const item of members) {
      const own = release(item.comment);
      if (item instanceof protobuf.Enum) stated.set(`enum ${item.name}`, own);
      if (!(item instanceof protobuf.Type)) continue;
      stated.set(item.name, own);
      for (const field of item.fieldsArray) stated.set(`${item.name}.${field.name}`, release(field.comment) ?? own);
    }
    // The table begins with 1.24; what it does not list is older.
    const recent = [...stated].filter(([name, since]) => expected.has(name) || (since !== undefined && since > '1.23'));
    expect(Object.fromEntries(recent)).toEqual(Object.fromEntries(expected));
  });

  it('name the release that brought an rpc', () => {
    const rows = table('tests/data/cri-v1-rpcs.tsv').filter(([, , first = '']) => !first.includes('unreleased'));
    const expected = rows.map(([name = '', service = '', first = '']) => [`${service}.${name}`, first.split(' ')[0]]);
    const stated = members
      .filter((item) => item instanceof protobuf.Service)
      .flatMap((service) => service.methodsArray.map((method) => [service, method] as const))
      .map(([service, method]) => [`${service.name}.${method.name}`, release(method.comment) ?? '1.20']);
    expect(Object.fromEntries(stated)).toEqual(Object.fromEntries(expected));
  });
});

describe('64-bit integers', () => {
  const root = protobuf.Root.fromJSON(schema);

  function roundTrip(typeName: string, value: object): unknown {
    const type = root.lookupType(`runtime.v1.${typeName}`);
    const bytes = type.encode(type.fromObject(value)).finish();
    return type.toObject(type.decode(bytes), { longs: BigInt });
  }

  it.each([1764000000123456789n, 9007199254740993n, 2n ** 63n - 1n, -(2n ** 63n), -1n])('keep int64 %s', (value) => {
    expect(roundTrip('Int64Value', { value })).toEqual({ value });
    expect(roundTrip('PodSandboxStatus', { created_at: value })).toEqual({ created_at: value });
  });

  it.each([1764000000123456789n, 9007199254740993n, 2n ** 64n - 1n])('keep uint64 %s', (value) => {
    expect(roundTrip('UInt64Value', { value })).toEqual({ value });
    expect(roundTrip('MemoryUsage', { usage_bytes: { value } })).toEqual({ usage_bytes: { value } });
  });

  it('keep lists of them', () => {
    const supplemental_groups = [1n, 4294967295n, 1764000000123456789n];
    expect(roundTrip('LinuxContainerUser', { supplemental_groups })).toEqual({ supplemental_groups });
  });
});
