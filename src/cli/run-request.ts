import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import { parseEndpoint } from '../client/endpoint.js';
import { launchableRuntimes } from '../launch/index.js';
import { nearest, type Selection } from '../runner/select.js';
import { binaries, kubernetesRelease, parseHostPort, readImageMap, wholeNumber } from './checks.js';
import { UsageError } from './exit.js';
import type { connectionOptions, runOptions } from './options.js';

type Given = InferredOptionTypes<typeof connectionOptions> & InferredOptionTypes<typeof runOptions>;

export type RunArguments = ArgumentsCamelCase<Given & { patterns: string[] }>;

/** `crivet run`'s arguments, checked. */
export interface RunRequest {
  selection: Selection;
  launch: { runtime: string; binaries: Record<string, string> } | null;
  runtimeEndpoint: string | undefined;
  imageEndpoint: string | undefined;
  handler: string;
  hostAccess: 'auto' | 'yes' | 'no';
  cgroupDriver: 'auto' | 'cgroupfs' | 'systemd';
  streaming: { caFile: string | null; insecure: boolean };
  concurrency: number;
  timeoutSeconds: number;
  failFast: boolean;
  seed: number;
  reportDirectory: string;
  busybox: string | null;
  registryListen: { host: string; port: number } | undefined;
  registryAdvertise: string | undefined;
  /** Empty unless `--images` was given; then nothing is served. */
  images: Record<string, string>;
}

/**
 * Checks everything that can be checked before anything is started.
 * @throws {UsageError} naming the option, what is wrong with it and what it takes
 */
export function runRequest(args: RunArguments): RunRequest {
  refuseCombinations(args);
  if (args.registryListen !== undefined) parseHostPort('registry-listen', args.registryListen);
  if (args.registryAdvertise !== undefined) parseHostPort('registry-advertise', args.registryAdvertise);
  const caFile = args.streamingCa === undefined ? null : existing('streaming-ca', args.streamingCa);
  return {
    selection: {
      include: [...args.patterns, ...args.spec],
      exclude: args.skip,
      levels: args.level,
      kubernetes: kubernetesRelease(args.kubernetes),
      parity: args.parity,
      slow: args.slow,
    },
    launch: args.launch === undefined ? null : { runtime: launchable(args.launch), binaries: binaries(args.binary) },
    runtimeEndpoint: endpoint(args.runtimeEndpoint),
    imageEndpoint: endpoint(args.imageEndpoint),
    handler: args.runtimeHandler,
    hostAccess: args.hostAccess,
    cgroupDriver: args.cgroupDriver,
    streaming: { caFile, insecure: args.streamingInsecure },
    concurrency: wholeNumber('concurrency', args.concurrency, 1, 256),
    timeoutSeconds: wholeNumber('timeout', args.timeout, 1, 3600),
    failFast: args.failFast,
    seed:
      args.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('seed', args.seed, 0, 2 ** 32 - 1),
    reportDirectory: resolve(args.reportDir),
    busybox: args.busybox === undefined ? null : existing('busybox', args.busybox),
    registryListen:
      args.registryListen === undefined ? undefined : parseHostPort('registry-listen', args.registryListen),
    registryAdvertise: args.registryAdvertise,
    images: readImageMap(args.images),
  };
}

function refuseCombinations(args: RunArguments): void {
  const excluded: [boolean, string][] = [
    [
      args.launch !== undefined && args.runtimeEndpoint !== undefined,
      '--launch brings its own endpoint: leave out --runtime-endpoint',
    ],
    [
      args.launch !== undefined && args.imageEndpoint !== undefined,
      '--launch brings its own endpoint: leave out --image-endpoint',
    ],
    [
      args.launch === undefined && args.binary.length > 0,
      '--binary names programs of a private runtime: it needs --launch',
    ],
    [
      args.launch !== undefined && args.images !== undefined,
      '--launch pulls from the embedded registry: leave out --images',
    ],
    [
      args.images !== undefined && (args.registryListen !== undefined || args.registryAdvertise !== undefined),
      '--images replaces the embedded registry: leave out --registry-listen and --registry-advertise',
    ],
  ];
  for (const [given, message] of excluded) if (given) throw new UsageError(message);
}

function launchable(name: string): string {
  const names = launchableRuntimes();
  if (names.includes(name)) return name;
  throw new UsageError(`--launch '${name}': no launcher for that runtime. ${nearest(name, names)}`);
}

/** As the user wrote it; what it stands for is decided later, together with the environment's. */
function endpoint(text: string | undefined): string | undefined {
  try {
    if (text !== undefined && text !== '') parseEndpoint(text);
    return text;
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function existing(option: string, path: string): string {
  if (existsSync(path)) return resolve(path);
  throw new UsageError(`--${option} ${path}: no such file`);
}
