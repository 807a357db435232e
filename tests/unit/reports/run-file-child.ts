import { execFileSync } from 'node:child_process';
import { RunFile } from '../../../src/reports/index.js';
import { callRecord, runRecord, specRecord } from './records.js';

// Runs in a process of its own, for what a test cannot do to itself: be killed, and meet a limit of the system.
const [mode = '', path = ''] = process.argv.slice(2);
const errors: string[] = [];
const file = RunFile.create(path, runRecord([]), (error) => errors.push(error.message));
const append = (n: number): void => {
  const calls = [callRecord({ method: 'RuntimeService/ExecSync', response: { stdout: 'x'.repeat((n % 7) * 30_000) } })];
  file.append(specRecord({ id: `group/spec-${n}`, calls }));
};

if (mode === 'endless') {
  for (let n = 0; ; n += 1) {
    append(n);
    if (n === 0) process.stdout.write('started\n');
  }
}
if (mode === 'limited') {
  // 64 KiB: spec-1 fits, spec-2 and spec-3 do not.
  execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=65536:unlimited']);
  const sizes = [1, 2, 3].map((n) => {
    append(n);
    return { inMemory: file.record.specs.length, failing: file.writeError !== undefined };
  });
  if (process.argv[4] === 'lift') {
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:unlimited']);
    file.finish({ state: 'finished', finishedAt: '2026-03-01T12:02:13.000Z', durationMs: 1, setUpMs: 0 });
  }
  process.stdout.write(JSON.stringify({ sizes, errors, failing: file.writeError !== undefined }));
}
