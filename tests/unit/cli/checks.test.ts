import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { binaries, kubernetesRelease, parseHostPort, readImageMap, wholeNumber } from '../../../src/cli/checks.js';
import { UsageError } from '../../../src/cli/exit.js';

const directory = mkdtempSync(join(tmpdir(), 'checks-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('host:port', () => {
  test.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['registry.example:65535', { host: 'registry.example', port: 65535 }],
    ['[::1]:5000', { host: '::1', port: 5000 }],
  ])('%s', (text, expected) => {
    expect(parseHostPort('registry-listen', text)).toEqual(expected);
  });

  test.each(['', 'x', ':80', 'x:', 'x:65536', 'x:-1', 'x:1.5', '::1:80', 'http://x:80', 'x:80/', 'a b:80'])(
    '%j is refused by name',
    (text) => {
      expect(() => parseHostPort('registry-listen', text)).toThrow(UsageError);
      expect(() => parseHostPort('registry-listen', text)).toThrow(/--registry-listen .*want host:port/);
    },
  );
});

test('whole numbers are whole and within bounds', () => {
  expect(wholeNumber('concurrency', 1, 1, 256)).toBe(1);
  expect(wholeNumber('concurrency', 256, 1, 256)).toBe(256);
  for (const value of [0, 257, 1.5, NaN, Infinity, -1]) {
    expect(() => wholeNumber('concurrency', value, 1, 256)).toThrow('--concurrency: want a whole number from 1 to 256');
  }
});

test('a release is written 1.NN', () => {
  expect(kubernetesRelease(undefined)).toBeUndefined();
  expect(kubernetesRelease('1.34')).toBe('1.34');
  for (const text of ['', '1', 'v1.34', '1.34.1', '2.1', '1.x', '34']) {
    expect(() => kubernetesRelease(text)).toThrow(/--kubernetes .*want a release as 1\.NN/);
  }
});

test('programs are name=/path', () => {
  expect(binaries([])).toEqual({});
  expect(binaries(['runc=/opt/a=b/runc', 'containerd=/x'])).toEqual({ runc: '/opt/a=b/runc', containerd: '/x' });
  for (const text of ['runc', 'runc=', 'runc=relative', '=/x', 'a b=/x']) {
    expect(() => binaries([text])).toThrow(/--binary .*want name=\/absolute\/path/);
  }
});

describe('the file of --images', () => {
  let files = 0;
  const read = (text: string): Record<string, string> => {
    const file = join(directory, `images-${(files += 1)}.yaml`);
    writeFileSync(file, text);
    return readImageMap(file);
  };

  test('maps names to references, in YAML or JSON', () => {
    expect(readImageMap(undefined)).toEqual({});
    expect(read('general: registry.example/general:1\n')).toEqual({ general: 'registry.example/general:1' });
    expect(read('{"general": "a/b@sha256:0"}')).toEqual({ general: 'a/b@sha256:0' });
  });

  test.each([
    ['an unknown name', 'genral: x/y\n', /no image 'genral'\. Nearest: general/],
    ['a reference that is no text', 'general: 5\n', /reference of 'general' must be a text/],
    ['an empty reference', 'general: ""\n', /reference of 'general' must be a text/],
    ['a list', '- general\n', /want a mapping/],
    ['a text', 'general\n', /want a mapping/],
    ['nothing', '', /want a mapping/],
    ['an empty mapping', '{}', /want a mapping/],
    ['broken YAML', 'general: [\n', /--images .*images-\d+\.yaml: /],
    ['a name twice', 'general: a/b\ngeneral: c/d\n', /--images .*unique/],
  ])('with %s is refused', (_what, text, why) => {
    expect(() => read(text)).toThrow(UsageError);
    expect(() => read(text)).toThrow(why);
  });

  test('that is missing, or a directory, is refused', () => {
    expect(() => readImageMap(join(directory, 'none'))).toThrow(/--images .*none: ENOENT/);
    expect(() => readImageMap(directory)).toThrow(/--images .*EISDIR/);
  });
});
