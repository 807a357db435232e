import type { GrpcCode } from '../../src/client/errors.js';

/**
 * Codes with which a runtime may refuse a request where the CRI names none. containerd answers most of its own
 * refusals with UNKNOWN, CRI-O likewise; others map their errors more finely. Not among them: codes that speak of the
 * transport (UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED) and of a missing method (UNIMPLEMENTED).
 */
export const ANY_REFUSAL: readonly GrpcCode[] = [
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'INTERNAL',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'ABORTED',
  'OUT_OF_RANGE',
];
