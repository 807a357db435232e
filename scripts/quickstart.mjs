/* `npm run quickstart`: sets up, builds, and vets a private containerd. Exits with the verdict's code. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, setUp } from './setup.mjs';

setUp();
await import('./build.mjs');

const main = join(ROOT, 'dist', 'src', 'cli', 'main.js');
const args = ['run', '--launch', 'containerd', '--report-dir', join(ROOT, 'reports'), ...process.argv.slice(2)];
// Ctrl-C reaches the run as well; it takes its runtime down, and we end when it has.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
child.on('exit', (code) => {
  process.exitCode = code ?? 3;
});
