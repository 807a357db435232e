/**
 * `connect`: no connection, `refused`: the runtime answered the upgrade with something else, `protocol`: the peer broke
 * the rules, `timeout`: it stayed silent, `closed`: the session ended, by either side, before the thing asked for.
 */
export type StreamErrorCode = 'refused' | 'protocol' | 'timeout' | 'closed' | 'connect';

interface Facts {
  httpStatus?: number;
  body?: string;
  cause?: unknown;
}

/** A streaming session that could not be opened or went wrong. The message starts with the cause. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  /** Of a refused upgrade. */
  readonly httpStatus?: number;
  /** Of a refused upgrade: at most 64 KiB of what the runtime answered. */
  readonly body?: string;

  constructor(
    readonly code: StreamErrorCode,
    message: string,
    facts: Facts = {},
  ) {
    super(message, { cause: facts.cause });
    if (facts.httpStatus !== undefined) this.httpStatus = facts.httpStatus;
    if (facts.body !== undefined) this.body = facts.body;
  }

  /** Keeps a StreamError, wraps anything else under `code`. */
  static from(cause: unknown, code: StreamErrorCode, what: string): StreamError {
    if (cause instanceof StreamError) return cause;
    return new StreamError(code, `${what}: ${cause instanceof Error ? describe(cause) : String(cause)}`, { cause });
  }
}

/** An AggregateError of several refused addresses has no message of its own. */
function describe(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(String).join(', ') : error.name;
}

/** The start of a message about a URL that cannot be reached. */
export function unreachable(url: string): string {
  return `the runtime's streaming server cannot be reached from this host at ${url}`;
}

const NEXT_STEP: Record<number, string> = {
  400: 'The runtime does not take this for an upgrade; check that the URL belongs to a streaming server.',
  403: 'The runtime serves none of the protocols offered.',
  404: 'A streaming URL works once and expires after a minute; ask the runtime for a new one.',
};

/** The error for an answer other than 101. `accepted` are the protocols the runtime names, if it does. */
export function refusedUpgrade(to: string, httpStatus: number, body: string, accepted: string[]): StreamError {
  const said = body.trim() === '' ? 'no text' : JSON.stringify(body.trim().slice(0, 300));
  const serves = accepted.length > 0 ? ` It serves ${accepted.join(', ')}.` : '';
  const next = NEXT_STEP[httpStatus] ?? 'See the runtime log.';
  return new StreamError('refused', `upgrade to ${to} refused with HTTP ${httpStatus}, ${said}. ${next}${serves}`, {
    httpStatus,
    body,
  });
}
