import { readdirSync } from 'node:fs';
import { definedSpecs, type Spec } from '../kit/define.js';

const SUITES = new URL('../../suites/', import.meta.url);

/** Loads every suites/GROUP/*.spec file and returns the specs they define, by group and file name. */
export async function loadSpecs(): Promise<Spec[]> {
  const groups = readdirSync(SUITES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = groups.flatMap(({ name }) =>
    readdirSync(new URL(`${name}/`, SUITES)).map((file) => new URL(`${name}/${file}`, SUITES).href),
  );
  for (const file of files.sort()) {
    if (/\.spec\.[jt]s$/.test(file)) await import(/* @vite-ignore */ file);
  }
  return definedSpecs();
}
