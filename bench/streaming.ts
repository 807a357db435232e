/**
 * `npm run bench:streaming`: how long 64 MiB take through an exec of a private containerd, over SPDY and WebSocket,
 * beside the same through plain HTTP/1.1 between two processes; and how much memory a run of such specs takes.
 * Prints Markdown. Usage: npm run bench:streaming -- [ROUNDS]
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openExec, type StreamOptions, type Transport } from '../src/client/streaming/index.js';
import type { SpecContext } from '../src/kit/index.js';
import { withContainerd } from './session.js';
import { command, overHttp, send, take, type Direction } from './transfers.js';

const rounds = Number(process.argv[2] ?? 9);
const MAIN = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

/** One session at a URL that sends, or takes, everything. */
async function session(url: string, direction: Direction, transport: Transport): Promise<void> {
  const want = { stdin: direction === 'up', stdout: true, stderr: false, tty: false };
  const options: StreamOptions = { transport };
  const { stdin, stdout, status } = await openExec(url, want, options);
  if (stdin !== null) await send(stdin).then(() => stdin.end());
  if (stdout !== null && direction === 'down') await take(stdout);
  stdout?.resume();
  const { exitCode, message } = await status;
  if (exitCode !== 0) throw new Error(`${transport} ${direction}: ${exitCode ?? message}`);
}

type Way = (direction: Direction) => Promise<void>;

/** The ways to compare, with a container of a private containerd for those that need one. */
async function ways(t: SpecContext, port: number): Promise<Record<string, Way>> {
  const { id } = await t.pods.sharedContainer();
  const exec = async (direction: Direction, transport: Transport): Promise<void> => {
    const cmd = ['/bin/sh', '-c', command(direction, transport === 'websocket')];
    const want = { stdin: direction === 'up', stdout: true, stderr: false, tty: false };
    await session(await t.streams.execUrl({ container_id: id, cmd, ...want }), direction, transport);
  };
  return {
    'HTTP/1.1, bytes at hand': (direction) => overHttp(port, '/memory', direction),
    'SPDY/3.1, bytes at hand': (direction) => session(`http://127.0.0.1:${port}/${direction}/token`, direction, 'spdy'),
    'HTTP/1.1, the command': (direction) => overHttp(port, '/command', direction),
    'SPDY/3.1, exec of the command': (direction) => exec(direction, 'spdy'),
    'WebSocket, exec of the command': (direction) => exec(direction, 'websocket'),
  };
}

interface Taken {
  wallMs: number;
  cpuMs: number;
}

async function timed(work: () => Promise<void>): Promise<Taken> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - begun, cpuMs: (user + system) / 1000 };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** All ways in turn, round after round, so that what else the machine does falls on all of them. */
async function compare(compared: Record<string, Way>): Promise<void> {
  const taken = new Map<string, Taken[]>();
  for (let round = -1; round < rounds; round++) {
    for (const direction of ['down', 'up'] as const) {
      for (const [name, way] of Object.entries(compared)) {
        const key = `${direction}, ${name}`;
        const one = await timed(() => way(direction));
        // The first round is for the compiler.
        if (round >= 0) taken.set(key, [...(taken.get(key) ?? []), one]);
      }
    }
  }
  console.log(
    '| direction, way | median ms | fastest ms | CPU ms of this side | MiB/s |\n| --- | --- | --- | --- | --- |',
  );
  for (const [key, times] of taken) {
    const walls = times.map(({ wallMs }) => wallMs);
    const cpu = median(times.map(({ cpuMs }) => cpuMs));
    const cells = [median(walls), Math.min(...walls), cpu, 64_000 / median(walls)].map((value) => value.toFixed(0));
    console.log(`| ${[key, ...cells].join(' | ')} |`);
  }
}

/** The most that a process has held so far, in MiB; 0 if it is gone. */
function peakMiB(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** A run of the specs with bulk data, and the peak of the larger of its two node processes: specs run in the worker. */
async function memory(directory: string): Promise<void> {
  const specs = ['streaming/exec-bulk', 'streaming/port-forward-bulk'];
  const options = ['run', '--launch', 'containerd', '--report-dir', directory, '--concurrency', '1', ...specs];
  const run = spawn(process.execPath, [MAIN, ...options], { stdio: 'ignore' });
  const peaks = new Map<number, number>();
  const look = (): void => {
    for (const pid of [run.pid ?? 0, ...nodeChildren(run.pid ?? 0)]) {
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakMiB(pid)));
    }
  };
  const timer = setInterval(look, 50);
  await once(run, 'exit');
  clearInterval(timer);
  const most = Math.max(...peaks.values()).toFixed(0);
  console.log(`\nPeak of \`crivet run ${specs.join(' ')}\`: ${most} MiB resident`);
}

function nodeChildren(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [, name, of] = /^\d+ \((.*)\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return Number(of) === parent && name?.startsWith('node') === true;
      } catch {
        return false;
      }
    });
}

const directory = mkdtempSync(join(tmpdir(), 'crivet-bench-'));
const peer = fork(fileURLToPath(new URL('peer.ts', import.meta.url)));
try {
  const [port] = (await once(peer, 'message')) as [number];
  await withContainerd(directory, async (t) => compare(await ways(t, port)));
} finally {
  peer.disconnect();
}
await memory(directory);
rmSync(directory, { recursive: true });
