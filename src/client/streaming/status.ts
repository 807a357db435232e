import type { Channel } from './channel.js';
import { textOf } from './channel.js';
import type { RemoteStatus } from './types.js';

/** Protocols from v4 on report the end as one metav1.Status in JSON; older ones as plain text, empty on success. */
export function hasJsonStatus(protocol: string): boolean {
  return /^v[4-9]\./.test(protocol);
}

/**
 * The meaning of what an error stream brought (over SPDY a v1 server resets it early, so v1 never reports a failure).
 * Reads it the way kubectl does, with one exception: kubectl takes an empty v4 stream for success, which would hide a
 * runtime that went away without a word, so here that is an error.
 */
export function parseStatus(raw: string, protocol: string): RemoteStatus {
  if (hasJsonStatus(protocol)) return parseJsonStatus(raw);
  return raw === '' ? { status: 'success', exitCode: 0, message: '', raw } : failure(raw, raw);
}

/** The status that an error stream brings by its end. Rejects if the stream fails. */
export async function statusAtEnd(channel: Channel, protocol: string): Promise<RemoteStatus> {
  return parseStatus(await textOf(channel), protocol);
}

/**
 * The status as soon as one message of the error channel is a whole JSON object, else by the end of the channel: over
 * WebSocket a channel ends with the connection only. Rejects if the channel fails.
 */
export async function statusAtMessage(channel: Channel, protocol: string): Promise<RemoteStatus> {
  if (!hasJsonStatus(protocol)) return statusAtEnd(channel, protocol);
  const whole = new Promise<RemoteStatus>((resolve) => {
    channel.on('data', (message: Buffer) => {
      const status = parseStatus(message.toString('utf8'), protocol);
      if (isObject(parsed(status.raw))) resolve(status);
    });
  });
  return Promise.race([whole, statusAtEnd(channel, protocol)]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function parseJsonStatus(raw: string): RemoteStatus {
  if (raw === '') return failure(raw, 'the error stream ended without a status: from v4 on it carries one JSON object');
  const status = parsed(raw);
  if (!isObject(status)) return failure(raw, `the error stream is not one JSON object: ${raw.slice(0, 200)}`);
  if (status['status'] === 'Success') return { status: 'success', exitCode: 0, message: '', raw };
  if (status['status'] !== 'Failure') return failure(raw, `unknown status ${JSON.stringify(status['status'])}`);
  const message = typeof status['message'] === 'string' ? status['message'] : '';
  if (status['reason'] !== 'NonZeroExitCode') return failure(raw, message);
  const code = exitCause(status);
  if (code === undefined || !/^\d{1,3}$/.test(code) || Number(code) > 255) {
    const found = code === undefined ? 'no such cause' : JSON.stringify(code);
    return failure(raw, `NonZeroExitCode needs a cause ExitCode with a decimal from 0 to 255; found ${found}`);
  }
  return { status: 'exit-code', exitCode: Number(code), message, raw };
}

/** The type of a cause has the JSON name `reason`. */
function exitCause(status: Record<string, unknown>): string | undefined {
  const details = status['details'];
  const causes = isObject(details) ? details['causes'] : undefined;
  if (!Array.isArray(causes)) return undefined;
  const cause: unknown = causes.find((item) => isObject(item) && item['reason'] === 'ExitCode');
  return isObject(cause) && typeof cause['message'] === 'string' ? cause['message'] : undefined;
}

function failure(raw: string, message: string): RemoteStatus {
  return { status: 'error', exitCode: null, message, raw };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
