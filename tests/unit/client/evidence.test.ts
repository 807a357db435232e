import { expect, test } from 'vitest';
import { decode, encode, messageType, toMessage } from '../../../src/client/codec.js';
import { toEvidence, unknownFields } from '../../../src/client/evidence.js';

function evidence(name: string, value: object): unknown {
  const type = messageType(name);
  return toEvidence(type, decode(type, encode(type, toMessage(type, value))).message);
}

test('holds what is set, enums by name, and is plain JSON', () => {
  const value = { metadata: { name: 'n' }, state: 'SANDBOX_NOTREADY', labels: { a: '1' }, created_at: 7n };
  const shown = evidence('PodSandboxStatus', value);
  expect(shown).toEqual({ metadata: { name: 'n' }, state: 'SANDBOX_NOTREADY', labels: { a: '1' }, created_at: '7' });
  expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
});

test('cuts long text and says how long it was; text of the same size in bytes only is whole', () => {
  const long = evidence('ExecSyncRequest', { cmd: ['x'.repeat(5000)] }) as { cmd: string[] };
  expect(long.cmd[0]).toBe(`${'x'.repeat(4096)}… (5000 bytes)`);
  const wide = evidence('ExecSyncRequest', { cmd: ['ü'.repeat(3000)] }) as { cmd: string[] };
  expect(wide.cmd[0]).toBe('ü'.repeat(3000));
});

test('bytes are text where they are text, also where the cut falls into a character', () => {
  const shown = (stdout: Buffer): string => (evidence('ExecSyncResponse', { stdout }) as { stdout: string }).stdout;
  expect(shown(Buffer.from('grün\n'))).toBe('grün\n');
  expect(shown(Buffer.from([0xff, 0x00]))).toBe('base64:/wA=');
  const cut = shown(Buffer.from(`x${'ü'.repeat(4000)}`));
  expect(cut).toBe(`x${'ü'.repeat(2047)}… (8001 bytes)`);
});

test('cuts long lists and says how many there were', () => {
  const { cmd } = evidence('ExecSyncRequest', { cmd: Array.from({ length: 100 }, String) }) as { cmd: string[] };
  expect(cmd).toHaveLength(65);
  expect(cmd.at(-1)).toBe('… 36 more of 100');
});

test('a key named like a property of every object is a key', () => {
  const labels = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
  const shown = evidence('PodSandboxConfig', { labels }) as { labels: Record<string, string> };
  expect(shown.labels['constructor']).toBe('b');
});

test('a message without unknown fields has none', () => {
  const type = messageType('VersionResponse');
  const bytes = encode(type, toMessage(type, { version: 'x' }));
  expect(unknownFields(type, decode(type, bytes).message)).toEqual([]);
  const more = Buffer.concat([bytes, Buffer.from([0x98, 0x06, 0x01]), Buffer.from([0x98, 0x06, 0x02])]);
  expect(unknownFields(type, decode(type, more).message)).toEqual(['VersionResponse.#99']);
});
