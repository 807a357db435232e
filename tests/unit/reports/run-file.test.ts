import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRunFile, RunFile } from '../../../src/reports/index.js';
import type { RunRecord } from '../../../src/kit/record.js';
import type { ReportFileError, RunEnd } from '../../../src/reports/index.js';
import { callRecord, mixedRun, runRecord, specRecord } from './records.js';

const CHILD = fileURLToPath(new URL('./run-file-child.ts', import.meta.url));
const END: RunEnd = { state: 'finished', finishedAt: '2026-03-01T12:02:13.000Z', durationMs: 133_000, setUpMs: 0 };

let dir: string;
let path: string;
let errors: ReportFileError[];
const parsed = (): RunRecord => JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
const create = (run: RunRecord): RunFile => RunFile.create(path, run, (error) => errors.push(error));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'crivet-run-file-'));
  path = join(dir, 'reports', 'run.json');
  errors = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('RunFile', () => {
  it('holds a whole record from the start, after every spec, and at the end', () => {
    const run = mixedRun();
    const file = create({ ...run, runtime: null });
    expect(parsed()).toMatchObject({ state: 'running', runtime: null, specs: [], summary: { passed: 0, notRun: 9 } });
    if (run.runtime !== null) file.identify(run.runtime);
    expect(parsed()).toMatchObject({ state: 'running', runtime: run.runtime });
    for (const [index, spec] of run.specs.entries()) {
      file.append(spec);
      expect(parsed().specs).toEqual(run.specs.slice(0, index + 1));
      expect(parsed().state).toBe('running');
      expect(parsed().summary).toEqual(file.record.summary);
    }
    const coverage = { rpcs: { 'RuntimeService/Version': 1 }, requestFields: [], responseFields: [] };
    const { state, stateReason, finishedAt = '', durationMs = 0 } = run;
    const whole = file.finish({ ...END, state: state as 'interrupted', stateReason, coverage, finishedAt, durationMs });
    expect(whole).toEqual({ ...run, coverage, setUpMs: 0 });
    expect(parsed()).toEqual(whole);
    expect(readRunFile(path)).toEqual(whole);
    expect(errors).toEqual([]);
    expect(readdirSync(join(dir, 'reports'))).toEqual(['run.json']);
  });

  it('keeps one spec per line', () => {
    const file = create(runRecord([], { selected: ['a/b', 'a/c'] }));
    file.append(specRecord({ id: 'a/b', reason: 'two\nlines' }));
    file.append(specRecord({ id: 'a/c' }));
    expect(readFileSync(path, 'utf8').split('\n').filter((line) => line.includes('"id":"a/'))).toHaveLength(2);
  });

  it('stays whole when the new tail is shorter than the old one', () => {
    const file = create(runRecord([]));
    file.finish({ ...END, state: 'aborted', stateReason: 'x'.repeat(500) });
    file.finish(END);
    expect(parsed()).toMatchObject({ state: 'finished', specs: [] });
  });

  it('replaces the file of an older run only by a whole new one', () => {
    create(runRecord([])).append(specRecord({ id: 'old/one' }));
    writeFileSync(join(dir, 'reports', '.run.json.swap'), 'left by a run that was killed');
    create(runRecord([]));
    expect(parsed().specs).toEqual([]);
    expect(readdirSync(join(dir, 'reports'))).toEqual(['run.json']);
  });

  it('says at once when the file cannot be made', () => {
    writeFileSync(join(dir, 'reports'), 'a file');
    expect(() => create(runRecord([]))).toThrow(
      `cannot write ${path}: a part of the path is a file, not a directory; choose another directory (EEXIST)`,
    );
  });

  it('survives a kill at any moment', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 6; round += 1) {
      const child = spawn(process.execPath, ['--import', 'tsx', CHILD, 'endless', path]);
      await once(child.stdout, 'data');
      await setTimeout(10 + round * 7);
      child.kill('SIGKILL');
      await once(child, 'close');
      const run = readRunFile(path);
      expect(run.state).toBe('running');
      expect(run.specs.length).toBeGreaterThan(0);
      expect(run.specs.map((spec) => spec.id)).toEqual(run.specs.map((_, n) => `group/spec-${n}`));
    }
  });

  it('is put back in place, with everything, after its directory was deleted', () => {
    const file = create(runRecord([]));
    file.append(specRecord({ id: 'a/b' }));
    rmSync(join(dir, 'reports'), { recursive: true });
    file.append(specRecord({ id: 'a/c' }));
    expect(parsed().specs.map((spec) => spec.id)).toEqual(['a/b', 'a/c']);
    expect(errors).toEqual([]);
  });

  it('tells once of a place that is gone for good, keeps the record, and goes on when the place is back', () => {
    const file = create(runRecord([]));
    rmSync(join(dir, 'reports'), { recursive: true });
    writeFileSync(join(dir, 'reports'), 'a file');
    file.append(specRecord({ id: 'a/b' }));
    file.append(specRecord({ id: 'a/c' }));
    expect(errors.map((error) => error.message)).toEqual([
      `cannot write ${path}: a part of the path is a file, not a directory; choose another directory (ENOTDIR)`,
    ]);
    expect(file.writeError).toBeDefined();
    expect(file.record.specs).toHaveLength(2);
    rmSync(join(dir, 'reports'));
    expect(file.finish(END).specs).toHaveLength(2);
    expect(file.writeError).toBeUndefined();
    expect(parsed().specs).toHaveLength(2);
  });

  it('leaves a file alone that another run has put in its place', () => {
    const file = create(runRecord([]));
    const other = RunFile.create(join(dir, 'other.json'), runRecord([]), () => undefined);
    other.append(specRecord({ id: 'other/spec' }));
    renameSync(join(dir, 'other.json'), path);
    file.append(specRecord({ id: 'a/b' }));
    expect(parsed().specs.map((spec) => spec.id)).toEqual(['other/spec']);
    expect(errors[0]?.message).toContain('another process has replaced it; give each run its own directory');
  });

  it.runIf(existsSync('/usr/bin/prlimit'))('takes back a write that fails half-way, and catches up when it can', () => {
    const child = (...args: string[]): unknown =>
      JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', CHILD, 'limited', path, ...args]).toString());
    const sizes = [
      { inMemory: 1, failing: false },
      { inMemory: 2, failing: true },
      { inMemory: 3, failing: true },
    ];
    const message = `cannot write ${path}: the file would exceed the limit on file sizes; raise it (ulimit -f) (EFBIG)`;
    expect(child()).toEqual({ sizes, errors: [message], failing: true });
    expect(parsed()).toMatchObject({ state: 'running', summary: { passed: 1 } });
    expect(child('lift')).toEqual({ sizes, errors: [message], failing: false });
    expect(parsed()).toMatchObject({ state: 'finished', summary: { passed: 3 } });
  });
});

