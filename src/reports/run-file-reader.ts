import { readFileSync } from 'node:fs';
import type { Outcome, RunRecord, RunState } from '../kit/record.js';
import { ReportFileError } from './file-error.js';

const SCHEMA = /^crivet\.run\/([1-9]\d*)$/;
const OUR_SCHEMA = 1;

/** A check of one field: what the field has to be, and whether it is. */
type Check = [name: string, want: string, holds: (value: unknown) => boolean];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isOneOf =
  (names: readonly string[]) =>
  (value: unknown): boolean =>
    names.includes(value as string);

const STATES: RunState[] = ['running', 'finished', 'interrupted', 'aborted'];
const OUTCOMES: Outcome[] = ['passed', 'failed', 'unsupported', 'not-applicable', 'error'];

const RUN_CHECKS: Check[] = [
  ['crivet', 'a version', isText],
  ['state', STATES.join(', '), isOneOf(STATES)],
  ['startedAt', 'an ISO time', isTime],
  ['runtime', 'an object or null', (value) => value === null || isObject(value)],
  ['host', 'an object', isObject],
  ['selected', 'a list of spec ids', isTexts],
  ['specs', 'a list of records', (value) => Array.isArray(value) && value.every(isObject)],
  ['summary', 'an object', isObject],
];

const SPEC_CHECKS: Check[] = [
  ['id', 'a spec id', isText],
  ['group', 'a group', isText],
  ['level', 'a level', isText],
  ['since', 'a release', isText],
  ['why', 'a text', isText],
  ['outcome', OUTCOMES.join(', '), isOneOf(OUTCOMES)],
  ['sources', 'a list of texts', isTexts],
  ['leaks', 'a list of texts', isTexts],
  ['startedAt', 'an ISO time', isTime],
  ['durationMs', 'a number', isNumber],
  ['calls', 'a list of calls', (value) => Array.isArray(value) && value.every(isObject)],
  ['notes', 'a list of notes', (value) => Array.isArray(value) && value.every(isObject)],
];

/**
 * Reads a run record back, e.g. to print its verdict again. A record in state `running` is a valid one: its run was
 * killed or still goes on.
 * @throws ReportFileError if there is no such file, it is cut short, not a run record, or of a newer schema
 */
export function readRunFile(path: string): RunRecord {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw ReportFileError.from('read', path, error);
  }
  const value = parse(path, text);
  checkSchema(path, value);
  checkFields(path, 'the record', value, RUN_CHECKS);
  const run = value as unknown as RunRecord;
  run.specs.forEach((spec, index) => checkFields(path, `specs[${index}]`, { ...spec }, SPEC_CHECKS));
  return run;
}

function parse(path: string, text: string): unknown {
  if (text.trim() === '') throw new ReportFileError('read', path, 'the file is empty; run crivet again to fill it');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const ours = /^\s*\{\s*"schema":"crivet\.run\//.test(text);
    const why = ours
      ? 'it is truncated or damaged: a copy that broke off, or a disk that was full. Copy it again, or run crivet again'
      : 'it is not JSON; name the run.json that `crivet run` wrote';
    throw new ReportFileError('read', path, why, error);
  }
}

function checkSchema(path: string, value: unknown): asserts value is Record<string, unknown> {
  const schema = isObject(value) ? value['schema'] : undefined;
  const version = typeof schema === 'string' ? SCHEMA.exec(schema)?.[1] : undefined;
  if (version === undefined) {
    throw new ReportFileError('read', path, 'it is JSON, but no crivet run record; name the run.json that `crivet run` wrote');
  }
  if (Number(version) > OUR_SCHEMA) {
    const why = `its schema crivet.run/${version} is newer than crivet.run/${OUR_SCHEMA}, the one known here; use a newer crivet`;
    throw new ReportFileError('read', path, why);
  }
}

function checkFields(path: string, where: string, value: Record<string, unknown>, checks: Check[]): void {
  for (const [name, want, holds] of checks) {
    if (holds(value[name])) continue;
    const found = value[name] === undefined ? 'missing' : 'something else';
    throw new ReportFileError('read', path, `${where}: '${name}' must be ${want}, and is ${found}; was the file edited?`);
  }
}
