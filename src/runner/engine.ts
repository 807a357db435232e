import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestAnnotation } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { SpecRecord } from '../kit/record.js';
import { RECORD, unpackRecord, type WorkerTask } from './messages.js';

export interface EngineOptions extends WorkerTask {
  /** Specs under way at a time. */
  concurrency: number;
  /** Ends the run early: running specs are ended and clean up, waiting ones do not start. */
  signal: AbortSignal;
  started(id: string): void;
  finished(record: SpecRecord): void;
}

/** How the run as a whole went; the specs' own outcomes went through `finished`. */
export interface EngineResult {
  /** Errors outside of any spec: a runtime that could not be reached, a worker that crashed. */
  errors: string[];
  /** What the run shared and could not take back. */
  trouble: string[];
  /** CPU time of the worker process, in ms. */
  workerCpuMs: number;
}

const FILE_EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const workerFile = (name: string): string =>
  fileURLToPath(new URL(`worker/${name}.${FILE_EXTENSION}`, import.meta.url));

/** Runs the selected specs on an embedded vitest, in one worker process, and reports each as it ends. */
export async function runSpecs(options: EngineOptions): Promise<EngineResult> {
  // Loading vitest takes a third of a second, which only a run has to spend.
  const { createVitest } = await import('vitest/node');
  const collector = new Collector(options);
  const listeners = signalListeners();
  const vitest = await createVitest(
    'test',
    {
      root: ROOT,
      config: false,
      watch: false,
      include: [workerFile('entry')],
      // The default leaves out node_modules, where an installed crivet lives.
      exclude: [],
      pool: 'forks',
      isolate: false,
      maxWorkers: 1,
      maxConcurrency: options.concurrency,
      testTimeout: 0,
      hookTimeout: 120_000,
      teardownTimeout: 60_000,
      runner: workerFile('test-runner'),
      // Specs are plain JavaScript: node loads them itself, with the stacks and module identities it gives them.
      experimental: { viteModuleRunner: false, nodeLoader: false },
      // Records and images are many short-lived objects: a roomy young generation spares the collector half its work.
      execArgv: ['--enable-source-maps', '--max-semi-space-size=64'],
      reporters: [collector],
      provide: {
        crivet: JSON.stringify({ settings: options.settings, selected: options.selected } satisfies WorkerTask),
      },
    },
    // By default vite keeps notes below the root, which is where crivet is installed.
    { envDir: false, logLevel: 'silent', cacheDir: join(options.settings.workDirectory, 'vite') },
  );
  // vitest would end the process on a signal, reports or not.
  restoreSignalListeners(listeners);
  const cancel = (): void => void vitest.cancelCurrentRun('keyboard-input');
  options.signal.addEventListener('abort', cancel, { once: true });
  try {
    if (!options.signal.aborted) await vitest.start();
  } catch (error) {
    collector.errors.push(error instanceof Error ? error.message : String(error));
  } finally {
    options.signal.removeEventListener('abort', cancel);
    await vitest.close();
  }
  const { errors, trouble, workerCpuMs } = collector;
  return { errors, trouble, workerCpuMs };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type Listeners = Map<NodeJS.Signals, ((...args: never[]) => void)[]>;

function signalListeners(): Listeners {
  return new Map(SIGNALS.map((name) => [name, process.listeners(name) as ((...args: never[]) => void)[]]));
}

function restoreSignalListeners(before: Listeners): void {
  for (const name of SIGNALS) {
    for (const listener of process.listeners(name)) {
      if (before.get(name)?.includes(listener) !== true) process.removeListener(name, listener);
    }
  }
}

/** Collects what the worker reports. */
class Collector implements Reporter {
  readonly errors: string[] = [];
  readonly trouble: string[] = [];
  workerCpuMs = 0;

  constructor(private readonly options: Pick<EngineOptions, 'started' | 'finished'>) {}

  onTestCaseReady(test: TestCase): void {
    this.options.started(test.name);
  }

  onTestCaseAnnotate(_test: TestCase, { type, message }: TestAnnotation): void {
    if (type === RECORD) this.options.finished(unpackRecord(message));
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'failed') this.errors.push(...result.errors.map((error) => `${test.name}: ${error.message}`));
  }

  onTestModuleEnd(module: TestModule): void {
    const { crivetTrouble = [], crivetCpuMs = 0 } = module.meta();
    this.trouble.push(...crivetTrouble);
    this.workerCpuMs += crivetCpuMs;
    this.errors.push(...module.errors().map((error) => error.message));
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly { message?: string }[]): void {
    this.errors.push(...errors.map((error) => error.message ?? 'an error without a message'));
  }
}
