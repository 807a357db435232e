import { openAttach, openExec, openPortForward, Transcript } from '../client/streaming/index.js';
import type {
  FrameRecord,
  PortForwardSession,
  RemoteCommand,
  StreamOptions,
  Transport,
} from '../client/streaming/index.js';
import type { Input, ServiceClient } from '../client/cri.js';
import type { AttachRequest, ExecRequest, PortForwardRequest, RuntimeService } from '../client/generated/types.js';
import { present } from './check.js';
import type { Environment } from './environment.js';
import { readFileSync } from 'node:fs';
import type { Scope } from './scope.js';

/** Which standard streams a session asks for. */
export interface Wanted {
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  tty?: boolean;
}

/** Shorter than the deadline of a spec: a server that does not answer is then seen to be at fault. */
const CONNECT_TIMEOUT_MS = 15_000;

type Destroyable = Pick<RemoteCommand, 'destroy'> | Pick<PortForwardSession, 'destroy'>;

/**
 * Streaming sessions of a spec: asks the runtime for the URL, connects to it, and when the spec ends destroys the
 * session. The transcript of each, also of one that could not be opened, is left in the report.
 */
export class Streams {
  constructor(
    private readonly runtime: ServiceClient<RuntimeService>,
    private readonly env: Environment,
    private readonly scope: Scope,
    private readonly signal: AbortSignal,
    private readonly note: (text: string) => void,
  ) {}

  /** Exec, and the session at the URL. Asks for stdout and stderr unless told otherwise. */
  async exec(
    containerId: string,
    cmd: string[],
    wanted: Wanted = {},
    transport: Transport = 'websocket',
  ): Promise<RemoteCommand> {
    const want = { stdin: false, stdout: true, stderr: wanted.tty !== true, tty: false, ...wanted };
    const url = await this.execUrl({ container_id: containerId, cmd, ...want });
    return this.keep(`exec ${cmd.join(' ')}`, transport, (options) => openExec(url, want, options));
  }

  /** Attach, and the session at the URL. */
  async attach(containerId: string, wanted: Wanted = {}, transport: Transport = 'websocket'): Promise<RemoteCommand> {
    const want = { stdin: false, stdout: true, stderr: wanted.tty !== true, tty: false, ...wanted };
    const url = await this.attachUrl({ container_id: containerId, ...want });
    return this.keep(`attach ${containerId.slice(0, 12)}`, transport, (options) => openAttach(url, want, options));
  }

  /** PortForward, and the session at the URL. WebSocket needs the ports in the request. */
  async portForward(podId: string, ports: number[], transport: Transport = 'websocket'): Promise<PortForwardSession> {
    const url = await this.portForwardUrl({ pod_sandbox_id: podId, port: transport === 'websocket' ? ports : [] });
    return this.connectPorts(url, ports, transport);
  }

  /** A session at the URL of an earlier Exec that asked for the same streams, offering `protocols` or the usual ones. */
  async connect(
    url: string,
    want: Required<Wanted>,
    transport: Transport,
    protocols?: string[],
  ): Promise<RemoteCommand> {
    const offer = protocols === undefined ? {} : { protocols };
    return this.keep(`session at ${url}`, transport, (options) => openExec(url, want, { ...options, ...offer }));
  }

  /** A session at the URL of an earlier PortForward, which over WebSocket asked for these ports. */
  async connectPorts(url: string, ports: number[], transport: Transport): Promise<PortForwardSession> {
    return this.keep(`port-forward ${ports.join(' ')}`, transport, (options) =>
      openPortForward(url, { ports }, options),
    );
  }

  /** The URL alone, for specs about the URL. */
  async execUrl(request: Input<ExecRequest>): Promise<string> {
    return present((await this.runtime.Exec(request)).url, 'Exec returns a url');
  }

  async attachUrl(request: Input<AttachRequest>): Promise<string> {
    return present((await this.runtime.Attach(request)).url, 'Attach returns a url');
  }

  async portForwardUrl(request: Input<PortForwardRequest>): Promise<string> {
    return present((await this.runtime.PortForward(request)).url, 'PortForward returns a url');
  }

  /** Opens a session. Whether that succeeds or not, what was said stays in the report. */
  private async keep<Session extends Destroyable>(
    what: string,
    transport: Transport,
    open: (options: StreamOptions) => Promise<Session>,
  ): Promise<Session> {
    const { caFile, insecure } = this.env.settings.streaming;
    const tls = { insecure, ...(caFile === null ? {} : { ca: readFileSync(caFile) }) };
    const transcript = new Transcript();
    this.scope.own(`transcript of ${what}`, () => {
      this.note([what, ...transcript.frames().map(shown)].join('\n'));
      return Promise.resolve();
    });
    const session = await open({
      transport,
      signal: this.signal,
      tls,
      transcript,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
    // Given back before the transcript, which thus has the end as well.
    this.scope.own(`stream of ${what}`, () => {
      session.destroy();
      return Promise.resolve();
    });
    return session;
  }
}

/** A frame as a line of the report: time, direction, type, stream, flags, length, start of the payload. */
function shown({ atMs, direction, kind, stream, flags, length, preview }: FrameRecord): string {
  const time = `${atMs.toFixed(2).padStart(9)} ms`;
  const about = [kind, stream === undefined ? '' : `stream ${stream}`, flags ?? '', size(kind, length)];
  return `${time} ${direction.padEnd(3)} ${about.filter((part) => part !== '').join(' ')} ${preview}`.trimEnd();
}

function size(kind: string, length: number): string {
  // The halves of the upgrade, the end and what was left out are no frames.
  return /^(upgrade|close$|left)/.test(kind) ? '' : `${length} bytes`;
}
