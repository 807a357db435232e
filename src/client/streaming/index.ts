import { openSpdyCommand } from './spdy/command.js';
import { openSpdyPortForward } from './spdy/port-forward.js';
import type { PortForwardSession, RemoteCommand, StreamOptions, Wanted } from './types.js';
import { openWebSocketCommand } from './websocket/command.js';
import { openWebSocketPortForward } from './websocket/port-forward.js';

export { StreamError } from './error.js';
export { Transcript } from './transcript.js';
export type {
  ForwardedConnection,
  FrameRecord,
  PortForwardSession,
  RemoteCommand,
  StreamOptions,
  Transport,
  Wanted,
} from './types.js';

/** Connects to the URL of an ExecResponse. Throws a StreamError. */
export function openExec(url: string, want: Wanted, options: StreamOptions): Promise<RemoteCommand> {
  return options.transport === 'spdy' ? openSpdyCommand(url, want, options) : openWebSocketCommand(url, want, options);
}

/** Connects to the URL of an AttachResponse. Throws a StreamError. */
export function openAttach(url: string, want: Wanted, options: StreamOptions): Promise<RemoteCommand> {
  return openExec(url, want, options);
}

/**
 * Connects to the URL of a PortForwardResponse. Throws a StreamError.
 * @param want.ports for WebSocket: the ports of the PortForwardRequest, in its order
 */
export function openPortForward(
  url: string,
  want: { ports: number[] },
  options: StreamOptions,
): Promise<PortForwardSession> {
  return options.transport === 'spdy'
    ? openSpdyPortForward(url, options)
    : openWebSocketPortForward(url, want.ports, options);
}
