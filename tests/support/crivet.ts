import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../src/kit/record.js';

/** The built command; CRIVET_MAIN names another build. */
export const MAIN = process.env['CRIVET_MAIN'] ?? fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export interface CrivetOptions {
  /** Another main.js than {@link MAIN}. */
  main?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** In a process group of its own, as from a shell: `killGroup` reaches all its processes. */
  group?: boolean;
}

export interface Ended {
  /** Null if a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  ms: number;
}

/** The user's environment: without what vitest adds to ours, and without endpoints. */
function cleanEnvironment(given: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = /^(VITEST|NODE_ENV$|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$|CRIVET_|CRI_|CONTAINER_RUNTIME|IMAGE_SERVICE)/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...given };
}

/** A crivet process that is running. */
export class Crivet {
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private stdout = '';
  private stderr = '';

  constructor(args: readonly string[], { main = MAIN, cwd, env, group = false }: CrivetOptions = {}) {
    const started = performance.now();
    this.child = spawn(process.execPath, [main, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: cleanEnvironment(env),
      detached: group,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => {
        const { stdout, stderr } = this;
        resolve({ code, signal, stdout, stderr, ms: performance.now() - started });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Waits until stderr has a match; fails if the process ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const over = this.ended.then(({ code, stdout, stderr }) => {
      throw new Error(`it ended with ${String(code)} before it said ${String(pattern)}:\n${stderr}${stdout}`);
    });
    over.catch(() => undefined);
    for (;;) {
      const match = pattern.exec(this.stderr);
      if (match !== null) return match;
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 10))]);
    }
  }
}

/** Runs crivet to its end. */
export function crivet(args: readonly string[], options: CrivetOptions = {}): Promise<Ended> {
  return new Crivet(args, options).ended;
}

/** A directory for reports, and what was reported. Remove it with `remove`. */
export class Reports {
  readonly directory = mkdtempSync(join(tmpdir(), 'reports-'));

  get run(): RunRecord {
    return JSON.parse(readFileSync(join(this.directory, 'run.json'), 'utf8')) as RunRecord;
  }

  get junit(): string {
    return readFileSync(join(this.directory, 'junit.xml'), 'utf8');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
