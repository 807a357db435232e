import { statSync, type Stats } from 'node:fs';
import pRetry, { AbortError } from 'p-retry';
import { openCri, type Cri } from './cri.js';
import type { Endpoint } from './endpoint.js';
import { codeOf, CriConnectError } from './errors.js';
import type { VersionResponse } from './generated/types.js';

export interface ConnectOptions {
  /** How long to go on trying, in ms. */
  withinMs?: number;
  signal?: AbortSignal;
}

/**
 * Connects the way the kubelet does: `Version` must answer on the runtime endpoint, `ImageFsInfo` or at least an
 * answer of any kind on the image endpoint. Retries while the runtime starts (refused, unavailable), no longer.
 * @throws {CriConnectError} naming the cause and the next step; the signal's reason when it is aborted
 */
export async function connectCri(
  runtime: Endpoint,
  image: Endpoint,
  options: ConnectOptions = {},
): Promise<{ cri: Cri; version: VersionResponse }> {
  for (const endpoint of [runtime, image]) checkSocket(endpoint);
  const cri = openCri(runtime, image);
  const withinMs = options.withinMs ?? 10_000;
  const perTry = { timeoutMs: Math.min(5_000, withinMs), ...(options.signal ? { signal: options.signal } : {}) };
  try {
    const version = await retrying(() => cri.runtime.Version({ version: '0.1.0' }, perTry), withinMs, options.signal);
    await retrying(() => cri.image.ListImages({}, perTry), withinMs, options.signal);
    return { cri, version };
  } catch (cause) {
    cri.close();
    options.signal?.throwIfAborted();
    throw explain(runtime, image, cause as Error);
  }
}

function retrying<T>(call: () => Promise<T>, withinMs: number, signal?: AbortSignal): Promise<T> {
  const attempt = async (): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw codeOf(error) === 'UNAVAILABLE' ? error : new AbortError(error as Error);
    }
  };
  const timing = { retries: 50, minTimeout: 50, maxTimeout: 500, factor: 1.5, maxRetryTime: withinMs };
  return pRetry(attempt, { ...timing, ...(signal ? { signal } : {}) });
}

function checkSocket(endpoint: Endpoint): void {
  if (endpoint.kind !== 'unix') return;
  const found = look(endpoint.path);
  if (found === undefined) {
    const next = 'Is the runtime running, and is this its CRI socket?';
    throw new CriConnectError(`no socket at ${endpoint.path}. ${next}`);
  }
  if (!found.isSocket()) {
    throw new CriConnectError(`${endpoint.path} is not a socket. Name the runtime's CRI socket instead.`);
  }
}

/** What is there, links followed; undefined for nothing, which a link to nothing is too. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new CriConnectError(
      `cannot look at ${path}: ${(cause as Error).message}. Check the path and its permissions.`,
      { cause },
    );
  }
}

function explain(runtime: Endpoint, image: Endpoint, cause: Error): CriConnectError {
  const where = runtime.address === image.address ? runtime.address : `${runtime.address} and ${image.address}`;
  const hint: Partial<Record<string, string>> = {
    UNAVAILABLE: 'Nobody accepts connections there: start the runtime, or check the permissions of its socket.',
    DEADLINE_EXCEEDED: 'Something listens but does not answer: is it the CRI socket, and is the runtime healthy?',
    UNIMPLEMENTED:
      'It speaks gRPC but does not serve the CRI v1: check that the CRI plugin is enabled, or its version.',
  };
  const code = codeOf(cause) ?? '';
  const next = hint[code] ?? 'Check that this is the CRI socket of a runtime that serves runtime.v1.';
  return new CriConnectError(`cannot talk to a CRI runtime at ${where}: ${cause.message}. ${next}`, { cause });
}
