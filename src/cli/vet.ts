import { arch, availableParallelism, release, type } from 'node:os';
import { join, relative } from 'node:path';
import type { Spec } from '../kit/define.js';
import { breaksConformance } from '../kit/outcome.js';
import type { RunRecord } from '../kit/record.js';
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
import { runSpecs } from '../runner/engine.js';
import { shuffled } from '../runner/select.js';
import { EXIT } from './exit.js';
import { interruptible } from './interrupt.js';
import type { RunRequest } from './run-request.js';
import { openSession, type Session } from './session.js';
import { colored, Terminal } from './terminal.js';

type Ending = Omit<RunEnd, 'finishedAt' | 'coverage'>;

/**
 * Runs the selected specs against the runtime of the request and leaves the reports, whatever happens on the way.
 * @returns the exit code
 */
export async function vet(request: RunRequest, specs: readonly Spec[], version: string): Promise<number> {
  const terminal = new Terminal();
  const { say } = terminal;
  // Begun before there is a runtime: a run that never reaches one leaves its report, too.
  const file = RunFile.create(join(request.reportDirectory, RUN_FILE), header(request, specs, version), (error) => {
    say(error.message);
  });
  const scope = new Scope();
  const takeDown = async (): Promise<void> => {
    for (const trouble of await scope.close()) say(`could not be taken down: ${trouble}`);
  };
  const conclude = (end: Ending): Conclusion => {
    const finishedAt = new Date().toISOString();
    const record = file.finish({ ...end, finishedAt, coverage: coverageOf(file.record.specs) });
    return { record, ...report(request, record, file, say) };
  };
  const begun = performance.now();
  const interruption = interruptible(say, async () => {
    await takeDown();
    if (file.record.state !== 'running') return;
    const times = { setUpMs: 0, durationMs: performance.now() - begun };
    conclude({ state: 'interrupted', stateReason: 'the user did not wait for the specs under way to end', ...times });
  });
  const count = `${specs.length} ${specs.length === 1 ? 'spec' : 'specs'}`;
  say(`crivet ${version}: ${count}, ${request.concurrency} at a time, seed ${request.seed}`);
  const end = await attempt(request, specs, { file, scope, terminal, signal: interruption.signal });
  const { record, reports, complete } = conclude(end);
  await takeDown();
  interruption.release();
  const verdict = verdictOf(record, { color: colored(process.stdout), reports });
  console.log(verdict.lines.join('\n'));
  return complete ? verdict.exitCode : EXIT.couldNotRun;
}

interface Conclusion {
  record: RunRecord;
  /** Paths as the user should see them. */
  reports: string[];
  /** Whether every report could be written. */
  complete: boolean;
}

interface Stage {
  file: RunFile;
  scope: Scope;
  terminal: Terminal;
  signal: AbortSignal;
}

/** Brings everything up and runs the specs; whatever goes wrong becomes the reason why the run ended. */
async function attempt(request: RunRequest, specs: readonly Spec[], stage: Stage): Promise<Ending> {
  const { file, scope, terminal, signal } = stage;
  const watch = new Stopwatch();
  try {
    const session = await openSession(request, { scope, signal, say: terminal.say });
    file.identify(session.identity);
    terminal.say(`vetting ${session.identity.name} ${session.identity.version}`);
    terminal.begin(specs.length);
    const end = await execute(request, specs, session, stage, watch);
    return { ...end, ...watch.times() };
  } catch (error) {
    const state = signal.aborted ? 'interrupted' : 'aborted';
    return { state, stateReason: (error as Error).message, ...watch.times() };
  } finally {
    terminal.end();
  }
}

/** Tells the time of the specs, from the first start to the last end, from that of setting up before it. */
class Stopwatch {
  private readonly begun = performance.now();
  private first: number | undefined;
  private last: number | undefined;

  started(): void {
    this.first ??= performance.now();
  }

  finished(): void {
    this.last = performance.now();
  }

  times(): { setUpMs: number; durationMs: number } {
    const { begun, first = performance.now(), last = first } = this;
    return { setUpMs: first - begun, durationMs: last - first };
  }
}

/** Runs the specs, feeding file and terminal as each ends. */
async function execute(
  request: RunRequest,
  specs: readonly Spec[],
  session: Session,
  { file, terminal, signal }: Stage,
  watch: Stopwatch,
): Promise<Pick<RunEnd, 'state' | 'stateReason' | 'harnessCpuMs'>> {
  const { errors, trouble, workerCpuMs } = await runSpecs({
    settings: session.settings,
    selected: shuffled(specs, request.seed).map(({ id }) => id),
    concurrency: request.concurrency,
    signal,
    started: (id) => {
      watch.started();
      terminal.started(id);
    },
    finished: (spec) => {
      watch.finished();
      file.append(spec);
      terminal.finished(spec);
    },
  });
  for (const left of trouble) terminal.say(`left behind: ${left}`);
  const { user, system } = process.cpuUsage();
  return { ...stateOf(request, specs, file, errors, signal), harnessCpuMs: workerCpuMs + (user + system) / 1000 };
}

function stateOf(
  request: RunRequest,
  specs: readonly Spec[],
  file: RunFile,
  errors: readonly string[],
  signal: AbortSignal,
): Pick<RunEnd, 'state' | 'stateReason'> {
  const ran = file.record.specs;
  if (signal.aborted) return { state: 'interrupted', stateReason: (signal.reason as Error).message };
  if (ran.length === specs.length && errors.length === 0) return { state: 'finished' };
  if (request.failFast && errors.length === 0 && ran.some(breaksConformance)) {
    return { state: 'interrupted', stateReason: 'ended at the first violation (--fail-fast)' };
  }
  return { state: 'aborted', stateReason: errors.join('\n') || 'the runtime does not answer any more' };
}

/** Writes what is made from the whole record. A report that cannot be written must not cost the verdict. */
function report(
  request: RunRequest,
  record: RunRecord,
  file: RunFile,
  say: (text: string) => void,
): Omit<Conclusion, 'record'> {
  const reports = file.writeError === undefined ? [file.path] : [];
  const errors = file.writeError === undefined ? [] : [file.writeError.message];
  try {
    reports.push(...writeReports(request.reportDirectory, record));
  } catch (error) {
    errors.push((error as Error).message);
  }
  for (const error of errors) say(error);
  return { reports: reports.map((path) => relative(process.cwd(), path) || path), complete: errors.length === 0 };
}

function header(request: RunRequest, specs: readonly Spec[], version: string): RunHeader {
  // The directory is the user's business; everything else is needed to run the same again.
  const { reportDirectory: _directory, selection, ...options } = request;
  return {
    crivet: version,
    startedAt: new Date().toISOString(),
    runtime: null,
    host: { os: `${type()} ${release()}`, arch: arch(), node: process.version, cpus: availableParallelism() },
    options: { ...selection, ...options },
    selected: specs.map(({ id }) => id),
  };
}
