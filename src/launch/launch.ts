import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RuntimeDriver, StartPlan } from './driver.js';
import { driverOf, launchableRuntimes } from './drivers.js';
import { noPodIpv6, unusableNat } from './features.js';
import { recordHost } from './host.js';
import { withLock } from './lock.js';
import { inspect, ownIdentity } from './processes.js';
import { waitReady } from './ready.js';
import { claimDirectory, launchDirectories, MARK, readState, writeState, type LaunchState } from './state.js';
import { chooseSubnet4, chooseSubnet6, readHostNetwork, usedPrefixes } from './subnets.js';
import { takeDown } from './takedown.js';
import { LaunchError, type LaunchedRuntime, type LaunchRequest } from './types.js';

const READY_WITHIN_MS = 30_000;

/**
 * Starts a private runtime that shares nothing with the host's: own directory, sockets, network and names. Resolves
 * when it is ready for pods. Whatever goes wrong, nothing is left behind.
 * @throws {LaunchError} naming what is missing or why the runtime did not come up
 */
export async function launchRuntime(request: LaunchRequest): Promise<LaunchedRuntime> {
  const driver = driverOf(request.runtime);
  if (driver === undefined) {
    throw new LaunchError(`cannot launch '${request.runtime}': choose one of ${launchableRuntimes().join(', ')}`);
  }
  if (process.geteuid?.() !== 0) {
    throw new LaunchError(`launching ${driver.name} needs root (mounts, network namespaces, cgroups): use sudo`);
  }
  request.signal?.throwIfAborted();
  driver.preflight(request);
  const { state, notes } = await withLock(() => claim(driver));
  try {
    return await bringUp(driver, request, state, notes);
  } catch (error) {
    const trouble = await takeDown(state);
    if (trouble.length > 0 && error instanceof Error) error.message += `\nLeft behind: ${trouble.join('; ')}`;
    throw error;
  }
}

/** Makes the launch's directory and draws its network; afterwards others see both. */
async function claim(driver: RuntimeDriver): Promise<{ state: LaunchState; notes: string[] }> {
  await recordHost();
  const host = await readHostNetwork();
  const others = launchDirectories().flatMap((directory) => readState(directory)?.network.subnet4 ?? []);
  const subnet4 = chooseSubnet4([...usedPrefixes(host), ...others]);
  const noIpv6 =
    noPodIpv6(host) ?? ((await unusableNat(true)).includes('ip6tables') ? 'ip6tables is unusable' : undefined);
  const { id, directory } = claimDirectory();
  const state: LaunchState = {
    schema: 'crivet.launch/1',
    id,
    runtime: driver.name,
    directory,
    owner: ownIdentity(),
    network: { name: `crv${id}`, subnet4, ...(noIpv6 === undefined ? { subnet6: chooseSubnet6() } : {}) },
    createdAt: new Date().toISOString(),
  };
  writeState(state);
  return { state, notes: noIpv6 === undefined ? [] : [`Pods get no IPv6 addresses: ${noIpv6}.`] };
}

type Exit = { code: number | null; signal: string | null };

async function bringUp(
  driver: RuntimeDriver,
  request: LaunchRequest,
  state: LaunchState,
  notes: string[],
): Promise<LaunchedRuntime> {
  const plan = await driver.prepare({ request, directory: state.directory, network: state.network });
  const child = await start(plan, state, request.logFile);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const endpoint = `unix://${plan.socket}`;
  const gone = new AbortController();
  void exited.then((exit) => {
    gone.abort(new LaunchError(describeExit(driver, exit, request.logFile)));
  });
  // Not AbortSignal.any: in Node 20 its signals may be collected as garbage before they fire.
  const cancel = (): void => gone.abort(request.signal?.reason);
  request.signal?.addEventListener('abort', cancel, { once: true });
  if (request.signal?.aborted === true) cancel();
  const version = await waitReady(endpoint, READY_WITHIN_MS, gone.signal);
  request.signal?.removeEventListener('abort', cancel);
  let stopped: Promise<void> | undefined;
  return {
    runtime: driver.name,
    version,
    endpoint,
    pid: state.daemon?.pid ?? 0,
    directory: state.directory,
    notes: [...plan.notes, ...notes],
    exited,
    stop: () => (stopped ??= stop(state)),
  };
}

/** Starts the runtime in a process group of its own, out of reach of the terminal's Ctrl-C. */
async function start(plan: StartPlan, state: LaunchState, logFile: string): Promise<ChildProcess> {
  const log = openLog(logFile);
  try {
    const env = { ...plan.env, [MARK]: state.id };
    const child = spawn(plan.command, plan.args, { detached: true, cwd: '/', env, stdio: ['ignore', log, log] });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        reject(new LaunchError(`cannot start ${plan.command}: ${error.message}`, { cause: error }));
      });
    });
    const daemon = child.pid === undefined ? undefined : inspect(child.pid);
    if (daemon !== undefined) {
      state.daemon = { pid: daemon.pid, startTime: daemon.startTime };
      writeState(state);
    }
    return child;
  } finally {
    closeSync(log);
  }
}

function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'a');
  } catch (cause) {
    const next = 'Choose a directory that can be written';
    throw new LaunchError(`cannot write the runtime's log: ${(cause as Error).message}. ${next}`, { cause });
  }
}

async function stop(state: LaunchState): Promise<void> {
  const trouble = await takeDown(state);
  if (trouble.length === 0) return;
  throw new LaunchError(`${state.runtime} could not be taken down wholly: ${trouble.join('; ')}. Try 'crivet cleanup'`);
}

function describeExit(driver: RuntimeDriver, exit: Exit, logFile: string): string {
  const log = lastLines(logFile, 200);
  const how = exit.signal === null ? `with code ${String(exit.code)}` : `by ${exit.signal}`;
  const advice = driver.advise(log.join('\n'));
  const cause = advice === undefined ? '' : ` ${advice}`;
  const words = log.length === 0 ? `It left no log in ${logFile}.` : `Its last words (${logFile}):`;
  return [`${driver.name} ended ${how} before it was ready.${cause}`, words, ...log.slice(-8)].join('\n');
}

function lastLines(file: string, count: number): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => line !== '').slice(-count);
  } catch {
    return [];
  }
}
