import type { SpecContext } from '../../src/kit/index.js';
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
