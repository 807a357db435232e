import { execFile } from 'node:child_process';

export interface CommandResult {
  ok: boolean;
  stdout: string;
  /** The first line of stderr, or why the command could not run at all. */
  problem: string;
}

/** The administrator's directories, which a user's PATH may lack: ip, iptables and runc often live there. */
const ADMIN_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** The PATH that commands and runtimes get: `first`, then the user's own, then the administrator's. */
export function searchPath(first: string[] = []): string {
  const own = (process.env['PATH'] ?? '').split(':').filter((directory) => directory !== '');
  return [...new Set([...first, ...own, ...ADMIN_DIRECTORIES])].join(':');
}

/** Runs a command to its end without a shell. A failure is a result, not an exception. */
export function runCommand(command: string, args: string[], input = ''): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: searchPath(), LC_ALL: 'C' };
    const options = { env, timeout: 10_000, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      const problem = stderr.trim().split('\n')[0] ?? '';
      resolve({ ok: error === null, stdout, problem: problem === '' && error !== null ? error.message : problem });
    });
    child.stdin?.on('error', () => undefined); // the command ended without reading: its exit says why
    child.stdin?.end(input);
  });
}
