import { openAttach, openExec, openPortForward } from '../client/streaming/index.js';
import type { PortForwardSession, RemoteCommand, StreamOptions, Transport } from '../client/streaming/index.js';
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

type Transcribed = Pick<RemoteCommand, 'transcript' | 'destroy'> | Pick<PortForwardSession, 'transcript' | 'destroy'>;

/**
 * Streaming sessions of a spec: asks the runtime for the URL, connects to it, and when the spec ends destroys the
 * session and leaves its transcript in the report.
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
    return this.keep(`exec ${cmd.join(' ')}`, await openExec(url, want, this.options(transport)));
  }

  /** Attach, and the session at the URL. */
  async attach(containerId: string, wanted: Wanted = {}, transport: Transport = 'websocket'): Promise<RemoteCommand> {
    const want = { stdin: false, stdout: true, stderr: wanted.tty !== true, tty: false, ...wanted };
    const url = await this.attachUrl({ container_id: containerId, ...want });
    return this.keep(`attach ${containerId.slice(0, 12)}`, await openAttach(url, want, this.options(transport)));
  }

  /** PortForward, and the session at the URL. WebSocket needs the ports in the request. */
  async portForward(podId: string, ports: number[], transport: Transport = 'websocket'): Promise<PortForwardSession> {
    const url = await this.portForwardUrl({ pod_sandbox_id: podId, port: transport === 'websocket' ? ports : [] });
    return this.keep(`port-forward ${ports.join(' ')}`, await openPortForward(url, { ports }, this.options(transport)));
  }

  /** A session at the URL of an earlier Exec that asked for the same streams. */
  async connect(url: string, want: Required<Wanted>, transport: Transport): Promise<RemoteCommand> {
    return this.keep(`session at ${url}`, await openExec(url, want, this.options(transport)));
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

  private options(transport: Transport): StreamOptions {
    const { caFile, insecure } = this.env.settings.streaming;
    const tls = { insecure, ...(caFile === null ? {} : { ca: readFileSync(caFile) }) };
    return { transport, signal: this.signal, tls };
  }

  private keep<Session extends Transcribed>(what: string, session: Session): Session {
    this.scope.own(`stream of ${what}`, () => {
      session.destroy();
      const frames = session.transcript().map((frame) => Object.values(frame).join(' '));
      this.note(`${what}\n${frames.join('\n')}`);
      return Promise.resolve();
    });
    return session;
  }
}
