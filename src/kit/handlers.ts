import type { Environment } from './environment.js';

/** Handlers that start ordinary Linux containers; of several listed ones these need nothing special of the host. */
const ORDINARY = ['runc', 'crun', 'youki'];

/**
 * A runtime handler that has a name: the one that is vetted, else the runtime's default by its real name, else one that
 * Status lists. Undefined if none is known: before Kubernetes 1.30 no answer names the handlers, except containerd's
 * verbose Status.
 */
export function namedHandler(env: Pick<Environment, 'settings' | 'status'>): string | undefined {
  if (env.settings.handler !== '') return env.settings.handler;
  const byDefault = containerdDefault(env.status.info['config']);
  if (byDefault !== undefined) return byDefault;
  const listed = env.status.runtime_handlers.map(({ name }) => name).filter((name) => name !== '');
  return ORDINARY.find((name) => listed.includes(name)) ?? listed[0];
}

/** The default runtime's name in the configuration that containerd shows, which is JSON; CRI-O's is not. */
function containerdDefault(config: string | undefined): string | undefined {
  const match = /"defaultRuntimeName"\s*:\s*"([^"]+)"/.exec(config ?? '');
  return match?.[1];
}
