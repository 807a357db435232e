import type { Fault } from '../fault.js';
import type { Filters, Part, Session } from '../relay/filters.js';
import { changed, CHANGES, corruptAt, cutAt, KIB, wholeLines, withoutLast, type Change } from './stream-changes.js';
import { faultOf, NOTHING, on, relayed, type Look, type SessionRpc } from './streaming-shapes.js';

/* What exec and attach sessions do to output. */

const OUTPUT: Change[] = [
  ...CHANGES,
  [
    'one-piece',
    'nothing but the first piece passes',
    () =>
      ({ offset }) =>
        offset === 0 ? 'pass' : NOTHING,
  ],
  ['lost', 'nothing passes', () => () => NOTHING],
];

const BULK: Change[] = [
  ['cut-at-1m', 'nothing passes beyond the first MiB', cutAt(KIB * KIB)],
  ['cut-at-10m', 'nothing passes beyond the first 10 MiB', cutAt(10 * KIB * KIB)],
  ['byte-corrupted-late', 'the byte at offset 5 000 000 is changed', corruptAt(5_000_000)],
];

/** Output that waits for the status, or for the end of its stream. */
function untilTheEnd(shown: () => void): Filters {
  let held: Part[] = [];
  return {
    chunk: (chunk, session) => {
      const isOutput = chunk.stream === 'stdout' || chunk.stream === 'stderr';
      if (isOutput && !chunk.last && chunk.payload.length > 0) {
        shown();
        held.push(chunk);
        return NOTHING;
      }
      if (!chunk.last && chunk.stream !== 'error') return 'pass';
      const due = held.filter(({ stream }) => chunk.stream === 'error' || stream === chunk.stream);
      held = held.filter((part) => !due.includes(part));
      for (const part of due) session.send('down', part);
      return 'pass';
    },
  };
}

/** Adds a line end where the output of a stream does not end with one. */
function endsLine(shown: () => void): Filters {
  let open = false;
  return {
    chunk: (chunk, session) => {
      if (chunk.stream === 'stdout' && chunk.payload.length > 0) open = chunk.payload.at(-1) !== 0x0a;
      else if (open && (chunk.stream === 'error' || (chunk.stream === 'stdout' && chunk.last))) {
        open = false;
        shown();
        session.send('down', { stream: 'stdout', connection: 0, payload: Buffer.from('\n'), last: false });
      }
      return 'pass';
    },
  };
}

const toStdout: Look = (chunk) => [
  { ...chunk, stream: 'stdout', last: false },
  { ...chunk, payload: NOTHING },
];
const crossed: Look = (chunk) => [{ ...chunk, stream: chunk.stream === 'stdout' ? 'stderr' : 'stdout', last: false }];

/** Loses what comes while the reader is slow. */
const lostBySlow = (): Look => (_chunk, session) => (session.heldUp('down') > 20 ? NOTHING : 'pass');

function outputFaults(rpc: SessionRpc): Fault[] {
  const fault = faultOf(rpc);
  return [
    ...changed(rpc, 'stdout', OUTPUT),
    ...changed(
      rpc,
      'stderr',
      OUTPUT.filter(([id]) => /cut-at-4k|lost|doubled|utf8/.test(id)),
    ),
    fault('output-merged', 'stderr comes on stdout', (shown) => on(['stderr'], shown, toStdout)),
    fault('output-crossed', 'stdout and stderr are exchanged', (shown) => on(['stdout', 'stderr'], shown, crossed)),
    fault('output-at-the-end', 'output comes when the session ends, not before', untilTheEnd),
    fault('output-whole-lines', 'only whole lines of stdout pass', (shown) => on(['stdout'], shown, wholeLines())),
    fault('output-line-end-added', 'output without a line end gets one', endsLine),
    fault('stdout-tail-lost', 'what comes right before the end of stdout is lost', (s) => withoutLast('stdout', s)),
    fault('stderr-tail-lost', 'what comes right before the end of stderr is lost', (s) => withoutLast('stderr', s)),
    {
      ...fault('output-mixed', 'of sessions at the same time, stdout goes to the one that typed last', () => ({})),
      plant: mixed(rpc),
    },
  ];
}

function mixed(rpc: SessionRpc): Fault['plant'] {
  return (planting) => {
    let newest: Session | undefined;
    return relayed(planting, [rpc], ({ shown }) => ({
      chunk: (chunk, session) => {
        if (chunk.direction === 'up' && chunk.payload.length > 0) newest = session;
        if (chunk.stream !== 'stdout' || chunk.last || newest === undefined || newest === session) return 'pass';
        shown();
        newest.send('down', chunk);
        return NOTHING;
      },
    }));
  };
}

const BOTH: SessionRpc[] = ['Exec', 'Attach'];

export const streamOutputFaults: Fault[] = [
  ...BOTH.flatMap(outputFaults),
  ...changed('Exec', 'stdout', BULK),
  faultOf('Exec')('stdout-lost-by-slow', 'output is lost while the reader is slow', (shown) =>
    on(['stdout'], shown, lostBySlow()),
  ),
];
