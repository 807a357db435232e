import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderJUnit, writeReports } from '../../../src/reports/index.js';
import { mixedRun } from './records.js';

describe('writeReports', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'crivet-reports-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('writes junit.xml, makes the directory if needed, and leaves nothing else', () => {
    const reports = join(dir, 'deep', 'reports');
    expect(writeReports(reports, mixedRun())).toEqual([join(reports, 'junit.xml')]);
    expect(readFileSync(join(reports, 'junit.xml'), 'utf8')).toBe(renderJUnit(mixedRun()));
    expect(readdirSync(reports)).toEqual(['junit.xml']);
  });

  it('explains a directory that cannot be written', () => {
    const reports = join(dir, 'taken');
    writeFileSync(reports, 'a file');
    expect(() => writeReports(reports, mixedRun())).toThrow(
      `cannot write ${join(reports, 'junit.xml')}: a part of the path is a file, not a directory; choose another directory`,
    );
    expect(readFileSync(reports, 'utf8')).toBe('a file');
  });
});
