import { expect, test } from 'vitest';
import { namedHandler } from '../../../src/kit/handlers.js';
import { runSettings } from '../../support/settings.js';
import type { StatusResponse } from '../../../src/client/generated/types.js';

const endpoint = { kind: 'unix', address: 'unix:///nowhere' } as unknown as Parameters<typeof runSettings>[0];

function handlerOf(handler: string, listed: string[], config?: string): string | undefined {
  const status: StatusResponse = {
    status: null,
    features: null,
    runtime_handlers: listed.map((name) => ({ name, features: null })),
    info: config === undefined ? {} : { config },
  };
  return namedHandler({ settings: runSettings(endpoint, { handler }), status });
}

const containerd = '{"containerd":{"defaultRuntimeName":"runc","runtimes":{"kata":{},"runc":{}}}}';
const crio = '[crio.runtime]\ndefault_runtime = "crun"';

test.each([
  ['the handler that is vetted comes first', 'kata', ['', 'runc'], containerd, 'kata'],
  ['then the default that containerd names', '', ['', 'crun'], containerd, 'runc'],
  ['then an ordinary one of those listed', '', ['', 'kata', 'crun'], crio, 'crun'],
  ['then the first that has a name', '', ['', 'kata', 'gvisor'], undefined, 'kata'],
  ['and none if none has a name', '', [''], undefined, undefined],
])('%s', (_, handler, listed, config, expected) => {
  expect(handlerOf(handler, listed, config)).toBe(expected);
});
