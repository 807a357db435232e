import { dirname, join } from 'node:path';
import { findProgram, isProgram, requireAll } from '../prerequisites.js';
import { LaunchError, type LaunchRequest } from '../types.js';

/** The programs that a containerd launch uses, as absolute paths. */
export interface Programs {
  containerd: string;
  runc: string;
  shim: string;
  /** Directory of the CNI plugins. */
  cni: string;
}

const SHIM = 'containerd-shim-runc-v2';
const CNI_DIRECTORIES = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const CNI_PLUGINS = ['bridge', 'host-local', 'loopback'];

/**
 * Finds the programs: those named in the request, else those on the PATH.
 * @throws {LaunchError} if a named one is not there, or naming all missing ones with the packages that bring them
 */
export function findPrograms(request: LaunchRequest): Programs {
  const named = request.binaries ?? {};
  for (const [name, path] of Object.entries(named)) {
    if (![SHIM, 'containerd', 'runc', 'cni'].includes(name)) {
      throw new LaunchError(`containerd is launched with containerd, runc, ${SHIM} and cni: '${name}' is none of them`);
    }
    if (name !== 'cni' && !isProgram(path)) throw new LaunchError(`${name}: ${path} is not an executable file`);
  }
  const containerd = named['containerd'] ?? findProgram('containerd');
  const runc = named['runc'] ?? findProgram('runc');
  // A containerd from elsewhere comes with its own shim beside it.
  const beside = containerd === undefined ? undefined : join(dirname(containerd), SHIM);
  const shim = named[SHIM] ?? (beside !== undefined && isProgram(beside) ? beside : findProgram(SHIM));
  const cni = named['cni'] ?? CNI_DIRECTORIES.find((directory) => isProgram(join(directory, 'bridge')));
  requireAll('containerd', [
    { name: 'containerd', package: 'containerd', path: containerd },
    { name: SHIM, package: 'containerd', path: shim },
    { name: 'runc', package: 'runc', path: runc },
    { name: 'ip', package: 'iproute2', path: findProgram('ip') },
    { name: 'mount', package: 'mount', path: findProgram('mount') },
    ...CNI_PLUGINS.map((plugin) => ({
      name: `the CNI plugin ${plugin}`,
      package: 'containernetworking-plugins',
      path: cni !== undefined && isProgram(join(cni, plugin)) ? cni : undefined,
    })),
  ]);
  return { containerd, runc, shim, cni } as Programs;
}

export function hasPortmap(programs: Programs): boolean {
  return isProgram(join(programs.cni, 'portmap'));
}
