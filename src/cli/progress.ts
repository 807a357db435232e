import { styleText } from 'node:util';
import type { Outcome, SpecRecord } from '../kit/record.js';
import { duration, oneLine, reasonOf, shorten } from '../reports/index.js';
import { StatusBlock } from './status-block.js';
import type { TerminalStream } from './status-block.js';

export interface ProgressOptions {
  stream: TerminalStream;
  /** Whether lines may be rewritten; otherwise each finished spec gets one plain line, which suits logs. */
  isTTY: boolean;
  /** Specs selected. */
  total: number;
  /** Milliseconds from any fixed point. */
  now: () => number;
  /** Colours outcomes; off unless asked for. */
  color?: boolean;
}

export interface Progress {
  started(id: string): void;
  finished(spec: SpecRecord): void;
  /** Prints a line of its own, e.g. a warning. */
  note(text: string): void;
  /** Removes the rewritten lines and gives the stream back. */
  close(): void;
}

/** Running specs shown by name, and the characters of one observation. */
const MAX_RUNNING = 4;
const MAX_OBSERVATION = 400;
/** Fewer specs than this say nothing about how long the rest will take. */
const MIN_SAMPLE = 3;
const TICK_MS = 1000;

const STYLE: Record<Outcome, 'green' | 'red' | 'yellow' | 'gray'> = {
  passed: 'green',
  failed: 'red',
  error: 'yellow',
  unsupported: 'gray',
  'not-applicable': 'gray',
};

/**
 * Shows how a run goes on while it goes on. On a terminal: a few rewritten lines with what runs now, the counts, the
 * time spent and the time left, and above them what did not pass, as soon as it is known. Elsewhere: one line per
 * finished spec. A reader that goes away (`crivet run | head`) ends the display, never the run.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, isTTY, total, now, color = false } = options;
  const begin = now();
  const running = new Map<string, number>();
  const counts = new Map<Outcome, number>();
  const block = new StatusBlock(stream, isTTY);
  let done = 0;

  const redraw = (): void => {
    block.draw([statusLine(done, total, counts, now() - begin), ...runningLines(running, now())]);
  };
  const finished = (spec: SpecRecord): void => {
    running.delete(spec.id);
    done += 1;
    counts.set(spec.outcome, (counts.get(spec.outcome) ?? 0) + 1);
    const noteworthy = spec.outcome === 'failed' || spec.outcome === 'error';
    if (!isTTY || noteworthy) {
      const width = String(total).length;
      const outcome = spec.outcome.padEnd(6);
      const painted = color ? styleText(STYLE[spec.outcome], outcome, { validateStream: false }) : outcome;
      block.print(`[${String(done).padStart(width)}/${total}] ${painted}  ${spec.id} (${duration(spec.durationMs)})`);
      if (noteworthy) block.print(`${' '.repeat(width * 2 + 4)}${observation(spec)}`);
    }
    redraw();
  };
  if (!isTTY) {
    return { started: () => undefined, finished, note: (text) => block.print(oneLine(text)), close: () => undefined };
  }
  const timer = setInterval(redraw, TICK_MS).unref();
  stream.on('resize', redraw);
  return {
    started: (id) => {
      running.set(id, now());
      redraw();
    },
    finished,
    note: (text) => {
      block.print(oneLine(text));
      redraw();
    },
    close: () => {
      clearInterval(timer);
      stream.off('resize', redraw);
      block.clear();
    },
  };
}

function observation(spec: SpecRecord): string {
  const { level, violation } = spec;
  if (violation === undefined) return oneLine(reasonOf(spec), MAX_OBSERVATION);
  const text = `expected ${violation.expected}, observed ${violation.observed}`;
  return oneLine(level === 'should' ? `recommendation not met: ${text}` : text, MAX_OBSERVATION);
}

function statusLine(done: number, total: number, counts: Map<Outcome, number>, elapsedMs: number): string {
  const shown = [...counts].map(([outcome, n]) => `${n} ${outcome === 'not-applicable' ? 'not applicable' : outcome}`);
  const parts = [`${done}/${total} done`, ...shown, `${clock(elapsedMs)} elapsed`];
  if (done >= MIN_SAMPLE && done < total) {
    // The pace so far; it already holds how many specs run side by side.
    parts.push(`about ${clock((elapsedMs / done) * (total - done))} left`);
  }
  return parts.join(', ');
}

function runningLines(running: Map<string, number>, nowMs: number): string[] {
  const shown = [...running]
    .slice(0, MAX_RUNNING)
    .map(([id, since]) => `  ${shorten(id, 100)} (${clock(nowMs - since)})`);
  return running.size > MAX_RUNNING ? [...shown, `  and ${running.size - MAX_RUNNING} more`] : shown;
}

/** `0:07`, `12:30`, `1:02:03`. */
function clock(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
