import { onTestFinished } from 'vitest';
import { openExec, type RemoteCommand, type Transport } from '../../../src/client/streaming/index.js';
import type { Filters } from '../../../src/faults/relay/filters.js';
import { Relay } from '../../../src/faults/relay/relay.js';
import { execServer, WANT, type Session } from '../streaming/support.js';

export const TRANSPORTS = ['spdy', 'websocket'] as const;

/** Filters that look at frames and leave them as they are. */
export const LOOKS: Filters = { chunk: () => 'pass' };

export function newRelay(): Relay {
  const relay = new Relay();
  onTestFinished(() => relay.close());
  return relay;
}

/** A session with `command` through a relay. */
export async function relayedExec(
  transport: Transport,
  filters: Filters,
  command: (session: Session) => void,
): Promise<RemoteCommand> {
  const url = await newRelay().serve(await execServer(transport, WANT, command), filters);
  return openExec(url, WANT, { transport });
}
