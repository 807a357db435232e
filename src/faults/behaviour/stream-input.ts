import type { Fault } from '../fault.js';
import type { Filters, Part } from '../relay/filters.js';
import {
  changed,
  CHANGES,
  corruptAt,
  cutAt,
  KIB,
  replace,
  wholeLines,
  withoutLast,
  type Change,
} from './stream-changes.js';
import { faultOf, NOTHING, on, resizes, type SessionRpc, type Size } from './streaming-shapes.js';

/* What exec and attach sessions do to input, and to the sizes of terminals. */

const INPUT: Change[] = [
  ...CHANGES,
  ['lost', 'nothing passes', () => () => NOTHING],
  ['whole-lines', 'only whole lines pass', wholeLines],
  ['cr-is-lf', 'CR becomes LF, terminal or not', replace(/\r/g, '\n')],
  ['tab-is-blank', 'tabs become blanks', replace(/\t/g, ' ')],
  ['eot-dropped', 'the byte 4 is dropped, terminal or not', replace(/\x04/g, '')],
  ['interrupt-dropped', 'the byte 3 is dropped', replace(/\x03/g, '')],
];

function inputFaults(rpc: SessionRpc): Fault[] {
  const fault = faultOf(rpc);
  return [
    ...changed(rpc, 'stdin', INPUT),
    fault('stdin-echoed', 'input comes back on stdout', (shown) => ({
      chunk: (chunk, session) => {
        if (chunk.stream !== 'stdin' || chunk.payload.length === 0) return 'pass';
        shown();
        session.send('down', { ...chunk, stream: 'stdout', last: false });
        return 'pass';
      },
    })),
    fault('stdin-waits-for-output', 'input is lost until there was output', (shown) => {
      let heard = false;
      return {
        chunk: ({ stream, payload }) => {
          if (stream === 'stdout' && payload.length > 0) heard = true;
          if (stream !== 'stdin' || payload.length === 0 || heard) return 'pass';
          shown();
          return NOTHING;
        },
      };
    }),
    fault('stdin-end-lost', 'the end of stdin is not passed on', (shown) => ({
      chunk: (chunk) => {
        if (chunk.stream !== 'stdin' || !chunk.last || chunk.reset) return 'pass';
        shown();
        return [{ ...chunk, last: false }];
      },
    })),
    fault('stdin-ends-early', 'stdin ends after its first piece', (shown) =>
      endsInput(shown, ({ stream }) => stream === 'stdin'),
    ),
    fault('stdin-ends-at-output', 'stdin ends at the first output', (shown) =>
      endsInput(shown, ({ stream }) => stream === 'stdout'),
    ),
    fault('stdin-end-ends-session', 'the end of stdin ends the session', (shown) => ({
      chunk: (chunk, session) => {
        if (chunk.stream !== 'stdin' || !chunk.last || chunk.reset) return 'pass';
        shown();
        session.end();
        return 'pass';
      },
    })),
    fault('stdin-tail-lost', 'what comes right before the end of stdin is lost', (shown) =>
      withoutLast('stdin', shown),
    ),
  ];
}

/** Ends stdin behind the first data that tells to; what comes after is lost. */
function endsInput(shown: () => void, tells: (part: Part) => boolean): Filters {
  let ended = false;
  return {
    chunk: (chunk, session) => {
      const input = chunk.stream === 'stdin';
      if (ended && input) return chunk.reset ? 'pass' : 'drop';
      if (ended || chunk.payload.length === 0 || !tells(chunk)) return 'pass';
      ended = session.transport === 'spdy';
      if (!ended) return 'pass';
      shown();
      if (input) return [{ ...chunk, last: true }];
      session.send('up', { stream: 'stdin', connection: 0, payload: NOTHING, last: true });
      return 'pass';
    },
  };
}

function sizeFaults(rpc: SessionRpc): Fault[] {
  const fault = faultOf(rpc);
  const resized = (change: (size: Size, nth: number) => Size | undefined) => (shown: () => void) => {
    let nth = 0;
    return resizes(shown, (size) => change(size, nth++));
  };
  return [
    fault(
      'sizes-dropped',
      'terminal sizes are not taken',
      resized(() => undefined),
    ),
    fault(
      'sizes-turned',
      'width and height of a terminal are exchanged',
      resized(({ Width, Height }) => ({ Width: Height, Height: Width })),
    ),
    fault(
      'first-size-only',
      'only the first terminal size is taken',
      resized((size, nth) => (nth === 0 ? size : undefined)),
    ),
    fault(
      'first-size-dropped',
      'the first terminal size is not taken',
      resized((size, nth) => (nth === 0 ? undefined : size)),
    ),
    fault(
      'width-in-one-byte',
      'terminals are never wider than 127 columns',
      resized((size) => ({ ...size, Width: Math.min(size.Width, 127) })),
    ),
  ];
}

const BULK: Change[] = [
  ['cut-at-1m', 'nothing passes beyond the first MiB', cutAt(KIB * KIB)],
  ['cut-at-10m', 'nothing passes beyond the first 10 MiB', cutAt(10 * KIB * KIB)],
  ['byte-corrupted-late', 'the byte at offset 5 000 000 is changed', corruptAt(5_000_000)],
];

const BOTH: SessionRpc[] = ['Exec', 'Attach'];

export const streamInputFaults: Fault[] = [
  ...BOTH.flatMap((rpc) => [...inputFaults(rpc), ...sizeFaults(rpc)]),
  ...changed('Exec', 'stdin', BULK),
  faultOf('Exec')(
    'stdin-cut-at-192k',
    'nothing passes of stdin beyond the first 192 KiB',
    (shown) => on(['stdin'], shown, cutAt(192 * KIB)()),
    { source: 'containerd#13934' },
  ),
];
