import { existsSync, rmSync, statSync } from 'node:fs';
import { listCgroups, passesThrough, removeCgroups, removeEmpty, thaw } from './cgroups.js';
import type { Traces } from './driver.js';
import { driverOf } from './drivers.js';
import { readHostBefore, restoreHost } from './host.js';
import { removeRules } from './iptables.js';
import { withLock } from './lock.js';
import { listMounts, mountsBelow, unmountBelow } from './mounts.js';
import { removeBridge, removeCniCache } from './network.js';
import { endProcess, killAll, listProcesses, readProc, withDescendants, type ProcessInfo } from './processes.js';
import { BASE_DIRECTORY, launchDirectories, MARK, type LaunchState } from './state.js';

/** How long a runtime may take to end by itself. It has nothing to save: everything it owns is removed next. */
const GRACE_MS = 1_000;

/**
 * Takes a launch down from its state alone, whatever is left of it: the runtime may be up, hung or dead, and the
 * process that launched it gone.
 * @returns what could not be removed, one line each; empty when the host is as it was
 */
export async function takeDown(state: LaunchState): Promise<string[]> {
  const { name } = state.network;
  const traces: Traces = { ids: [], files: [] };
  const steps: (() => Promise<string[]>)[] = [
    // First of all the runtime, for it would act on what happens to its pods.
    () => endDaemon(state),
    () => Promise.resolve(readTraces(state, traces)),
    () => endPods(state, traces),
    async () => (await unmountBelow(state.directory)).map((path) => `${path} cannot be unmounted`),
    () => removeBridge(name),
    () => removePodCgroups(traces),
    () => Promise.resolve(removeFiles(state, traces)),
    () => withLock(() => leave(state)),
  ];
  const trouble: string[] = [];
  // What one step cannot do must not keep the others from their part.
  for (const step of steps) {
    trouble.push(...(await step().catch((error: unknown) => [error instanceof Error ? error.message : String(error)])));
  }
  return trouble;
}

async function endDaemon({ runtime, daemon }: LaunchState): Promise<string[]> {
  if (daemon === undefined || (await endProcess(daemon, GRACE_MS))) return [];
  return [`${runtime} (process ${daemon.pid}) survived SIGKILL`];
}

function readTraces(state: LaunchState, traces: Traces): string[] {
  const driver = driverOf(state.runtime);
  if (driver === undefined)
    return [`${state.directory} belongs to '${state.runtime}', which this crivet does not know`];
  Object.assign(traces, driver.traces(state.directory));
  return [];
}

function removeFiles(state: LaunchState, traces: Traces): string[] {
  for (const file of traces.files) rmSync(file, { force: true });
  removeCniCache(state.network.name, state.directory);
  return [];
}

/** Removes the launch's directory, and with the last one what all launches shared. */
async function leave(state: LaunchState): Promise<string[]> {
  const last = launchDirectories().every((directory) => directory === state.directory);
  const before = last ? readHostBefore() : undefined;
  const trouble = await removeRules(state.network.name, before?.nat);
  trouble.push(...removeDirectory(state.directory));
  if (before !== undefined && !existsSync(state.directory)) await restoreHost(before);
  removeEmpty(BASE_DIRECTORY);
  return trouble;
}

/** Removes a directory, unless something is mounted there: its files would not be ours. */
export function removeDirectory(directory: string): string[] {
  if (mountsBelow(directory).length > 0) return [`${directory} was kept, for something is still mounted below it`];
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
    return [];
  } catch (error) {
    return [`${directory}: ${(error as Error).message}`];
  }
}

/** Kills shims, plugins and the processes of containers, those included whose shim is dead already. */
async function endPods(state: LaunchState, traces: Traces): Promise<string[]> {
  const ids = new Set(traces.ids);
  thaw(listCgroups().filter((path) => passesThrough(path, ids)));
  const namespaces = networkNamespaces(state.directory);
  const survivors = await killAll(() => findProcesses(state, ids, namespaces), 3_000);
  return survivors.map(({ pid }) => `process ${pid} survived SIGKILL`);
}

function findProcesses(state: LaunchState, ids: ReadonlySet<string>, namespaces: ReadonlySet<number>): ProcessInfo[] {
  const mark = `${MARK}=${state.id}`;
  return withDescendants(listProcesses(), ({ pid }) => {
    if (pid === process.pid) return false;
    if (readProc(pid, 'environ').split('\0').includes(mark)) return true;
    const cgroups = readProc(pid, 'cgroup').split('\n');
    if (cgroups.some((line) => passesThrough(`/${line.slice(line.indexOf('/') + 1)}`, ids))) return true;
    return namespaces.size > 0 && namespaces.has(inode(`/proc/${pid}/ns/net`));
  });
}

/** Inodes of the network namespaces that are mounted below a directory. */
function networkNamespaces(directory: string): Set<number> {
  const mounts = listMounts().filter((mount) => mount.fsType === 'nsfs');
  return new Set(
    mountsBelow(directory, mounts)
      .map(inode)
      .filter((found) => found !== 0),
  );
}

/** 0 if there is no such file, or if it may not be looked at. */
function inode(path: string): number {
  try {
    return statSync(path).ino;
  } catch {
    return 0;
  }
}

async function removePodCgroups(traces: Traces): Promise<string[]> {
  const ids = new Set(traces.ids);
  const left = await removeCgroups((path) => passesThrough(path, ids));
  return left.map((path) => `cgroup ${path} is still in use`);
}
