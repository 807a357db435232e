import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { openExec } from '../../client/streaming/index.js';
import { Refusal, type Fault, type Planting } from '../fault.js';
import { sh } from './exec-sync.js';
import { handling, pause, type Answer, type Asked, type Plant } from './shapes.js';

/* ExecSync by way of a streaming session, which tells what a command does before it ends. */

const WANT = { stdin: false, stdout: true, stderr: true, tty: false };

interface Running {
  /** Called with each piece of output. */
  onOutput: (heard: () => void) => void;
  /** Settles when both streams have ended. */
  output: Promise<Pick<Answer<'ExecSync'>, 'stdout' | 'stderr'>>;
  exitCode: Promise<number>;
  close: () => void;
}

async function begin({ container_id, cmd }: Asked<'ExecSync'>, { cri }: Planting): Promise<Running> {
  const { url } = await cri.runtime.Exec({ container_id, cmd, ...WANT });
  const session = await openExec(url, WANT, { transport: 'spdy' });
  const streams = [session.stdout, session.stderr];
  const whole = (stream: Readable | null): Promise<Buffer> =>
    new Promise((resolve) => {
      const pieces: Buffer[] = [];
      stream?.on('data', (piece: Buffer) => pieces.push(piece));
      stream?.once('close', () => resolve(Buffer.concat(pieces)));
      stream?.once('end', () => resolve(Buffer.concat(pieces)));
    });
  return {
    onOutput: (heard) => {
      for (const stream of streams) stream?.on('data', heard);
    },
    output: Promise.all(streams.map(whole)).then(([stdout = Buffer.alloc(0), stderr = Buffer.alloc(0)]) => ({
      stdout,
      stderr,
    })),
    exitCode: session.status.then(({ exitCode }) => exitCode ?? 255),
    close: () => session.close(),
  };
}

const isScript = ([program, option]: string[]): boolean => program === '/bin/sh' && option === '-c';

/** How long after the end of the output the status may come, in ms. */
const STATUS_MS = 150;

const idleTime: Plant = handling('ExecSync', async ({ request, forward }, planting) => {
  const { container_id, cmd, timeout } = request;
  if (timeout === 0n || !isScript(cmd)) return forward();
  const ms = Number(timeout) * 1000;
  const pid = `/tmp/.${randomUUID()}`;
  const noting = sh(`echo $$ > ${pid}; exec "$@"`, cmd);
  const startedAt = Date.now();
  const running = await begin({ ...request, cmd: noting }, planting);
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<undefined>((resolve) => {
    const again = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(undefined), ms);
    };
    again();
    running.onOutput(again);
  });
  const exit_code = await Promise.race([idle, running.exitCode]);
  clearTimeout(timer);
  if (Date.now() - startedAt > ms + 500) planting.shown();
  const script = `${exit_code === undefined ? `kill -9 $(cat ${pid}); ` : ''}rm ${pid}`;
  await planting.cri.runtime.ExecSync({ container_id, cmd: ['/bin/sh', '-c', script], timeout: 5 });
  if (exit_code === undefined) throw new Refusal('DEADLINE_EXCEEDED', `no output for ${timeout} s`);
  return { ...(await running.output), exit_code };
});

export const execSyncSessionFaults: Fault[] = [
  {
    id: 'behaviour/exec-sync-timeout-is-idle-time',
    title: 'the timeout of ExecSync begins anew with whatever the command prints',
    plant: idleTime,
  },
  {
    id: 'behaviour/exec-sync-ends-with-output',
    title: 'ExecSync answers, with exit code 0, when the command has closed its output',
    plant: handling('ExecSync', async ({ request, forward, signal }, planting) => {
      // A short timeout is met by the runtime itself.
      const { cmd, timeout } = request;
      if (!isScript(cmd) || (timeout > 0n && timeout < 10n)) return forward();
      const running = await begin(request, planting);
      const output = await running.output;
      const status = running.exitCode.catch(() => 255);
      const known = await Promise.race([status, pause(STATUS_MS, signal).then(() => undefined)]);
      if (known === undefined) planting.shown();
      running.close();
      return { ...output, exit_code: known ?? 0 };
    }),
  },
];
