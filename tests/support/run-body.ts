import { afterEach } from 'vitest';
import type { Spec } from '../../src/kit/define.js';
import { runSpec } from '../../src/kit/execute.js';
import type { SpecRecord } from '../../src/kit/record.js';
import type { RunSettings } from '../../src/kit/settings.js';
import { FakeRuntime, healthy, type Handlers } from './fake-runtime.js';
import { environmentOf } from './settings.js';
import { specOf } from './specs.js';

export let close = (): void => undefined;
/** The runtime of the spec that was run last. */
export let runtime: FakeRuntime;
afterEach(() => close());

/** A runtime with pods: those that were run and not removed are in `pods`. */
export function withPods(given: Handlers = {}): { handlers: Handlers; pods: Map<string, string> } {
  const pods = new Map<string, string>();
  const handlers: Handlers = {
    ...healthy,
    RunPodSandbox: ({ config }) => {
      const id = `pod${pods.size + 1}`;
      pods.set(id, config?.metadata?.uid ?? '');
      return { pod_sandbox_id: id };
    },
    StopPodSandbox: () => ({}),
    RemovePodSandbox: ({ pod_sandbox_id: id }) => {
      pods.delete(id);
      return {};
    },
    ListPodSandbox: () => ({ items: [...pods].map(([id, uid]) => ({ id, metadata: { uid } })) }),
    ...given,
  };
  return { handlers, pods };
}

interface Options {
  settings?: Partial<RunSettings>;
  stop?: AbortSignal;
}

/** Runs a spec with this body against a runtime with these handlers. */
export async function run(
  handlers: Handlers,
  body: Spec['body'],
  given: Partial<Spec> = {},
  { settings = {}, stop = new AbortController().signal }: Options = {},
): Promise<SpecRecord> {
  runtime = await FakeRuntime.start(handlers);
  const env = await environmentOf(runtime.endpoint, settings);
  close = () => {
    env.cri.close();
    runtime.close();
  };
  runtime.arrived.length = 0;
  return runSpec(specOf({ id: 'group/one', body, ...given }), env, stop);
}
