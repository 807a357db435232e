import type { Fault } from '../fault.js';
import type { Filters, Part, StreamName } from '../relay/filters.js';
import { faultOf, NOTHING, on, type Look, type SessionRpc } from './streaming-shapes.js';

/* Ways to damage what a stream carries, whichever it is. */

/** A way to change the data of a stream; made anew for each session. */
export type Change = [name: string, title: string, make: () => Look];

/** One fault for each change, in sessions of one RPC. */
export function changed(rpc: SessionRpc, stream: StreamName, changes: Change[]): Fault[] {
  return changes.map(([id, title, make]) =>
    faultOf(rpc)(`${stream}-${id}`, `${stream}: ${title}`, (shown) => on([stream], shown, make())),
  );
}

/** Loses what lies beyond so many bytes. */
export const cutAt =
  (limit: number): (() => Look) =>
  () =>
  ({ offset, payload }) =>
    offset + payload.length <= limit ? 'pass' : payload.subarray(0, Math.max(0, limit - offset));

/** Changes the byte at an offset. */
export const corruptAt =
  (at: number): (() => Look) =>
  () =>
  ({ offset, payload }) => {
    if (at < offset || at >= offset + payload.length) return 'pass';
    const copy = Buffer.from(payload);
    copy[at - offset] = (copy[at - offset] ?? 0) ^ 1;
    return copy;
  };

/** Replaces bytes, seen as Latin-1 text. */
export const replace =
  (pattern: RegExp, by: string): (() => Look) =>
  () =>
  ({ payload }) =>
    Buffer.from(payload.toString('latin1').replace(pattern, by), 'latin1');

export const doubled = (): Look => (chunk) => (chunk.offset === 0 ? 'pass' : [{ ...chunk, last: false }, chunk]);

/** What is not followed by more of its stream, or its end, within a moment comes late but whole. */
const MOMENT_MS = 30;

/** Swaps two pieces that come close together. */
export function swapped(): Look {
  let held: Part | undefined;
  return (chunk, session) => {
    if (held !== undefined) {
      const parts = [
        { ...chunk, last: false },
        { ...held, last: chunk.last },
      ];
      held = undefined;
      return parts;
    }
    if (chunk.last || chunk.offset === 0) return 'pass';
    held = chunk;
    setTimeout(() => {
      if (held === chunk) session.send(chunk.direction, chunk);
      if (held === chunk) held = undefined;
    }, MOMENT_MS);
    return NOTHING;
  };
}

/** Keeps the newest piece for a moment; one that is still kept when the session ends is lost. */
export function withoutLast(stream: StreamName, shown: () => void): Filters {
  let held: Part[] = [];
  let timer: NodeJS.Timeout | undefined;
  return {
    chunk: (chunk, session) => {
      const ends = (chunk.stream === 'error' && stream !== 'stdin') || (chunk.stream === stream && chunk.last);
      if (ends && held.length > 0) {
        clearTimeout(timer);
        held = [];
        shown();
      }
      if (chunk.stream !== stream || chunk.last || chunk.payload.length === 0) return 'pass';
      held.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => {
        for (const part of held) session.send(chunk.direction, part);
        held = [];
      }, MOMENT_MS);
      return NOTHING;
    },
  };
}

/** Passes only whole lines; what follows the last line end is lost. */
export function wholeLines(): Look {
  let rest = NOTHING;
  return ({ payload, last }) => {
    const all = Buffer.concat([rest, payload]);
    const end = all.lastIndexOf('\n') + 1;
    rest = Buffer.from(all.subarray(end));
    return last || end > 0 ? all.subarray(0, end) : NOTHING;
  };
}

export const KIB = 1024;

export const CHANGES: Change[] = [
  ['cut-at-4k', 'nothing passes beyond the first 4 KiB', cutAt(4 * KIB)],
  ['cut-at-64k', 'nothing passes beyond the first 64 KiB', cutAt(64 * KIB)],
  ['byte-corrupted', 'the byte at offset 3000 is changed', corruptAt(3000)],
  ['pieces-doubled', 'every piece but the first comes twice', doubled],
  ['pieces-swapped', 'pieces that follow each other closely are swapped', swapped],
  [
    'first-piece-lost',
    'the first piece is lost',
    () =>
      ({ offset }) =>
        offset === 0 ? NOTHING : 'pass',
  ],
  ['nul-dropped', 'NUL bytes are dropped', replace(/\0/g, '')],
  [
    'seven-bit',
    'the highest bit of each byte is lost',
    () =>
      ({ payload }) =>
        payload.map((byte) => byte & 0x7f) as Buffer,
  ],
  [
    'not-utf8-replaced',
    'bytes that are not UTF-8 become replacement characters',
    () =>
      ({ payload }) =>
        Buffer.from(payload.toString('utf8')),
  ],
  ['crlf', 'LF becomes CR LF', replace(/\r?\n/g, '\r\n')],
  ['cr-dropped', 'CR is dropped', replace(/\r/g, '')],
  ['blank-trimmed', 'blanks and line ends at the end of a piece are trimmed', replace(/\s+$/, '')],
];
