import { readFile } from 'node:fs/promises';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import type { Container as ListedContainer, ContainerStatus } from '../client/generated/types.js';
import { equal, present } from './check.js';
import { parseLog, summary, type LogEntry } from './log.js';
import type { ContainerHost } from './container-host.js';
import type { SpecTools } from './tools.js';

export interface ExecResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** A container that a spec created. */
export class Container {
  constructor(
    private readonly tools: SpecTools,
    readonly pod: ContainerHost,
    readonly id: string,
    readonly config: ContainerInput,
  ) {}

  async start(): Promise<void> {
    await this.tools.runtime.StartContainer({ container_id: this.id });
  }

  /** ContainerStatus; the message must be there. */
  async status(): Promise<ContainerStatus> {
    const { status } = await this.tools.runtime.ContainerStatus({ container_id: this.id });
    return present(status, 'ContainerStatus returns a status');
  }

  /** The container's entries in an unfiltered ListContainers. */
  async listed(): Promise<ListedContainer[]> {
    return (await this.tools.runtime.ListContainers({})).containers.filter((item) => item.id === this.id);
  }

  /** StopContainer. The call's deadline is the grace period and the kubelet's request timeout. */
  async stop(graceSeconds: number): Promise<void> {
    const timeoutMs = graceSeconds * 1000 + 120_000;
    await this.tools.runtime.StopContainer({ container_id: this.id, timeout: graceSeconds }, { timeoutMs });
  }

  async remove(): Promise<void> {
    await this.tools.runtime.RemoveContainer({ container_id: this.id });
  }

  /** Waits for EXITED and returns that status. */
  async exited(withinMs = 10_000): Promise<ContainerStatus> {
    return this.tools.eventually(
      `container ${this.id.slice(0, 12)} becomes CONTAINER_EXITED`,
      () => this.status(),
      ({ state }) => state === 'CONTAINER_EXITED',
      { withinMs, describe: ({ state }) => state },
    );
  }

  /** ExecSync. A non-zero exit is a result, not an error. Output is taken as UTF-8. */
  async exec(cmd: string[], timeoutSeconds = 20): Promise<ExecResult> {
    const request = { container_id: this.id, cmd, timeout: timeoutSeconds };
    const answer = await this.tools.runtime.ExecSync(request, { timeoutMs: (timeoutSeconds || 30) * 1000 + 30_000 });
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    return { stdout: text(answer.stdout), stderr: text(answer.stderr), exitCode: answer.exit_code };
  }

  /** ExecSync of a command that has to succeed; returns its stdout without the last line feed. */
  async output(cmd: string[], rule = `\`${cmd.join(' ')}\` runs in the container`): Promise<string> {
    const result = await this.exec(cmd);
    equal({ exitCode: result.exitCode, stderr: result.stderr }, { exitCode: 0, stderr: '' }, rule);
    return result.stdout.replace(/\n$/, '');
  }

  /** `/bin/sh -c script`, which has to succeed. */
  async shell(script: string, rule?: string): Promise<string> {
    return this.output(['/bin/sh', '-c', script], rule);
  }

  /** The log file that the configs ask for: LogDirectory/LogPath. Needs `host-access`. */
  get logPath(): string {
    return `${this.pod.config.log_directory ?? ''}/${this.config.log_path ?? ''}`;
  }

  /**
   * The log once `accept` likes it; by default once the container's output so far is non-empty. A runtime may write
   * the last lines a moment after the exit. Needs `host-access`.
   */
  async log(
    rule: string,
    accept: (entries: LogEntry[]) => boolean = (entries) => entries.length > 0,
  ): Promise<LogEntry[]> {
    const read = async (): Promise<LogEntry[]> => {
      try {
        return parseLog(await readFile(this.logPath));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    };
    return this.tools.eventually(rule, read, accept, { describe: summary });
  }
}
