import type { Environment } from './environment.js';
import { namedHandler } from './handlers.js';

/**
 * What must hold for a rule to be able to show, beyond a runtime that answers. Each is decided from facts that were
 * known before the spec observed anything, so that no violation can turn into "not applicable".
 */
const REQUIREMENTS = {
  /** Spec and runtime share files, mounts, processes and networks. */
  'host-access': (env: Environment) =>
    env.settings.hostAccess ? undefined : 'needs access to the host of the runtime',
  /** May mount, and see what belongs to root. */
  root: (env: Environment) => (env.host.root ? undefined : 'needs root on the host of the runtime'),
  /** The runtime pulls from our registry, so images can be made for the spec. */
  registry: (env: Environment) =>
    env.settings.registry === null
      ? 'needs the embedded registry, but images come from a mirror (--images)'
      : undefined,
  /** One registry under two names. */
  'two-registries': (env: Environment) =>
    env.settings.registry?.secondAddress == null ? 'needs the embedded registry under two names' : undefined,
  /** The same machine under another host name than that of the registry: `localhost`. */
  'loopback-registry': (env: Environment) =>
    /^127\.0\.0\.1:/.test(env.settings.registry?.secondAddress ?? '')
      ? undefined
      : 'needs the embedded registry on 127.0.0.1, which has the name localhost as well',
  seccomp: (env: Environment) => (env.host.seccomp ? undefined : 'the kernel has no seccomp'),
  ipv6: (env: Environment) => (env.host.ipv6 ? undefined : 'the host has no IPv6'),
  /** A handler that RunPodSandbox can be asked for by name. */
  'named-handler': (env: Environment) =>
    namedHandler(env) === undefined
      ? 'needs the name of a runtime handler: Status lists none (see --runtime-handler)'
      : undefined,
  'cgroup-v1': (env: Environment) => (env.host.cgroupVersion === 1 ? undefined : 'the host has cgroup v2'),
} satisfies Record<string, (env: Environment) => string | undefined>;

export type Requirement = keyof typeof REQUIREMENTS;

/** Why a spec with these requirements cannot show its rule here; undefined if it can. */
export function unmet(requirements: readonly Requirement[], env: Environment): string | undefined {
  const reasons = requirements.map((name) => REQUIREMENTS[name](env)).filter((reason) => reason !== undefined);
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/**
 * Features a runtime advertises, by the name used in a level `feature:NAME`. A feature that is not listed here is
 * never known beforehand: its specs name the optional RPCs instead.
 */
const FEATURES: Record<string, (env: Environment) => boolean> = {
  RuntimeHandlers: (env) => env.status.runtime_handlers.length > 0,
  SupplementalGroupsPolicy: (env) => env.status.features?.supplemental_groups_policy === true,
  RecursiveReadOnlyMounts: (env) => handlerFeatures(env)?.recursive_read_only_mounts === true,
  UserNamespaces: (env) => handlerFeatures(env)?.user_namespaces === true,
};

function handlerFeatures(env: Environment): { recursive_read_only_mounts: boolean; user_namespaces: boolean } | null {
  return env.status.runtime_handlers.find((handler) => handler.name === env.settings.handler)?.features ?? null;
}

/** Why a spec of this level is unsupported: the runtime does not advertise the feature. */
export function unadvertised(level: string, env: Environment): string | undefined {
  const feature = level.startsWith('feature:') ? level.slice('feature:'.length) : undefined;
  const advertised = feature === undefined ? undefined : FEATURES[feature];
  return advertised === undefined || advertised(env) ? undefined : `the runtime does not advertise ${feature ?? ''}`;
}
