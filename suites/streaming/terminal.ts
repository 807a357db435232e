import type { Writable } from 'node:stream';
import { check, type SpecContext } from '../../src/kit/index.js';
import { digest } from './bulk.js';
import type { Listener } from './listener.js';

/**
 * Types `size`, which the other end answers with `size ROWS COLUMNS`, until the answer is the size that was set: sizes
 * and input travel apart, so a size may arrive after what was typed later.
 */
export async function typedSize(
  t: SpecContext,
  screen: Listener,
  type: (text: string) => void,
  { width, height }: { width: number; height: number },
): Promise<void> {
  await t.eventually(
    `the terminal becomes ${width} columns wide and ${height} rows high`,
    async () => {
      screen.text = '';
      type('size\n');
      // A terminal that was told no size yet has none to tell.
      const [, rows, columns] = await screen.until(/^size (?:(\d+) (\d+))?\r?$/m, 'the shell on the terminal answers');
      return { rows: Number(rows ?? 0), columns: Number(columns ?? 0) };
    },
    ({ rows, columns }) => rows === height && columns === width,
  );
}

/** As much as somebody pastes, of every byte; but no ^Q after a ^P: CRI-O and Docker take that for the keys to leave by. */
const VALUES = Buffer.from(Array.from({ length: 16 * 1024 }, (_, i) => (i * 7) % 256));

/** Commands of a shell for {@link typedRaw}. What it waits for is not what a terminal echoes. */
export const RAW = `stty raw -echo; echo r''aw now; head -c ${VALUES.length}; stty sane; echo us''ual`;

/**
 * Types every byte, and many at once, at a terminal whose other end runs {@link RAW}: editors have uses for all keys.
 */
export async function typedRaw(screen: Listener, stdin: Writable | null): Promise<void> {
  await screen.until(/raw now\r?\n$/, 'a terminal can be made a raw one');
  screen.text = '';
  stdin?.write(VALUES);
  const rule = 'a raw terminal carries every byte both ways, as it is';
  check.equal(digest(Buffer.from(await screen.takes(VALUES.length, rule), 'latin1')), digest(VALUES), rule);
  await screen.until(/usual\r?\n$/, 'a terminal can be made a usual one again');
}
