export { readExclusions } from './exclusions.js';
export { proofPage } from './markdown.js';
export { recordedMatrix, type RecordedKills } from './matrix.js';
export { CleanFile } from './clean-file.js';
export { ProofFile, readProof } from './proof-file.js';
export { Prover, type ProofPlan } from './prover.js';
export type { ProofRecord } from './record.js';
export { stillTrue } from './still-true.js';
export { killRate, summarize } from './summary.js';
