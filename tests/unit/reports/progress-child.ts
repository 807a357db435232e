import { createProgress } from '../../../src/cli/progress.js';
import { specRecord } from './records.js';

// Writes far more than a pipe holds, to a reader that leaves after the first line.
const total = 20_000;
const progress = createProgress({ stream: process.stdout, isTTY: false, total, now: () => performance.now() });
for (let n = 0; n < total; n += 1) progress.finished(specRecord({ id: `a/s${n}` }));
progress.close();
