import type { FrameRecord } from './types.js';

const KEPT_FIRST = 40;
const KEPT_LAST = 200;
const PREVIEW_BYTES = 48;

interface Entry {
  at: number;
  direction: 'in' | 'out';
  kind: string;
  stream: number | undefined;
  flags: string | undefined;
  length: number;
  start: string;
}

/** Records frames in bounded memory: the first 40 and the last 200, each with the start of its payload. */
export class Transcript {
  private readonly startedAt = performance.now();
  private readonly entries: Entry[] = [];
  private count = 0;

  /** A frame that belongs to no stream, `text` being all there is to say about it. */
  note(direction: 'in' | 'out', kind: string, text: string, length = 0): void {
    this.add(direction, kind, undefined, undefined, length, text.slice(0, 1000));
  }

  /** A frame with a payload of `length` bytes, of which `payload` is the start. Cheap: called for every frame. */
  frame(
    direction: 'in' | 'out',
    kind: string,
    stream: number | undefined,
    flags: string | undefined,
    length: number,
    payload?: Buffer | string,
  ): void {
    const start = typeof payload === 'object' ? payload.toString('latin1', 0, PREVIEW_BYTES) : (payload ?? '');
    this.add(direction, kind, stream, flags, length, start);
  }

  frames(): FrameRecord[] {
    const { entries, count } = this;
    const lost = count - entries.length;
    const records = entries.slice(0, KEPT_FIRST).map((entry) => this.present(entry));
    if (lost > 0) {
      const atMs = records.at(-1)?.atMs ?? 0;
      records.push({
        atMs,
        direction: 'in',
        kind: 'left out',
        length: lost,
        preview: `${lost} frames of both directions`,
      });
    }
    const oldest = lost % KEPT_LAST;
    const ring = entries.slice(KEPT_FIRST);
    for (let i = 0; i < ring.length; i++) {
      const entry = ring[(oldest + i) % ring.length];
      if (entry !== undefined) records.push(this.present(entry));
    }
    return records;
  }

  /** The latest incoming frame in words, for errors about silence. */
  lastReceived(): string {
    const last = this.frames().findLast((record) => record.direction === 'in' && record.kind !== 'left out');
    return last === undefined ? 'nothing was received' : `last received: ${last.kind} ${last.preview}`.trimEnd();
  }

  private add(
    direction: 'in' | 'out',
    kind: string,
    stream: number | undefined,
    flags: string | undefined,
    length: number,
    start: string,
  ): void {
    const entry = { at: performance.now(), direction, kind, stream, flags, length, start };
    const { count } = this;
    if (count < KEPT_FIRST + KEPT_LAST) this.entries.push(entry);
    else this.entries[KEPT_FIRST + ((count - KEPT_FIRST) % KEPT_LAST)] = entry;
    this.count = count + 1;
  }

  private present(entry: Entry): FrameRecord {
    return {
      atMs: Math.round((entry.at - this.startedAt) * 100) / 100,
      direction: entry.direction,
      kind: entry.kind,
      ...(entry.stream === undefined ? {} : { stream: entry.stream }),
      ...(entry.flags === undefined || entry.flags === '' ? {} : { flags: entry.flags }),
      length: entry.length,
      preview: printable(entry.start),
    };
  }
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (char) =>
    char === '\n' ? '\\n' : char === '\r' ? '\\r' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
