import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nonce } from '../../fixtures/configs/identity.js';
import { catalogue } from '../../fixtures/images/catalogue.js';
import { findBusybox } from '../../fixtures/images/busybox.js';
import { RegistryClient } from '../../fixtures/registry/client.js';
import { RegistryServer } from '../../fixtures/registry/server.js';
import { connectCri } from '../client/connect.js';
import { chooseEndpoints, parseEndpoint, type ChosenEndpoints } from '../client/endpoint.js';
import { removeCgroups } from '../kit/cgroups.js';
import type { RuntimeIdentity } from '../kit/record.js';
import { REPOSITORY_PREFIX } from '../kit/image-store.js';
import type { Scope } from '../kit/scope.js';
import type { RegistrySettings, RunSettings } from '../kit/settings.js';
import { launchRuntime } from '../launch/index.js';
import type { RunRequest } from './run-request.js';
import { makeWorkDirectory, removeWorkDirectory } from './work-directory.js';

/** A runtime that answers, and everything a run needs beside it. */
export interface Session {
  identity: RuntimeIdentity;
  settings: RunSettings;
}

export interface SessionSurroundings {
  /** Takes down whatever the session brought up. */
  scope: Scope;
  signal: AbortSignal;
  /** Tells the user something worth knowing. */
  say: (text: string) => void;
}

/**
 * Brings up what a run needs, in order: the registry, the private runtime if one is wanted, the connection, the
 * directory for the specs' files. Whatever is up is owned by the scope at once, so a failure half-way leaves nothing.
 */
export async function openSession(request: RunRequest, around: SessionSurroundings): Promise<Session> {
  const runId = nonce();
  const { scope, say } = around;
  // Made before the runtime, so removed after it, which makes what is missing of a log's path.
  const workDirectory = makeWorkDirectory(runId);
  scope.own(`directory ${workDirectory}`, () => {
    removeWorkDirectory(workDirectory);
    return Promise.resolve();
  });
  // Owned before the runtime, so removed after it: until then pods may use them, also those of a worker that crashed.
  if (request.launch !== null) scope.own('cgroups of the run', () => removeRunCgroups(runId));
  const registry = Object.keys(request.images).length > 0 ? null : await startRegistry(request, scope);
  const endpoints = await chooseRuntime(request, registry, around);
  say(`endpoint ${endpoints.runtime.address} (${endpoints.source})`);
  const { cri, version } = await connectCri(endpoints.runtime, endpoints.image, { signal: around.signal });
  cri.close();
  return {
    identity: {
      name: version.runtime_name,
      version: version.runtime_version,
      apiVersion: version.runtime_api_version,
      runtimeEndpoint: endpoints.runtime.address,
      imageEndpoint: endpoints.image.address,
      handler: request.handler,
    },
    settings: {
      runId,
      runtimeEndpoint: endpoints.runtime.address,
      imageEndpoint: endpoints.image.address,
      handler: request.handler,
      hostAccess: request.hostAccess === 'auto' ? endpoints.runtime.kind === 'unix' : request.hostAccess === 'yes',
      registry,
      images: request.images,
      busybox: request.busybox,
      workDirectory,
      cgroupDriver: request.cgroupDriver,
      specTimeoutSeconds: request.timeoutSeconds,
      streaming: request.streaming,
      failFast: request.failFast,
    },
  };
}

/** A private runtime's pods have their cgroups here, whatever the specs are told about the host. */
function removeRunCgroups(runId: string): Promise<void> {
  const trouble = removeCgroups(`crivet-${runId}`);
  return trouble.length === 0 ? Promise.resolve() : Promise.reject(new Error(trouble.join('; ')));
}

async function startRegistry(request: RunRequest, scope: Scope): Promise<RegistrySettings> {
  // Without busybox nothing can be served: better to hear of it now than from every spec.
  await findBusybox(request.busybox ?? undefined);
  const token = randomBytes(24).toString('hex');
  const server = await RegistryServer.start({
    pushToken: token,
    ...(request.registryListen ? { listen: request.registryListen } : {}),
    ...(request.registryAdvertise !== undefined ? { advertise: request.registryAdvertise } : {}),
  });
  scope.own('the embedded registry', () => server.close());
  return { url: server.url, token, address: server.address, secondAddress: server.secondAddress };
}

async function chooseRuntime(
  request: RunRequest,
  registry: RegistrySettings | null,
  { scope, signal, say }: SessionSurroundings,
): Promise<ChosenEndpoints> {
  if (request.launch === null || registry === null) return chooseEndpoints(request);
  const { runtime, binaries } = request.launch;
  await mkdir(request.reportDirectory, { recursive: true });
  const launched = await launchRuntime({
    runtime,
    binaries,
    sandboxImage: await publishSandboxImage(registry, request.busybox),
    registries: [registry.address, ...(registry.secondAddress === null ? [] : [registry.secondAddress])],
    logFile: join(request.reportDirectory, `${runtime}.log`),
    signal,
  });
  scope.own(`the private ${runtime}`, () => launched.stop());
  for (const note of launched.notes) say(`${runtime}: ${note}`);
  const endpoint = parseEndpoint(launched.endpoint);
  return { runtime: endpoint, image: endpoint, source: `a private ${runtime} ${launched.version}` };
}

/** The pause image of a private runtime comes from our registry, too. */
async function publishSandboxImage(registry: RegistrySettings, busybox: string | null): Promise<string> {
  const repository = `${REPOSITORY_PREFIX}/sandbox`;
  const image = catalogue.sandbox(await findBusybox(busybox ?? undefined));
  await new RegistryClient(registry).push(image, repository, ['1']);
  return `${registry.address}/${repository}:1`;
}
