import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process beyond doubt: a pid alone may have been given to another process since. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to the start of the process: field 22 of /proc/PID/stat. */
  startTime: string;
}

export interface ProcessInfo extends ProcessIdentity {
  parent: number;
}

/** Reads /proc/PID/stat; undefined if the process is gone or a zombie, which holds nothing any more. */
export function inspect(pid: number): ProcessInfo | undefined {
  const stat = readProc(pid, 'stat');
  // The command name stands in parentheses and may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, startTime] = [fields[0], fields[1], fields[19]];
  if (state === undefined || parent === undefined || startTime === undefined) return undefined;
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, parent: Number(parent), startTime };
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const own = inspect(process.pid);
  if (own === undefined) throw new Error('/proc is not readable: is it mounted?');
  return { pid: own.pid, startTime: own.startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return inspect(identity.pid)?.startTime === identity.startTime;
}

/** Every live process that can be seen. */
export function listProcesses(): ProcessInfo[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => inspect(Number(pid))).filter((found) => found !== undefined);
}

/** A file below /proc/PID, empty when the process is gone or keeps it to itself. */
export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal unless the pid belongs to another process by now. */
export function sendSignal(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until a process is gone; false if it outlived `withinMs`. */
export async function waitGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (isAlive(identity)) {
    if (performance.now() > until) return false;
    await sleep(10);
  }
  return true;
}

/** Ends one process: SIGTERM, `graceMs` to comply, then SIGKILL. False if it survived even that. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<boolean> {
  sendSignal(identity, 'SIGTERM');
  if (await waitGone(identity, graceMs)) return true;
  sendSignal(identity, 'SIGKILL');
  return waitGone(identity, 2_000);
}

/** Adds the descendants of the processes that `belongs` picks. */
export function withDescendants(all: ProcessInfo[], belongs: (process: ProcessInfo) => boolean): ProcessInfo[] {
  const chosen = new Map(all.filter(belongs).map((process) => [process.pid, process]));
  for (let grown = true; grown;) {
    grown = false;
    for (const process of all) {
      if (chosen.has(process.pid) || !chosen.has(process.parent)) continue;
      chosen.set(process.pid, process);
      grown = true;
    }
  }
  return [...chosen.values()];
}

/**
 * Kills what `find` returns until it returns nothing: a process may fork between the look and the kill.
 * @returns the survivors
 */
export async function killAll(find: () => ProcessInfo[], withinMs: number): Promise<ProcessInfo[]> {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = find();
    if (found.length === 0 || performance.now() > until) return found;
    for (const process of found) sendSignal(process, 'SIGKILL');
    await sleep(10);
  }
}
