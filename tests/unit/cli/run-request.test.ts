import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/exit.js';
import { runRequest, type RunArguments } from '../../../src/cli/run-request.js';

/** Arguments as yargs hands them over where the user gave nothing else. */
function args(given: Partial<RunArguments> = {}): RunArguments {
  return {
    _: ['run'],
    $0: 'crivet',
    patterns: [],
    runtimeEndpoint: undefined,
    imageEndpoint: undefined,
    runtimeHandler: '',
    launch: undefined,
    binary: [],
    hostAccess: 'auto',
    cgroupDriver: 'auto',
    streamingCa: undefined,
    streamingInsecure: false,
    spec: [],
    skip: [],
    level: [],
    kubernetes: undefined,
    concurrency: 6,
    timeout: 60,
    failFast: false,
    seed: undefined,
    reportDir: 'reports',
    busybox: undefined,
    registryListen: undefined,
    registryAdvertise: undefined,
    images: undefined,
    ...given,
  } as RunArguments;
}

test('patterns and --spec select together', () => {
  const { selection } = runRequest(args({ patterns: ['a'], spec: ['b'], skip: ['c'], level: ['must'] }));
  expect(selection).toEqual({ include: ['a', 'b'], exclude: ['c'], levels: ['must'], kubernetes: undefined });
});

test('without a seed each run has one of its own', () => {
  const seeds = Array.from({ length: 20 }, () => runRequest(args()).seed);
  expect(new Set(seeds).size).toBeGreaterThan(15);
  for (const seed of seeds) expect(Number.isInteger(seed)).toBe(true);
  expect(runRequest(args({ seed: 0 })).seed).toBe(0);
});

test('paths are absolute, for nothing else may depend on where the user stands', () => {
  expect(runRequest(args({ reportDir: 'x' })).reportDirectory).toBe(`${process.cwd()}/x`);
  expect(runRequest(args({ busybox: 'package.json' })).busybox).toBe(`${process.cwd()}/package.json`);
});

describe('refused before anything is started', () => {
  test.each<[string, Partial<RunArguments>, RegExp]>([
    ['launch and an endpoint', { launch: 'containerd', runtimeEndpoint: '/x' }, /leave out --runtime-endpoint/],
    ['launch and an image endpoint', { launch: 'containerd', imageEndpoint: '/x' }, /leave out --image-endpoint/],
    ['launch and images', { launch: 'containerd', images: '/x' }, /leave out --images/],
    ['binaries without launch', { binary: ['runc=/x'] }, /needs --launch/],
    ['images and a registry', { images: '/x', registryListen: 'a:1' }, /leave out --registry-listen/],
    ['images and an advertised registry', { images: '/x', registryAdvertise: 'a:1' }, /and --registry-advertise/],
    ['an unknown runtime', { launch: 'contained' }, /no launcher for that runtime\. Nearest: containerd/],
    ['a malformed binary', { launch: 'containerd', binary: ['runc'] }, /want name=\/absolute\/path/],
    ['a malformed listen address', { registryListen: 'nonsense' }, /--registry-listen 'nonsense'/],
    ['a malformed advertised address', { registryAdvertise: 'nonsense' }, /--registry-advertise 'nonsense'/],
    ['no concurrency', { concurrency: 0 }, /--concurrency/],
    ['a timeout that is no number', { timeout: NaN }, /--timeout: want a whole number from 1 to 3600/],
    ['a broken seed', { seed: 1.5 }, /--seed/],
    ['a negative seed', { seed: -1 }, /--seed/],
    ['a release that is none', { kubernetes: 'latest' }, /--kubernetes 'latest'/],
    ['a missing busybox', { busybox: '/nonexistent/busybox' }, /--busybox .*no such file/],
    ['a missing CA', { streamingCa: '/nonexistent/ca.pem' }, /--streaming-ca .*no such file/],
    ['a missing image map', { images: '/nonexistent/images.yaml' }, /--images .*ENOENT/],
    ['a malformed endpoint', { runtimeEndpoint: 'http://x' }, /endpoint 'http:\/\/x'/],
    ['a malformed image endpoint', { imageEndpoint: 'npipe://x' }, /endpoint 'npipe:\/\/x'/],
  ])('%s', (_what, given, why) => {
    expect(() => runRequest(args(given))).toThrow(UsageError);
    expect(() => runRequest(args(given))).toThrow(why);
  });
});
