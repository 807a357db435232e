import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { chooseEndpoints, grpcTarget, parseEndpoint } from '../../../src/client/endpoint.js';

const directory = mkdtempSync(join(tmpdir(), 'endpoint-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
/** The environment of a user whose crictl.yaml holds this text. */
function crictl(text: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const file = join(directory, `crictl-${(files += 1)}.yaml`);
  writeFileSync(file, text);
  return { CRI_CONFIG_FILE: file, ...more };
}

describe('parseEndpoint', () => {
  test.each([
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
    ['/run/x.sock', 'unix:///run/x.sock'],
    ['unix:/run/x.sock', 'unix:///run/x.sock'],
    ['tcp://127.0.0.1:1234', 'tcp://127.0.0.1:1234'],
    ['tcp://node.example:65535/', 'tcp://node.example:65535'],
    ['tcp://[fd00::1]:9000', 'tcp://[fd00::1]:9000'],
    [`/${'a'.repeat(106)}`, `unix:///${'a'.repeat(106)}`],
  ])('reads %s', (text, address) => {
    expect(parseEndpoint(text).address).toBe(address);
  });

  test.each([
    ['npipe:////./pipe/containerd', /Windows only/],
    ['http://localhost:80', /scheme 'http' is not known/],
    ['run/x.sock', /must be absolute/],
    ['unix://run/x.sock', /must be absolute/],
    ['', /must be absolute/],
    ['tcp://localhost', /host and a port/],
    ['tcp://localhost:0', /from 1 to 65535/],
    ['tcp://localhost:65536', /from 1 to 65535/],
    ['tcp://a b:80', /host and a port/],
    ['tcp://fd00::1:9000', /host and a port/],
    [`/${'a'.repeat(107)}`, /longer than the 107 bytes/],
    [`/${'ü'.repeat(54)}`, /longer than the 107 bytes/],
  ])('refuses %s and says how endpoints are written', (text, why) => {
    expect(() => parseEndpoint(text)).toThrow(why);
    expect(() => parseEndpoint(text)).toThrow(/Use unix:\/\/\/path\/to\.sock/);
  });

  test('a target of grpc-js is a URI of its own kind', () => {
    expect(grpcTarget(parseEndpoint('unix:///run/x.sock'))).toBe('unix:/run/x.sock');
    expect(grpcTarget(parseEndpoint('//run/x.sock'))).toBe('unix:/run/x.sock');
    expect(grpcTarget(parseEndpoint('tcp://[::1]:9000'))).toBe('dns:[::1]:9000');
  });
});

describe('chooseEndpoints', () => {
  const file = 'runtime-endpoint: unix:///file.sock\nimage-endpoint: unix:///file-images.sock\n';
  const variables = { CONTAINER_RUNTIME_ENDPOINT: '/env.sock', IMAGE_SERVICE_ENDPOINT: '/env-images.sock' };
  const chosen = (flags: Parameters<typeof chooseEndpoints>[0], env: NodeJS.ProcessEnv): string[] => {
    const { runtime, image, source } = chooseEndpoints(flags, env);
    return [runtime.path, image.path, source];
  };

  test('the flag goes before the environment, and that before the file', () => {
    expect(chosen({ runtimeEndpoint: '/flag.sock', imageEndpoint: '/images.sock' }, crictl(file, variables))).toEqual([
      '/flag.sock',
      '/images.sock',
      '--runtime-endpoint',
    ]);
    expect(chosen({}, crictl(file, variables))).toEqual([
      '/env.sock',
      '/env-images.sock',
      'CONTAINER_RUNTIME_ENDPOINT',
    ]);
    const env = crictl(file);
    expect(chosen({}, env)).toEqual(['/file.sock', '/file-images.sock', env['CRI_CONFIG_FILE']]);
  });

  test('the image endpoint is the one of the runtime where none is named', () => {
    expect(chosen({}, crictl('runtime-endpoint: /file.sock'))[1]).toBe('/file.sock');
    expect(chosen({}, crictl('runtime-endpoint: /file.sock\nimage-endpoint: ""'))[1]).toBe('/file.sock');
    expect(chosen({ imageEndpoint: '/i.sock' }, crictl('runtime-endpoint: /file.sock'))[1]).toBe('/i.sock');
  });

  test('the image endpoint never comes from a less binding place than the runtime: that is another runtime', () => {
    expect(chosen({ runtimeEndpoint: '/flag.sock' }, crictl(file, variables))[1]).toBe('/flag.sock');
    expect(chosen({}, crictl(file, { CONTAINER_RUNTIME_ENDPOINT: '/env.sock' }))[1]).toBe('/env.sock');
  });

  test('a configuration that is broken counts only where it is needed', () => {
    const broken = crictl('runtime-endpoint: [');
    expect(() => chooseEndpoints({}, broken)).toThrow(/cannot read crictl's configuration .*crictl-\d+\.yaml/);
    expect(chosen({ runtimeEndpoint: '/flag.sock' }, broken)[0]).toBe('/flag.sock');
  });

  test('values of another kind and missing files are named', () => {
    expect(() => chooseEndpoints({}, crictl('runtime-endpoint: 5'))).toThrow(/'runtime-endpoint' must be a text/);
    expect(() => chooseEndpoints({}, crictl('- a list'))).toThrow(/crictl-\d+\.yaml: want a mapping/);
    expect(() => chooseEndpoints({}, { CRI_CONFIG_FILE: '/nonexistent/crictl.yaml' })).toThrow(/ENOENT/);
  });

  test('an empty configuration is none', () => {
    const env = crictl('# nothing\n', { CONTAINER_RUNTIME_ENDPOINT: '/env.sock' });
    expect(chosen({}, env)[0]).toBe('/env.sock');
    expect(chosen({}, crictl('runtime-endpoint: ""\n', { CONTAINER_RUNTIME_ENDPOINT: '/env.sock' }))[0]).toBe(
      '/env.sock',
    );
  });
});
