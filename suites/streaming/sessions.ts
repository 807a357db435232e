import { buffer } from 'node:stream/consumers';
import type { RemoteCommand, Transport } from '../../src/client/streaming/index.js';
import type { Wanted } from '../../src/kit/streams.js';
import { check, type Container, type SpecContext } from '../../src/kit/index.js';

/** Far beyond what any step of a session needs, on a slow machine too. */
const STEP_MS = 30_000;
/** The same for dozens of MiB, which take a second where nothing else goes on. */
export const BULK_MS = 60_000;
/** The deadline of a spec that carries so much, in seconds. */
export const BULK_SPEC_SECONDS = 200;

/**
 * Waits for a step of a session. A session that stands still breaks the rule; without this limit it would look like a
 * spec that does not end.
 * @param seen what has come so far, for the report
 */
export async function inTime<T>(
  work: Promise<T>,
  rule: string,
  seen: () => unknown = () => 'nothing',
  withinMs = STEP_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), withinMs);
  });
  try {
    const winner = await Promise.race([work.then((value) => ({ value })), late]);
    const expected = `within ${withinMs / 1000} s`;
    check.that(winner !== undefined, rule, { expected, observed: winner === undefined ? seen() : '' });
    return winner.value;
  } finally {
    clearTimeout(timer);
  }
}

/** A finished command: what it wrote, and its exit code, or the runtime's text where that reports none. */
interface Finished {
  stdout: string;
  stderr: string;
  exit: number | string;
}

/** Reads a session to its end: all output and the status. Output is taken as Latin-1, a character for each byte. */
export async function finish(session: RemoteCommand, what: string, withinMs?: number): Promise<Finished> {
  const read = async (stream: RemoteCommand['stdout']): Promise<string> =>
    stream === null ? '' : (await buffer(stream)).toString('latin1');
  const whole = Promise.all([read(session.stdout), read(session.stderr), session.status]);
  const [stdout, stderr, status] = await inTime(
    whole,
    `${what} brings its output and its status to an end`,
    undefined,
    withinMs,
  );
  return { stdout, stderr, exit: status.exitCode ?? status.message };
}

/** Exec of a command that reads nothing, to its end. */
export async function run(
  t: SpecContext,
  transport: Transport,
  container: Container,
  cmd: string[],
  wanted: Wanted = {},
): Promise<Finished> {
  return finish(await t.streams.exec(container.id, cmd, wanted, transport), `exec of ${cmd.join(' ').slice(0, 80)}`);
}

/** A script for `/bin/sh`. */
export function shell(script: string): string[] {
  return ['/bin/sh', '-c', script];
}
