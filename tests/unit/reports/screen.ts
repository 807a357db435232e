import { EventEmitter } from 'node:events';

/**
 * A terminal, as far as progress uses one: wraps long lines, knows cursor up, clear below, carriage return and colours,
 * and folds its lines anew when its width changes, as common emulators do.
 */
export class Screen extends EventEmitter {
  /** Rows; a row that continues the one before is marked. */
  private cells: { text: string; continued: boolean }[] = [{ text: '', continued: false }];
  private row = 0;
  private column = 0;
  written = '';

  constructor(
    public columns: number,
    public rows = 24,
  ) {
    super();
  }

  write(text: string): boolean {
    this.written += text;
    for (const token of text.match(/\u001b\[\d*[A-Za-z]|[^]/gu) ?? []) this.take(token);
    return true;
  }

  resize(columns: number): void {
    const lines: string[] = [];
    for (const { text, continued } of this.cells) {
      if (continued) lines.push((lines.pop() ?? '') + text);
      else lines.push(text);
    }
    this.columns = columns;
    this.cells = lines.flatMap((line) => {
      const count = Math.max(1, Math.ceil(line.length / columns));
      return Array.from({ length: count }, (_, n) => ({ text: line.slice(n * columns, (n + 1) * columns), continued: n > 0 }));
    });
    this.row = this.cells.length - 1;
    this.emit('resize');
  }

  /** What stands on the screen and in the lines scrolled off it, without the empty row of the cursor. */
  get text(): string {
    return this.cells
      .map(({ text, continued }) => (continued ? text : `\n${text}`))
      .join('')
      .trim();
  }

  private take(token: string): void {
    const up = /^\u001b\[(\d+)A$/.exec(token);
    if (up !== null) this.row = Math.max(this.row - Number(up[1]), this.cells.length - this.rows);
    else if (token === '\u001b[0J') this.cells.splice(this.row, Infinity, { text: '', continued: false });
    else if (token === '\r') this.column = 0;
    else if (token === '\n') this.nextRow(false);
    else if (!token.startsWith('\u001b')) this.put(token);
    if (this.row < 0) throw new Error('the cursor left the screen');
  }

  private put(char: string): void {
    if (this.column === this.columns) this.nextRow(true);
    const cell = this.cells[this.row];
    if (cell === undefined) throw new Error('no such row');
    cell.text = cell.text.slice(0, this.column) + char;
    this.column += 1;
  }

  private nextRow(continued: boolean): void {
    this.row += 1;
    this.column = 0;
    if (this.row === this.cells.length) this.cells.push({ text: '', continued });
  }
}
