import { tmpdir } from 'node:os';
import type { Endpoint } from '../../src/client/endpoint.js';
import { openEnvironment, type Environment } from '../../src/kit/environment.js';
import type { RunSettings } from '../../src/kit/settings.js';

/** Settings of a run against a runtime, without host access and without a registry unless told otherwise. */
export function runSettings(endpoint: Endpoint, given: Partial<RunSettings> = {}): RunSettings {
  return {
    runId: 'test',
    runtimeEndpoint: endpoint.address,
    imageEndpoint: endpoint.address,
    handler: '',
    hostAccess: false,
    registry: null,
    images: {},
    busybox: null,
    workDirectory: tmpdir(),
    cgroupDriver: 'cgroupfs',
    specTimeoutSeconds: 60,
    streaming: { caFile: null, insecure: false },
    failFast: false,
    ...given,
  };
}

/** The environment of such a run. */
export function environmentOf(endpoint: Endpoint, given: Partial<RunSettings> = {}): Promise<Environment> {
  return openEnvironment(runSettings(endpoint, given));
}
