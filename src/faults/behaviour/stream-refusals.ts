import { Refusal, type Fault, type Planting } from '../fault.js';
import { answering, STREAM_RPCS, type Call, ALL, type SessionRpc } from './streaming-shapes.js';

/* What Exec, Attach and PortForward accept and refuse. */

/** Where nobody listens. */
const NOWHERE = 'http://127.0.0.1:1/exec/nobody';

/** What the runtime refuses is accepted, with a URL at which no session can be had. */
const accepts = (id: string, title: string, rpcs: SessionRpc[], applies: (call: Call) => boolean): Fault => ({
  id: `behaviour/${id}`,
  title,
  plant: answering(rpcs, ({ shown, relay }) => async (call) => {
    if (!applies(call)) return call.forward();
    try {
      return await call.forward();
    } catch {
      shown();
      return { url: await relay(NOWHERE, { connect: () => 404 }) };
    }
  }),
});

/** Requests for no stream, or for stderr beside a terminal. */
const noStreams = ({ request: { stdin, stdout, stderr } }: Call): boolean => !stdin && !stdout && !stderr;
const stderrOfTerminal = ({ request: { tty, stderr } }: Call): boolean => tty === true && stderr === true;

const refusedAs = (rpc: SessionRpc, code: 'INTERNAL' | 'NOT_FOUND' | 'UNAVAILABLE'): Fault => ({
  id: `behaviour/${rpc.toLowerCase()}-bad-request-${code.toLowerCase().replace('_', '-')}`,
  title: `${rpc} refuses impossible combinations of streams with ${code}`,
  plant: answering([rpc], ({ shown }) => (call) => {
    if (!noStreams(call) && !stderrOfTerminal(call)) return call.forward();
    shown();
    return Promise.reject(new Refusal(code, 'no'));
  }),
});

/** A session that pretends: a command elsewhere in place of one that could not run. */
async function pretends({ request, forward }: Call, { cri, shown }: Planting): Promise<{ url: string }> {
  try {
    return await forward();
  } catch (error) {
    const { containers } = await cri.runtime.ListContainers({ filter: { state: { state: 'CONTAINER_RUNNING' } } });
    const other = containers.find(({ id }) => id !== request.container_id);
    if (other === undefined) throw error;
    shown();
    const { stdin, stdout, stderr, tty } = request as Required<Call['request']>;
    return cri.runtime.Exec({ container_id: other.id, cmd: ['/bin/true'], stdin, stdout, stderr, tty });
  }
}

export const streamRefusalFaults: Fault[] = [
  ...STREAM_RPCS.flatMap((rpc) => [
    accepts(`${rpc.toLowerCase()}-accepts-no-stream`, `${rpc} accepts a request for no stream`, [rpc], noStreams),
    accepts(
      `${rpc.toLowerCase()}-accepts-stderr-of-terminal`,
      `${rpc} accepts a request for stderr beside a terminal`,
      [rpc],
      stderrOfTerminal,
    ),
    refusedAs(rpc, 'INTERNAL'),
  ]),
  ...ALL.map((rpc) =>
    accepts(
      `${rpc.toLowerCase()}-accepts-unknown`,
      `${rpc} answers with a URL for what does not exist`,
      [rpc],
      ({ request }) => /^[0-9a-f]{64}$/.test(request.container_id ?? request.pod_sandbox_id ?? ''),
    ),
  ),
  ...STREAM_RPCS.map((rpc) => ({
    id: `behaviour/${rpc.toLowerCase()}-pretends`,
    title: `${rpc} of a container that does not run opens a session that reports success`,
    plant: answering(
      [rpc],
      (planting) => (call) => (noStreams(call) || stderrOfTerminal(call) ? call.forward() : pretends(call, planting)),
    ),
  })),
  {
    id: 'behaviour/portforward-of-stopped-sandbox',
    title: 'PortForward answers with a URL for a sandbox that was stopped',
    plant: answering(['PortForward'], ({ shown, cri, relay }) => async ({ request, forward }) => {
      try {
        return await forward();
      } catch (error) {
        await cri.runtime
          .PodSandboxStatus({ pod_sandbox_id: request.pod_sandbox_id ?? '' })
          .catch(() => Promise.reject(error as Error));
        shown();
        return { url: await relay(NOWHERE, { connect: () => 500 }) };
      }
    }),
  },
];
