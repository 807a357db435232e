import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../kit/record.js';
import { makeDirectory } from './directory.js';
import { ReportFileError } from './file-error.js';
import { renderJUnit } from './junit.js';

export { coverageOf } from './coverage.js';
export { reasonOf, summaryOf } from './entries.js';
export { ReportFileError } from './file-error.js';
export { renderJUnit } from './junit.js';
export { readRunFile } from './run-file-reader.js';
export { RunFile } from './run-file.js';
export type { RunEnd, RunHeader } from './run-file.js';
export { duration, oneLine, shorten } from './text.js';
export { verdictOf } from './verdict.js';
export type { Verdict, VerdictOptions } from './verdict.js';

/** Names of the reports in their directory. */
export const RUN_FILE = 'run.json';
export const JUNIT_FILE = 'junit.xml';

/**
 * Writes the reports that are made from a whole run record, beside its run.json. Each appears whole or not at all: a
 * reader never meets half a file, and an older one stays until the new one is complete.
 * @returns the paths written
 * @throws ReportFileError if the directory cannot be written
 */
export function writeReports(dir: string, run: RunRecord): string[] {
  const path = join(dir, JUNIT_FILE);
  writeWhole(path, dir, renderJUnit(run));
  return [path];
}

function writeWhole(path: string, dir: string, text: string): void {
  const draft = `${path}.new`;
  try {
    makeDirectory(dir);
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    removeQuietly(draft);
    throw ReportFileError.from('write', path, error);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that led here is the one to report.
  }
}
