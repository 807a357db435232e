import { shorten } from '../reports/index.js';

/** What progress needs of a stream: process.stdout, process.stderr, or any Writable. */
export interface TerminalStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize' | 'error', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const UP = (rows: number): string => `\u001b[${rows}A`;
const CLEAR_BELOW = '\u001b[0J';

/**
 * A few lines at the foot of a terminal that are rewritten in place, with ordinary lines appearing above them. On a
 * stream that is no terminal only the ordinary lines exist.
 */
export class StatusBlock {
  /** Lengths of the lines on the screen; the cursor is on the row after them. */
  private lengths: number[] = [];
  private lines: string[] = [];
  private broken = false;

  constructor(
    private readonly stream: TerminalStream,
    private readonly isTTY: boolean,
  ) {
    // A closed pipe reports itself here, at any later time. It stays attached: without it the process would die.
    stream.on('error', () => {
      this.broken = true;
    });
  }

  /** Shows these lines instead of the ones before; each is cut to one row, the block to the height of the screen. */
  draw(lines: string[]): void {
    if (!this.isTTY) return;
    const before = this.erasure();
    this.lines = lines;
    this.write(before + this.render());
  }

  /** Writes a line that stays, above the block. */
  print(line: string): void {
    const before = this.erasure();
    this.write(`${before}${line}\n${this.render()}`);
  }

  /** Takes the block off the screen. */
  clear(): void {
    this.draw([]);
  }

  /**
   * A terminal made narrower has folded the lines already there, so their rows are counted in today's columns.
   * The block is not taller than the screen, or the cursor could not reach its top.
   */
  private erasure(): string {
    const columns = this.columns();
    const rows = this.lengths.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / columns)), 0);
    this.lengths = [];
    return rows === 0 ? '' : `\r${UP(Math.min(rows, this.rows() - 1))}${CLEAR_BELOW}`;
  }

  private render(): string {
    // One column stays free: some terminals wrap as soon as the last one is written.
    const shown = this.lines.slice(0, this.rows() - 1).map((line) => shorten(line, this.columns() - 1));
    this.lengths = shown.map((line) => line.length);
    return shown.map((line) => `${line}\n`).join('');
  }

  private columns(): number {
    return sizeOr(this.stream.columns, DEFAULT_COLUMNS);
  }

  private rows(): number {
    return sizeOr(this.stream.rows, DEFAULT_ROWS);
  }

  private write(text: string): void {
    if (this.broken || text === '') return;
    try {
      this.stream.write(text);
    } catch {
      this.broken = true;
    }
  }
}

/** Terminals without a size report 0, other streams nothing. */
function sizeOr(size: number | undefined, otherwise: number): number {
  return size === undefined || size < 2 ? otherwise : size;
}
