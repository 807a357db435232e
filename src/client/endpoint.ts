import { lstatSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { CriConnectError } from './errors.js';

/** Where a CRI service listens. */
export interface Endpoint {
  kind: 'unix' | 'tcp';
  /** As it is shown: `unix:///run/x.sock` or `tcp://host:port`. */
  address: string;
  /** The socket's absolute path, or `host:port`. */
  path: string;
}

/** Where runtimes usually listen, in the order crictl tries them: containerd, CRI-O, cri-dockerd. */
export const WELL_KNOWN_SOCKETS = [
  '/run/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/var/run/cri-dockerd.sock',
];

/**
 * Reads an endpoint as users write them: `unix:///path`, an absolute path, `tcp://host:port`.
 * @throws {CriConnectError} naming what is wrong and the accepted forms
 */
export function parseEndpoint(text: string): Endpoint {
  const refuse = (why: string): never => {
    throw new CriConnectError(
      `endpoint '${text}': ${why}. Use unix:///path/to.sock, /path/to.sock or tcp://host:port.`,
    );
  };
  if (text.startsWith('npipe://'))
    return refuse('named pipes exist on Windows only, and crivet vets runtimes from Linux');
  if (text.startsWith('tcp://')) {
    const path = text.slice('tcp://'.length).replace(/\/$/, '');
    const port = Number(/^(?:\[[0-9a-fA-F:.]+\]|[^:/\s]+):(\d{1,5})$/.exec(path)?.[1] ?? 0);
    if (port < 1 || port > 65535) return refuse('a tcp endpoint needs a host and a port from 1 to 65535');
    return { kind: 'tcp', address: `tcp://${path}`, path };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme !== undefined && scheme !== 'unix') return refuse(`the scheme '${scheme}' is not known`);
  // A path that begins with two slashes would be taken for a host name in the URI that grpc-js is given.
  const path = text.replace(/^unix:(\/\/)?/, '').replace(/^\/+/, '/');
  if (!path.startsWith('/')) return refuse('the path of a unix socket must be absolute');
  // struct sockaddr_un holds 108 bytes, the last one a NUL; beyond that the kernel would cut the name.
  if (Buffer.byteLength(path) > 107) return refuse('the path is longer than the 107 bytes a unix socket can have');
  return { kind: 'unix', address: `unix://${path}`, path };
}

/** The name grpc-js resolves. */
export function grpcTarget(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? `unix:${endpoint.path}` : `dns:${endpoint.path}`;
}

/** What the user said about endpoints, from the most to the least binding. */
export interface EndpointChoice {
  runtimeEndpoint?: string | undefined;
  imageEndpoint?: string | undefined;
}

export interface ChosenEndpoints {
  runtime: Endpoint;
  image: Endpoint;
  /** Where the choice came from, for the user: `--runtime-endpoint`, a file, or `the first socket found`. */
  source: string;
}

/**
 * Decides which endpoints to use: flags, then crictl's environment variables, then crictl's configuration file, then
 * the first well-known socket that exists. The image endpoint comes from the same place or a more binding one, for a
 * less binding one speaks of another runtime; by default it is the runtime's.
 * @throws {CriConnectError} when nothing is given and nothing is found
 */
export function chooseEndpoints(flags: EndpointChoice, env: NodeJS.ProcessEnv = process.env): ChosenEndpoints {
  const file = env['CRI_CONFIG_FILE'] ?? '/etc/crictl.yaml';
  const places: [source: string, read: () => EndpointChoice][] = [
    ['--runtime-endpoint', () => flags],
    [
      'CONTAINER_RUNTIME_ENDPOINT',
      () => ({ runtimeEndpoint: env['CONTAINER_RUNTIME_ENDPOINT'], imageEndpoint: env['IMAGE_SERVICE_ENDPOINT'] }),
    ],
    [file, () => readCrictlConfig(file, env['CRI_CONFIG_FILE'] !== undefined)],
    ['the first well-known socket that exists', () => ({ runtimeEndpoint: WELL_KNOWN_SOCKETS.find(isSocket) })],
  ];
  let image: string | undefined;
  // A place is looked at only if those before it name no runtime: a broken file matters to nobody who does not use it.
  for (const [source, read] of places) {
    const { runtimeEndpoint, imageEndpoint } = read();
    if (image === undefined && imageEndpoint !== '') image = imageEndpoint;
    if (runtimeEndpoint === undefined || runtimeEndpoint === '') continue;
    const runtime = parseEndpoint(runtimeEndpoint);
    return { runtime, image: image === undefined ? runtime : parseEndpoint(image), source };
  }
  throw new CriConnectError(
    `no CRI endpoint: none given, none in ${file}, and none of ${WELL_KNOWN_SOCKETS.join(', ')} exists. ` +
      'Name one with --runtime-endpoint unix:///path/to.sock, or vet a private containerd with --launch containerd.',
  );
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

/** The endpoints of crictl's configuration; an absent default file is no error, an unreadable one is. */
function readCrictlConfig(file: string, named: boolean): EndpointChoice {
  let config: unknown;
  try {
    config = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (!named && (cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CriConnectError(`cannot read crictl's configuration ${file}: ${(cause as Error).message}`, { cause });
  }
  if (config === null) return {};
  if (typeof config !== 'object' || Array.isArray(config)) {
    throw new CriConnectError(
      `${file}: want a mapping such as 'runtime-endpoint: unix:///run/containerd/containerd.sock'`,
    );
  }
  const text = (key: string): string | undefined => {
    const value = (config as Record<string, unknown>)[key];
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    throw new CriConnectError(`${file}: '${key}' must be a text such as unix:///run/containerd/containerd.sock`);
  };
  return { runtimeEndpoint: text('runtime-endpoint'), imageEndpoint: text('image-endpoint') };
}
