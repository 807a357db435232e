import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress } from '../../../src/cli/progress.js';
import type { Progress } from '../../../src/cli/progress.js';
import { specRecord } from './records.js';
import { Screen } from './screen.js';

let clock = 0;
const start = (screen: Screen, isTTY: boolean, total = 110, color = false): Progress =>
  createProgress({ stream: screen, isTTY, total, now: () => clock, color });

const passed = specRecord({ id: 'sandbox-lifecycle/run-becomes-ready' });
const failed = specRecord({
  id: 'images/pull',
  outcome: 'failed',
  violation: { rule: 'r', expected: 'a digest', observed: 'nothing\n\u001b[2Jat all' },
});
const should = specRecord({ ...failed, level: 'should' });
const errored = specRecord({ id: 'images/list', outcome: 'error', reason: 'UNAVAILABLE: gone' });

beforeEach(() => {
  clock = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('progress without a terminal', () => {
  it('writes one line per finished spec and what is wrong below it', () => {
    const screen = new Screen(1000);
    const progress = start(screen, false);
    progress.started(passed.id);
    progress.finished(passed);
    progress.finished(failed);
    progress.note('the runtime\u001b[2J was restarted');
    progress.finished(should);
    progress.finished(errored);
    progress.finished(specRecord({ id: 'images/selinux', outcome: 'not-applicable', reason: 'no SELinux' }));
    progress.close();
    expect(screen.written).toMatchInlineSnapshot(`
      "[  1/110] passed  sandbox-lifecycle/run-becomes-ready (0.41 s)
      [  2/110] failed  images/pull (0.41 s)
                expected a digest, observed nothing at all
      the runtime was restarted
      [  3/110] failed  images/pull (0.41 s)
                recommendation not met: expected a digest, observed nothing at all
      [  4/110] error   images/list (0.41 s)
                UNAVAILABLE: gone
      [  5/110] not-applicable  images/selinux (0.41 s)
      "
    `);
  });
});

describe('progress on a terminal', () => {
  it('rewrites what runs, the counts and the times, and keeps what did not pass', () => {
    const screen = new Screen(100);
    const progress = start(screen, true);
    progress.started('images/pull');
    progress.started(passed.id);
    clock = 7000;
    vi.advanceTimersByTime(1000);
    expect(screen.text).toMatchInlineSnapshot(`
      "0/110 done, 0:07 elapsed
        images/pull (0:07)
        sandbox-lifecycle/run-becomes-ready (0:07)"
    `);
    progress.finished(passed);
    progress.finished(failed);
    clock = 90_000;
    progress.finished(errored);
    expect(screen.text).toMatchInlineSnapshot(`
      "[  2/110] failed  images/pull (0.41 s)
                expected a digest, observed nothing at all
      [  3/110] error   images/list (0.41 s)
                UNAVAILABLE: gone
      3/110 done, 1 passed, 1 failed, 1 error, 1:30 elapsed, about 53:30 left"
    `);
    progress.note('the runtime was restarted');
    progress.close();
    expect(screen.text).toMatchInlineSnapshot(`
      "[  2/110] failed  images/pull (0.41 s)
                expected a digest, observed nothing at all
      [  3/110] error   images/list (0.41 s)
                UNAVAILABLE: gone
      the runtime was restarted"
    `);
  });

  it('shows a few of many running specs', () => {
    const screen = new Screen(100);
    const progress = start(screen, true);
    for (let n = 0; n < 7; n += 1) progress.started(`a/s${n}`);
    expect(screen.text.split('\n')).toHaveLength(6);
    expect(screen.text).toContain('  and 3 more');
    progress.close();
  });

  it.each([
    ['a narrow terminal', 24, []],
    ['a terminal whose width changes', 24, [17, 25, 120, 40]],
    ['a terminal of two rows', 2, []],
  ])('leaves no remains on %s', (_, rows, widths) => {
    const screen = new Screen(30, rows);
    const progress = start(screen, true);
    progress.started('sandbox-lifecycle/a-spec-with-a-long-name-indeed');
    for (const columns of widths) screen.resize(columns);
    progress.started('images/pull');
    progress.finished(failed);
    for (const columns of widths) screen.resize(columns);
    progress.finished(passed);
    progress.close();
    const kept = '[  1/110] failed  images/pull (0.41 s)\n          expected a digest, observed nothing at all';
    expect(screen.text).toBe(kept);
    expect(screen.listenerCount('resize')).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes a terminal that does not know its size for an ordinary one', () => {
    const screen = new Screen(80);
    const stream = {
      columns: 0,
      rows: 0,
      write: (text: string) => screen.write(text),
      on: () => undefined,
      off: () => undefined,
    };
    const progress = createProgress({ stream, isTTY: true, total: 1, now: () => clock });
    progress.started('images/pull');
    expect(screen.text).toBe('0/1 done, 0:00 elapsed\n  images/pull (0:00)');
    progress.close();
    expect(screen.text).toBe('');
  });

  it('colours outcomes when asked', () => {
    const screen = new Screen(100);
    const progress = start(screen, true, 1, true);
    progress.finished(failed);
    progress.close();
    expect(screen.written).toContain('\u001b[31mfailed\u001b[39m  images/pull');
  });
});

describe('progress to a reader that goes away', () => {
  it('neither throws nor ends the process', () => {
    const child = fileURLToPath(new URL('./progress-child.ts', import.meta.url));
    const command = '"$0" --import tsx "$1" | head -n 1';
    const options = { stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
    const out = execFileSync('/bin/bash', ['-c', `set -o pipefail; ${command}`, process.execPath, child], options);
    expect(out.toString()).toBe('[    1/20000] passed  a/s0 (0.41 s)\n');
  });

  it('bears a stream that throws', () => {
    const screen = new Screen(80);
    const progress = start(screen, true);
    screen.write = () => {
      throw new Error('EPIPE');
    };
    progress.started('a/b');
    progress.finished(failed);
    progress.close();
  });
});
