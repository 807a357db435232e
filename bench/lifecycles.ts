/**
 * `npm run bench:lifecycles`: how many pods with a network of their own a private containerd runs, stops and removes in
 * a second. It is the yardstick of the machine: times of whole runs, also of other suites, are to be read beside it.
 * Prints Markdown. Usage: npm run bench:lifecycles -- [CONCURRENCIES] [PODS]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpecContext } from '../src/kit/index.js';
import { withContainerd } from './session.js';

const [levels = '1,4,8', pods = '40'] = process.argv.slice(2);

async function measure(t: SpecContext): Promise<void> {
  // The first pod pulls the runtime's sandbox image.
  await (await t.pods.run()).destroy();
  console.log('| at a time | pods | took s | pods a second |\n| --- | --- | --- | --- |');
  for (const level of levels.split(',').map(Number)) {
    let left = Number(pods);
    const begun = performance.now();
    const lane = async (): Promise<void> => {
      while (left-- > 0) await (await t.pods.run()).destroy();
    };
    await Promise.all(Array.from({ length: level }, lane));
    const seconds = (performance.now() - begun) / 1000;
    console.log(`| ${level} | ${pods} | ${seconds.toFixed(1)} | ${(Number(pods) / seconds).toFixed(1)} |`);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'crivet-bench-'));
try {
  await withContainerd(directory, measure);
} finally {
  rmSync(directory, { recursive: true });
}