describe('readRunFile', () => {
  const message = (text: string): string => {
    path = join(dir, 'run.json');
    writeFileSync(path, text);
    try {
      readRunFile(path);
    } catch (error) {
      return (error as Error).message.replace(path, 'PATH');
    }
    return 'no error';
  };

  it('explains what is wrong with a file', () => {
    const whole = JSON.stringify(mixedRun());
    expect(message(whole)).toBe('no error');
    expect([
      message(''),
      message(whole.slice(0, whole.length / 2)),
      message('<testsuites/>'),
      message('[1]'),
      message('{"schema":"other/1"}'),
      message(whole.replace('crivet.run/1', 'crivet.run/2')),
      message(whole.replace('"state":"interrupted"', '"state":"lost"')),
      message(whole.replace('"outcome":"error"', '"verdict":"error"')),
    ]).toMatchInlineSnapshot(`
      [
        "cannot read PATH: the file is empty; run crivet again to fill it",
        "cannot read PATH: it is truncated or damaged: a copy that broke off, or a disk that was full. Copy it again, or run crivet again",
        "cannot read PATH: it is not JSON; name the run.json that \`crivet run\` wrote",
        "cannot read PATH: it is JSON, but no crivet run record; name the run.json that \`crivet run\` wrote",
        "cannot read PATH: it is JSON, but no crivet run record; name the run.json that \`crivet run\` wrote",
        "cannot read PATH: its schema crivet.run/2 is newer than crivet.run/1, the one known here; use a newer crivet",
        "cannot read PATH: the record: 'state' must be running, finished, interrupted, aborted, and is something else; was the file edited?",
        "cannot read PATH: specs[6]: 'outcome' must be passed, failed, unsupported, not-applicable, error, and is missing; was the file edited?",
      ]
    `);
    expect(() => readRunFile(join(dir, 'absent.json'))).toThrow('there is no such file or directory; check the path (ENOENT)');
    expect(() => readRunFile(dir)).toThrow('it is a directory; name the file in it (EISDIR)');
  });

  it('calls a file cut at any place truncated', () => {
    const file = create(mixedRun());
    for (const spec of mixedRun().specs) file.append(specRecord({ id: spec.id, calls: [callRecord({ method: 'a' })] }));
    const whole = readFileSync(path, 'utf8').trimEnd();
    for (let length = 40; length < whole.length; length += 13) {
      expect(message(whole.slice(0, length))).toContain('it is truncated or damaged');
    }
  });
});
