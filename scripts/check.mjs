/* `npm run check`: everything a change has to pass, in the order in which it fails fastest. */
import { mustRun, setUp } from './setup.mjs';

setUp();
const steps = [
  ['generated code is current', 'tsx', ['scripts/generate-client.ts', '--check']],
  ['generated pages are current', 'tsx', ['scripts/generate-docs.ts', '--check']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['types', 'tsc', ['--noEmit']],
  ['lint', 'eslint', ['.']],
  ['dead code', 'knip', []],
];
for (const [what, program, args] of steps) {
  console.error(`crivet: ${what}`);
  mustRun('npx', ['--no-install', program, ...args]);
}
console.error('crivet: tests');
await import('./test.mjs');
