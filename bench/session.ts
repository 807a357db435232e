import { openSession } from '../src/cli/session.js';
import { openEnvironment } from '../src/kit/environment.js';
import { runSpec } from '../src/kit/execute.js';
import type { SpecContext } from '../src/kit/index.js';
import { Scope } from '../src/kit/scope.js';

/**
 * Runs `body` as a spec's body against a private containerd, and takes that down again.
 * @param directory where the runtime's log goes
 * @throws if the body does
 */
export async function withContainerd(directory: string, body: (t: SpecContext) => Promise<void>): Promise<void> {
  const scope = new Scope();
  try {
    const { settings } = await openSession(
      {
        selection: { include: [], exclude: [], levels: [], kubernetes: undefined, parity: false },
        launch: { runtime: 'containerd', binaries: {} },
        runtimeEndpoint: undefined,
        imageEndpoint: undefined,
        handler: '',
        hostAccess: 'auto',
        cgroupDriver: 'auto',
        streaming: { caFile: null, insecure: false },
        concurrency: 1,
        timeoutSeconds: 3600,
        failFast: false,
        seed: 1,
        reportDirectory: directory,
        busybox: null,
        registryListen: undefined,
        registryAdvertise: undefined,
        images: {},
      },
      { scope, signal: new AbortController().signal, say: () => undefined },
    );
    const env = await openEnvironment(settings);
    scope.own('what the run shared', async () => {
      await env.close();
    });
    const described = { id: 'bench/measured', group: 'bench', title: '', since: '1.20', why: '', sources: [] };
    const { reason } = await runSpec({ ...described, level: 'must', body }, env, new AbortController().signal);
    if (reason !== undefined) throw new Error(reason);
  } finally {
    for (const trouble of await scope.close()) console.error(trouble);
  }
}
