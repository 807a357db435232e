import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { searchPath } from './run-command.js';
import { LaunchError } from './types.js';

/** A program that must be there, and the Debian or Ubuntu package that brings it. */
export interface Prerequisite {
  name: string;
  package: string;
  /** Where it is; undefined if it is missing. */
  path: string | undefined;
}

/** Finds a program as the shell would, the administrator's directories included. */
export function findProgram(name: string): string | undefined {
  return searchPath()
    .split(':')
    .map((directory) => join(directory, name))
    .find(isProgram);
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Complains about all missing programs at once.
 * @throws {LaunchError} with the command that installs them
 */
export function requireAll(runtime: string, wanted: Prerequisite[]): void {
  const missing = wanted.filter((program) => program.path === undefined);
  if (missing.length === 0) return;
  const names = missing.map((program) => program.name).join(', ');
  const packages = [...new Set(missing.map((program) => program.package))].sort().join(' ');
  throw new LaunchError(
    `launching ${runtime} needs programs that are missing here: ${names}. Run: apt-get install ${packages}`,
  );
}
