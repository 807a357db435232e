import { arch, availableParallelism, release, type } from 'node:os';
import { join, relative } from 'node:path';
import type { Spec } from '../kit/define.js';
import type { RuntimeIdentity } from '../kit/record.js';
import { Scope } from '../kit/scope.js';
import {
  coverageOf,
  RUN_FILE,
  RunFile,
  verdictOf,
  writeReports,
  type RunEnd,
  type RunHeader,
} from '../reports/index.js';
import { breaksConformance } from '../kit/outcome.js';
import { runSpecs } from '../runner/engine.js';
import { shuffled } from '../runner/select.js';
import { interruptible } from './interrupt.js';
import { createProgress, type Progress } from './progress.js';
import type { RunRequest } from './run-request.js';
import { openSession } from './session.js';

/**
 * Runs the selected specs against the runtime of the request and leaves the reports, whatever happens on the way.
 * @returns the exit code
 */
export async function vet(request: RunRequest, specs: readonly Spec[], version: string): Promise<number> {
  const order = shuffled(specs, request.seed).map(({ id }) => id);
  const started = performance.now();
  const say = (text: string): void => console.error(text);
  const start = (runtime: RuntimeIdentity | null): RunFile => {
    const path = join(request.reportDirectory, RUN_FILE);
    return RunFile.create(path, { ...header(request, specs, version), runtime }, (error) => say(error.message));
  };
  // Begun before there is a runtime: a run that never reaches one leaves its report, too.
  let file = start(null);
  const scope = new Scope();
  const interruption = interruptible(say, () => scope.close());
  let end: Pick<RunEnd, 'state' | 'stateReason'>;
  try {
    say(`crivet ${version}: ${specs.length} ${specs.length === 1 ? 'spec' : 'specs'}, ${request.concurrency} at a time, seed ${request.seed}`);
    const session = await openSession(request, { scope, signal: interruption.signal, say });
    file = start(session.identity);
    say(`vetting ${session.identity.name} ${session.identity.version}`);
    const progress = startProgress(specs.length);
    end = await execute(request, order, session.settings, file, progress, interruption.signal);
  } catch (error) {
    end = { state: interruption.signal.aborted ? 'interrupted' : 'aborted', stateReason: (error as Error).message };
  }
  const record = file.finish({
    ...end,
    finishedAt: new Date().toISOString(),
    durationMs: performance.now() - started,
    coverage: coverageOf(file.record.specs),
  });
  const reports = [file.path, ...writeReports(request.reportDirectory, record)];
  for (const trouble of await scope.close()) say(`could not be taken down: ${trouble}`);
  interruption.release();
  const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const verdict = verdictOf(record, { color, reports: reports.map((path) => relative(process.cwd(), path) || path) });
  console.log(verdict.lines.join('\n'));
  const { writeError } = file;
  if (writeError === undefined) return verdict.exitCode;
  say(writeError.message);
  return 3;
}

type Ending = Pick<RunEnd, 'state' | 'stateReason'>;

/** Runs the specs, feeding file and progress as each ends. */
async function execute(
  request: RunRequest,
  selected: string[],
  settings: Parameters<typeof runSpecs>[0]['settings'],
  file: RunFile,
  progress: Progress,
  signal: AbortSignal,
): Promise<Ending> {
  const { errors, trouble } = await runSpecs({
    settings,
    selected,
    concurrency: request.concurrency,
    signal,
    started: (id) => progress.started(id),
    finished: (spec) => {
      file.append(spec);
      progress.finished(spec);
    },
  });
  for (const left of trouble) progress.note(`left behind: ${left}`);
  progress.close();
  const { specs } = file.record;
  const complete = specs.length === selected.length;
  if (signal.aborted) return { state: 'interrupted', stateReason: (signal.reason as Error).message };
  if (request.failFast && !complete && specs.some(breaksConformance)) {
    return { state: 'interrupted', stateReason: 'ended at the first violation (--fail-fast)' };
  }
  if (complete && errors.length === 0) return { state: 'finished' };
  return { state: 'aborted', stateReason: errors.join('\n') || 'the runtime does not answer any more' };
}

function startProgress(total: number): Progress {
  const stream = process.stderr;
  const color = stream.isTTY && process.env['NO_COLOR'] === undefined;
  return createProgress({ stream, isTTY: stream.isTTY, total, now: () => performance.now(), color });
}

function header(request: RunRequest, specs: readonly Spec[], version: string): Omit<RunHeader, 'runtime'> {
  // The directory is the user's business; everything else is needed to run the same again.
  const { reportDirectory: _directory, selection, ...options } = request;
  return {
    crivet: version,
    startedAt: new Date().toISOString(),
    host: { os: `${type()} ${release()}`, arch: arch(), node: process.version, cpus: availableParallelism() },
    options: { ...selection, ...options },
    selected: specs.map(({ id }) => id),
  };
}
