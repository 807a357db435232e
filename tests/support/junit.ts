import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { RunRecord } from '../../src/kit/record.js';
import type { Ended, Reports } from './crivet.js';

const XSD = readFileSync(new URL('../data/junit.xsd', import.meta.url), 'utf8');

/** Checks that run.json, junit.xml and the terminal tell the same story, and returns the record. */
export async function expectAgreement(reports: Reports, { stdout }: Ended): Promise<RunRecord> {
  const { run, junit } = reports;
  const { errors } = await validateXML({ xml: { fileName: 'junit.xml', contents: junit }, schema: XSD });
  expect(errors.map(({ message }) => message)).toEqual([]);

  const { passed, failed, unsupported, notApplicable, errors: broken, notRun } = run.summary;
  const total = passed + failed + unsupported + notApplicable + broken + notRun;
  expect(total).toBe(run.selected.length);
  expect(run.specs).toHaveLength(total - notRun);

  const head = /<testsuites [^>]*>/.exec(junit)?.[0] ?? '';
  const counted = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1]);
  expect({ tests: counted('tests'), failures: counted('failures') }).toEqual({ tests: total, failures: failed });
  expect({ errors: counted('errors'), skipped: counted('skipped') }).toEqual({
    errors: broken + notRun,
    skipped: unsupported + notApplicable,
  });
  const cases = [...junit.matchAll(/<testcase name="([^"]*)"/g)].map((match) => match[1]);
  expect(cases.sort()).toEqual([...run.selected].sort());

  const words = [
    `${passed} passed`,
    `${failed} failed`,
    `${unsupported} unsupported`,
    `${notApplicable} not applicable`,
    broken === 1 ? '1 error' : `${broken} errors`,
    `${notRun} not run`,
  ];
  expect(stdout).toContain(words.join(', '));
  return run;
}
