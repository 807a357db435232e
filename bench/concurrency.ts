/**
 * `npm run bench`: how long the specs take by concurrency, and where the time goes. Vets a private containerd once per
 * concurrency (and round) and prints a Markdown table; the times are those of the specs, set-up apart.
 * Usage: npm run bench -- [CONCURRENCIES] [ROUNDS] [OPTIONS OF crivet run], e.g. `npm run bench -- 1,4,8 3 --parity`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallRecord, RunRecord } from '../src/kit/record.js';
import { readRunFile } from '../src/reports/index.js';

const MAIN = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const [levels = '1,2,4,6,8,12', rounds = '1', ...extra] = process.argv.slice(2);

/** Jiffies (of 10 ms) that all processors of the machine were busy since it started. */
function busyJiffies(): number {
  const fields = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return user + nice + system + irq + softirq;
}

interface Measured {
  run: RunRecord;
  busySeconds: number;
}

function vet(concurrency: number): Measured {
  const directory = mkdtempSync(join(tmpdir(), 'crivet-bench-'));
  const before = busyJiffies();
  const options = [
    '--launch',
    'containerd',
    '--concurrency',
    String(concurrency),
    '--seed',
    '1',
    '--report-dir',
    directory,
    ...extra,
  ];
  spawnSync(process.execPath, [MAIN, 'run', ...options], { stdio: ['ignore', 'ignore', 'ignore'] });
  const busySeconds = (busyJiffies() - before) / 100;
  const run = readRunFile(join(directory, 'run.json'));
  rmSync(directory, { recursive: true });
  return { run, busySeconds };
}

const seconds = (ms: number | undefined): string => ((ms ?? 0) / 1000).toFixed(1);
const calls = (run: RunRecord): CallRecord[] => run.specs.flatMap((spec) => spec.calls);

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function medianOf(run: RunRecord, rpc: string): string {
  const times = calls(run).filter((call) => call.method.endsWith(`/${rpc}`));
  return median(times.map((call) => call.durationMs)).toFixed(0);
}

const RPCS = ['RunPodSandbox', 'CreateContainer', 'StartContainer', 'ExecSync', 'StopPodSandbox', 'RemovePodSandbox'];
console.log(
  `| concurrency | specs | passed | specs took s | set-up s | machine busy CPU s | harness CPU s | calls | median ms ${RPCS.join(' / ')} |`,
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const level of levels.split(',').map(Number)) {
  const measured = Array.from({ length: Number(rounds) }, () => vet(level));
  const middle = median(measured.map(({ run }) => run.durationMs ?? 0));
  const { run, busySeconds } =
    measured.find(({ run: { durationMs } }) => durationMs === middle) ?? measured[0] ?? vet(level);
  const cells = [
    level,
    run.specs.length,
    run.summary.passed,
    seconds(run.durationMs),
    seconds(run.setUpMs),
    busySeconds.toFixed(1),
    seconds(run.harnessCpuMs),
    calls(run).length,
    RPCS.map((rpc) => medianOf(run, rpc)).join(' / '),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
