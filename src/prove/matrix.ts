import { existsSync, readFileSync } from 'node:fs';
import { docsFile } from './docs-file.js';

/**
 * The kill matrix of the last full proof, from docs/proof.md: fault to the specs that killed it. It tells a new proof
 * what to try first, and a test which specs have shown that they can fail.
 */
export function recordedMatrix(): Map<string, string[]> {
  const file = docsFile('proof.md');
  return existsSync(file) ? parseMatrix(readFileSync(file, 'utf8')) : new Map<string, string[]>();
}

/** Rows of the form "| `fault` | `spec` `spec` … |"; everything else is prose. */
export function parseMatrix(markdown: string): Map<string, string[]> {
  const rows = markdown.matchAll(/^\| `((?:request|response|behaviour)\/[^`]+)` +\| ([^|]*)\|/gm);
  return new Map(
    [...rows].map(([, fault = '', cell = '']) => [fault, [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? '')]),
  );
}
