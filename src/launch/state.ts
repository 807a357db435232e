import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './processes.js';

/** Short, for the path of a unix socket is at most 107 bytes long. */
export const BASE_DIRECTORY = '/run/crivet';

/** Set in the environment of the runtime, and inherited by its shims and plugins: tells whose they are. */
export const MARK = 'CRIVET_LAUNCH';

/** Where the pods of a launch live. */
export interface PodNetwork {
  /** Name of the CNI network, the same as the bridge's: unique to the launch. */
  name: string;
  subnet4: string;
  subnet6?: string;
}

/** What take-down needs to know, kept on disk so that it can be done after the harness was killed. */
export interface LaunchState {
  schema: 'crivet.launch/1';
  id: string;
  runtime: string;
  directory: string;
  owner: ProcessIdentity;
  daemon?: ProcessIdentity;
  network: PodNetwork;
  createdAt: string;
}

const stateFile = (directory: string): string => join(directory, 'launch.json');

/** Makes an empty directory of our own below {@link BASE_DIRECTORY}. */
export function claimDirectory(): { id: string; directory: string } {
  const id = randomBytes(4).toString('hex');
  const directory = join(BASE_DIRECTORY, id);
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  return { id, directory };
}

export function writeState(state: LaunchState): void {
  const temporary = `${stateFile(state.directory)}.new`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(temporary, stateFile(state.directory));
}

/** The directories of all launches, whoever owns them. */
export function launchDirectories(): string[] {
  try {
    const entries = readdirSync(BASE_DIRECTORY, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(BASE_DIRECTORY, entry.name));
  } catch {
    return [];
  }
}

/** The state kept in a launch's directory; undefined if there is none that can be read. */
export function readState(directory: string): LaunchState | undefined {
  try {
    const state = JSON.parse(readFileSync(stateFile(directory), 'utf8')) as Partial<LaunchState>;
    return state.schema === 'crivet.launch/1' && state.directory === directory ? (state as LaunchState) : undefined;
  } catch {
    return undefined;
  }
}
