import type { Transport } from '../../src/client/streaming/index.js';
import { spec, type SpecContext } from '../../src/kit/index.js';
import type { SpecDefinition } from '../../src/kit/define.js';

/** The ways to reach a streaming server, the kubelet's own first. */
const TRANSPORTS: readonly [Transport, ...Transport[]] = ['spdy', 'websocket'];

/** The transport of specs about something else than the transport. */
export const KUBELET_TRANSPORT = TRANSPORTS[0];

const SPOKEN: Record<Transport, string> = { spdy: 'SPDY/3.1', websocket: 'WebSocket' };

interface StreamingDefinition extends Omit<SpecDefinition, 'level'> {
  /** Of the rule over SPDY; `must` if left out. */
  level?: 'must' | 'should';
  /** Where the protocol itself leaves one out. */
  transports?: readonly Transport[];
}

/**
 * Defines a spec for each transport, `streaming/NAME[spdy]` and `streaming/NAME[websocket]`, or for those that can
 * carry what it is about.
 * The kubelet speaks SPDY to the runtime; that runtimes serve WebSocket as well is common, but nothing demands it.
 */
export function streamingSpec(
  { level = 'must', transports = TRANSPORTS, ...definition }: StreamingDefinition,
  body: (t: SpecContext, transport: Transport) => Promise<void>,
): void {
  for (const transport of transports) {
    spec(
      {
        // Room for a step that stands still: that is the runtime's failure, where a spec that does not end is an error.
        timeoutSeconds: 60,
        ...definition,
        id: `${definition.id}[${transport}]`,
        title: `${definition.title}, over ${SPOKEN[transport]}`,
        level: transport === 'websocket' && level === 'must' ? 'feature:WebSocketStreaming' : level,
        webSocket: transport === 'websocket',
      },
      (t) => body(t, transport),
    );
  }
}

/** WebSocket has no word for the end of one direction before protocol v5, which runtimes do not serve. */
export function canHalfClose(transport: Transport): boolean {
  return transport === 'spdy';
}
