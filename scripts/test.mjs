/* `npm test`: sets up, builds, and runs our own tests; arguments go to vitest. */
import { join } from 'node:path';
import { mustRun, ROOT, setUp } from './setup.mjs';

setUp();
await import('./build.mjs');
mustRun(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)]);
