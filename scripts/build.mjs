/* Compiles src, suites and fixtures to dist/, from scratch: a spec that was deleted must not live on there. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, ROOT } from './setup.mjs';

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
mustRun(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);
chmodSync(join(ROOT, 'dist', 'src', 'cli', 'main.js'), 0o755);
