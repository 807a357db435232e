import { status } from '@grpc/grpc-js';

/** gRPC codes by name, as `OK`, `NOT_FOUND`, … */
export type GrpcCode = keyof typeof status;

/** A CRI call that did not succeed. `stack` starts at the caller's line, not in the gRPC library. */
export class CriCallError extends Error {
  override readonly name = 'CriCallError';
  /** Whether the code came from the other side, with its trailers: the client makes up some of its own. */
  readonly answered: boolean;

  /**
   * @param method e.g. `RuntimeService/RunPodSandbox`
   * @param code the gRPC code by name
   * @param details the runtime's own text
   */
  constructor(
    readonly method: string,
    readonly code: GrpcCode,
    readonly details: string,
    options?: { cause?: unknown; stack?: string | undefined; answered?: boolean },
  ) {
    super(`${method} ${code}: ${details}`, { cause: options?.cause });
    this.answered = options?.answered === true;
    if (options?.stack !== undefined) this.stack = `${this.name}: ${this.message}\n${options.stack}`;
  }
}

/** The gRPC code of an error thrown by a CRI call, or undefined for any other error. */
export function codeOf(error: unknown): GrpcCode | undefined {
  return error instanceof CriCallError ? error.code : undefined;
}

/** Whether the connection to the runtime is lost. A runtime that says UNAVAILABLE itself is there, and has answered. */
export function isGone(error: unknown): boolean {
  return error instanceof CriCallError && error.code === 'UNAVAILABLE' && !error.answered;
}

/** For removals: what is gone by now is as good as removed. Any failure but NotFound is passed on. */
export async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (codeOf(error) !== 'NOT_FOUND') throw error;
  }
}

/** No runtime could be reached; the message names the cause and what to do next. */
export class CriConnectError extends Error {
  override readonly name = 'CriConnectError';
}
