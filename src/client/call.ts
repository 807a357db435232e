import { type Client, Metadata, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { decode, encode, toMessage, type Decoded, type MethodInfo } from './codec.js';
import { CriCallError, type GrpcCode } from './errors.js';
import { toEvidence, unknownFields } from './evidence.js';
import { currentSink, type ObservedCall } from './recorder.js';

export interface CallOptions {
  /** Deadline in ms; every call has one, for a runtime may never answer. */
  timeoutMs?: number;
  /** Cancels the call. */
  signal?: AbortSignal;
}

/** The kubelet's runtimeRequestTimeout default: two minutes. */
export const DEFAULT_TIMEOUT_MS = 120_000;

/** Watches one call for the record and turns its failure into a {@link CriCallError} of the caller's line. */
class Observation {
  private readonly sink = currentSink();
  private readonly startedAt = performance.now();
  private readonly responses: unknown[] = [];
  private readonly unknown = new Set<string>();

  constructor(
    private readonly method: MethodInfo,
    private readonly request: unknown,
    /** Where the call was made. Its stack is only written out when read, which costs: read it for a failure alone. */
    private readonly place: { stack?: string },
  ) {}

  received({ message }: Decoded): void {
    if (this.sink === undefined) return;
    if (this.responses.length < 64) this.responses.push(toEvidence(this.method.response, message));
    for (const field of unknownFields(this.method.response, message)) this.unknown.add(field);
  }

  ended(): void {
    this.report({ response: this.method.stream ? this.responses : this.responses[0] });
  }

  failed(cause: Error | ServiceError, signal?: AbortSignal): CriCallError {
    const code = 'code' in cause && typeof cause.code === 'number' ? (status[cause.code] as GrpcCode) : 'INTERNAL';
    const details = 'details' in cause ? cause.details : `the response cannot be decoded: ${cause.message}`;
    const partial = this.responses.length > 0 ? { response: this.responses } : {};
    this.report({ error: { code, details }, ...partial });
    const origin: unknown = signal?.aborted === true ? signal.reason : cause;
    // A refusal is an HTTP response of its own and has its headers; what the library makes up has none.
    const answered = 'metadata' in cause && cause.metadata.get('content-type').length > 0;
    return new CriCallError(this.method.name, code, details, { cause: origin, stack: this.stack(), answered });
  }

  /** For a call that its signal had ended before it began: nothing was sent, so there is nothing to record. */
  notSent({ reason }: AbortSignal): CriCallError {
    const options = { cause: reason as unknown, stack: this.stack() };
    return new CriCallError(this.method.name, 'CANCELLED', 'not sent, for its signal is aborted', options);
  }

  private stack(): string | undefined {
    return this.place.stack?.split('\n').slice(1).join('\n');
  }

  private report(end: Pick<ObservedCall, 'response' | 'error'>): void {
    const { startedAt, request } = this;
    const extra = this.unknown.size > 0 ? { unknownFields: [...this.unknown] } : {};
    const durationMs = performance.now() - startedAt;
    this.sink?.({ method: this.method.name, request, ...end, startedAt, durationMs, ...extra });
  }
}

/** The function that the caller sees: the stack of a failure begins at the line that called it. */
type Entry = (...args: never[]) => unknown;

function begin(method: MethodInfo, request: object, entry: Entry): [Buffer, Observation] {
  const message = toMessage(method.request, request);
  const place: { stack?: string } = {};
  Error.captureStackTrace(place, entry);
  return [encode(method.request, message), new Observation(method, toEvidence(method.request, message), place)];
}

const raw = (bytes: Buffer): Buffer => bytes;
const deadline = (options: CallOptions): number => Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);

/**
 * One unary call: no retry, a deadline always, cancelled by `options.signal`, recorded.
 * @throws {CriCallError} for every gRPC status but OK, and INTERNAL for a response that does not decode
 */
export function callUnary(
  client: Client,
  method: MethodInfo,
  request: object,
  options: CallOptions,
  entry: Entry = callUnary,
): Promise<unknown> {
  const [bytes, observation] = begin(method, request, entry);
  const { signal } = options;
  if (signal?.aborted === true) return Promise.reject(observation.notSent(signal));
  return new Promise((resolve, reject) => {
    const settle = (error: ServiceError | null, response?: Buffer): void => {
      signal?.removeEventListener('abort', cancel);
      if (error !== null) {
        reject(observation.failed(error, signal));
        return;
      }
      try {
        const decoded = decode(method.response, response ?? Buffer.alloc(0));
        observation.received(decoded);
        observation.ended();
        resolve(decoded.value);
      } catch (cause) {
        reject(observation.failed(cause as Error));
      }
    };
    const call = client.makeUnaryRequest(
      method.path,
      raw,
      raw,
      bytes,
      new Metadata(),
      { deadline: deadline(options) },
      settle,
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

/**
 * One server-streaming call as an async iterable. Leaving the loop cancels the call; the call is recorded when it
 * ends, whichever way.
 * @throws {CriCallError} from the iteration
 */
export function callStream(
  client: Client,
  method: MethodInfo,
  request: object,
  options: CallOptions,
  entry: Entry = callStream,
): AsyncIterable<unknown> {
  const [bytes, observation] = begin(method, request, entry);
  const { signal } = options;
  const open = (): ClientReadableStream<Buffer> =>
    client.makeServerStreamRequest(method.path, raw, raw, bytes, new Metadata(), { deadline: deadline(options) });
  return {
    async *[Symbol.asyncIterator]() {
      if (signal?.aborted === true) throw observation.notSent(signal);
      const stream = open();
      const cancel = (): void => stream.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      let failed = false;
      try {
        for await (const item of stream as AsyncIterable<Buffer>) {
          const decoded = decode(method.response, item);
          observation.received(decoded);
          yield decoded.value;
        }
      } catch (cause) {
        failed = true;
        throw observation.failed(cause as Error, signal);
      } finally {
        signal?.removeEventListener('abort', cancel);
        if (!failed) observation.ended();
        stream.on('error', () => undefined); // our own cancel() arrives as an error that nobody awaits any more
        stream.cancel();
      }
    },
  };
}
