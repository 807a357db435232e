import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { Channel } from '../channel.js';
import { beforeDeadline, onAbort } from '../deadline.js';
import { deferred, type Deferred } from '../deferred.js';
import { refusedUpgrade, StreamError, unreachable } from '../error.js';
import { readBody } from '../http.js';
import { readOnAfterWriteError, resetSocket } from '../socket.js';
import { Transcript } from '../transcript.js';
import type { Closing, StreamOptions } from '../types.js';
import { canCloseChannels, CLOSE, codecOf, type ChannelCodec } from './codec.js';

/** The server library of Kubernetes accepts no larger message either. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const PIECE_BYTES = 64 * 1024;
/** Beyond this a peer that does not read gets no more answers. */
const UNSENT_LIMIT = 8 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 2000;
/** Normal, going away, no code given. */
const ORDERLY_CODES = [1000, 1001, 1005];

/** A WebSocket whose messages belong to numbered channels. Messages flow once `start` was called. */
export class WebSocketSession {
  /** Turns a message into what its channel gets; for prefixes that are not part of the data. */
  filter: (channel: number, payload: Buffer) => Buffer = (_channel, payload) => payload;
  private readonly ended = deferred<Closing>();
  private readonly channels = new Map<number, Channel>();
  private readonly fullChannels = new Set<number>();
  /** Pings of ours without an answer yet, by what they carry. */
  private readonly pings = new Map<string, Deferred<undefined>>();
  private pinged = 0;
  private socket: IncomingMessage['socket'] | undefined;
  private socketError: Error | undefined;
  private failure: StreamError | undefined;
  private destroyedHere = false;
  private codec: ChannelCodec = codecOf('');

  private constructor(
    private readonly ws: WebSocket,
    readonly transcript: Transcript,
  ) {}

  /** Upgrades `url`, offering `protocols`. Throws a StreamError of any code. */
  static async open(url: string, protocols: string[], options: StreamOptions): Promise<WebSocketSession> {
    let ws: WebSocket;
    try {
      ws = new WebSocket(url, protocols, {
        // The usual agent would keep the connection of a refused upgrade for a next request that never comes.
        agent: false,
        perMessageDeflate: false,
        maxPayload: MAX_MESSAGE_BYTES,
        autoPong: false,
        ...(options.tls?.ca === undefined ? {} : { ca: options.tls.ca }),
        ...(options.tls?.insecure === true ? { rejectUnauthorized: false } : {}),
      });
    } catch (cause) {
      throw StreamError.from(cause, 'connect', `cannot open ${url}`);
    }
    const session = new WebSocketSession(ws, options.transcript ?? new Transcript());
    session.transcript.note('out', 'upgrade request', `GET ${url} websocket, offering ${protocols.join(', ')}`);
    const waitingFor = (): string => `no answer to the WebSocket upgrade of ${url}`;
    await beforeDeadline(session.connected(url), options, waitingFor, (error) => session.fail(error));
    const forgetAbort = onAbort(options.signal, (error) => session.fail(error));
    void session.closed.then(forgetAbort);
    return session;
  }

  get closed(): Promise<Closing> {
    return this.ended.promise;
  }

  /** The protocol that the peer chose. */
  get protocol(): string {
    return this.ws.protocol;
  }

  get canCloseChannels(): boolean {
    return canCloseChannels(this.protocol);
  }

  /** Adds a channel; all of them before `start`. */
  channel(id: number, directions: { readable: boolean; writable: boolean }): Channel {
    const channel = new Channel(
      {
        send: (chunk, sent) => this.send(id, chunk, sent),
        end: () => {
          if (this.canCloseChannels) this.send(CLOSE, Buffer.of(id), () => undefined);
        },
        released: () => this.channels.delete(id),
        pressure: (full) => this.pressure(id, full),
      },
      directions,
    );
    this.channels.set(id, channel);
    return channel;
  }

  start(): void {
    if (this.fullChannels.size === 0) this.ws.resume();
  }

  close(): void {
    this.ws.close(1000);
    const timer = setTimeout(() => this.cut(), CLOSE_TIMEOUT_MS).unref();
    void this.closed.then(() => clearTimeout(timer));
    // The answer to our close frame comes behind whatever is still unread.
    this.fullChannels.clear();
    this.eachChannel((channel) => channel.reset(new StreamError('closed', 'the session was closed by this client')));
    this.ws.resume();
  }

  destroy(): void {
    this.destroyedHere = true;
    this.cut();
  }

  /** A round trip: settles with the answer, rejects if the session ends before. */
  ping(): Promise<undefined> {
    const answer = deferred<undefined>();
    if (this.ws.readyState === WebSocket.OPEN) {
      const mark = String(++this.pinged);
      this.pings.set(mark, answer);
      this.transcript.frame('out', 'ping', undefined, undefined, mark.length, mark);
      this.ws.ping(mark);
    } else answer.reject(new StreamError('closed', 'no ping can be sent any more'));
    return answer.promise;
  }

  /** Gives the session up; the channels fail with `error`. */
  fail(error: StreamError): void {
    this.failure ??= error;
    this.cut();
  }

  private cut(): void {
    if (this.socket === undefined) {
      this.ws.terminate();
      return;
    }
    resetSocket(this.socket);
    // A paused WebSocket does not notice that its socket is gone.
    this.ws.resume();
  }

  private connected(url: string): Promise<void> {
    const { ws } = this;
    ws.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary));
    ws.on('ping', (data) => this.answerPing(data));
    ws.on('pong', (data) => this.answered(data.toString('latin1')));
    ws.on('close', (code, reason) => this.finish(code, reason.toString('utf8')));
    return new Promise((resolve, reject) => {
      ws.on('upgrade', (response) => {
        const chosen = response.headers['sec-websocket-protocol'] ?? '';
        this.transcript.note(
          'in',
          'upgrade response',
          `HTTP ${response.statusCode ?? 0}, protocol ${chosen || 'none'}`,
        );
        this.socket = response.socket;
        this.socket.on('error', (error) => (this.socketError ??= error));
        readOnAfterWriteError(this.socket, (error) => (this.socketError ??= error));
      });
      ws.on('unexpected-response', (request, response) => {
        const status = response.statusCode ?? 0;
        this.transcript.note('in', 'upgrade response', `HTTP ${status}`);
        void readBody(response).then((body) => {
          reject(refusedUpgrade('WebSocket', status, body, []));
          request.destroy();
        });
      });
      ws.on('open', () => {
        ws.pause();
        this.codec = codecOf(ws.protocol);
        resolve();
      });
      ws.on('error', (error) => {
        // Before the upgrade only a connection can be missing; after it every complaint is about what the peer sent.
        const connected = this.socket !== undefined;
        const what = connected ? `WebSocket of ${url}` : unreachable(url);
        this.failure ??= StreamError.from(error, connected ? 'protocol' : 'connect', what);
        reject(this.failure);
      });
    });
  }

  private answered(mark: string): void {
    this.pings.get(mark)?.resolve(undefined);
    this.pings.delete(mark);
  }

  private answerPing(data: Buffer): void {
    this.transcript.frame('in', 'ping', undefined, undefined, data.length, data);
    if (this.ws.bufferedAmount < UNSENT_LIMIT) this.ws.pong(data);
    else this.fail(new StreamError('protocol', 'the peer sends pings without reading the answers'));
  }

  private receive(message: Buffer, isBinary: boolean): void {
    try {
      const { channel, payload } = this.codec.decode(message, isBinary);
      this.transcript.frame('in', 'message', channel, undefined, payload.length, payload);
      if (channel === CLOSE && this.canCloseChannels) this.endChannel(payload);
      else this.channels.get(channel)?.deliver(this.filter(channel, payload));
    } catch (error) {
      this.fail(StreamError.from(error, 'protocol', 'a WebSocket message'));
    }
  }

  private endChannel(payload: Buffer): void {
    const [id] = payload;
    if (id === undefined || payload.length !== 1) {
      throw new StreamError('protocol', `a close signal names one channel in one byte, this one has ${payload.length}`);
    }
    this.channels.get(id)?.endInput();
  }

  /** Large chunks go out in pieces: a peer need not hold more than one of them at a time. */
  private send(channel: number, chunk: Buffer, sent: () => void): void {
    if (this.ws.readyState !== WebSocket.OPEN) return;
    const piece = chunk.subarray(0, PIECE_BYTES);
    const rest = chunk.subarray(PIECE_BYTES);
    this.transcript.frame('out', 'message', channel, undefined, piece.length, piece);
    this.ws.send(this.codec.encode(channel, piece), { binary: this.codec.binary }, (error) => {
      if (error != null) return;
      if (rest.length > 0) this.send(channel, rest, sent);
      else sent();
    });
  }

  private pressure(id: number, full: boolean): void {
    if (full) this.fullChannels.add(id);
    else this.fullChannels.delete(id);
    if (this.fullChannels.size > 0) this.ws.pause();
    else this.ws.resume();
  }

  private finish(code: number, reason: string): void {
    const closing = this.closing(code, reason);
    this.transcript.note((this.failure ?? this.destroyedHere) ? 'out' : 'in', 'close', closing.detail);
    const error = this.failure ?? new StreamError('closed', `the session ended: ${closing.detail}`);
    if (closing.how === 'end') this.eachChannel((channel) => channel.reset(error));
    else this.eachChannel((channel) => channel.fail(error));
    for (const answer of this.pings.values()) answer.reject(error);
    this.ended.resolve(closing);
  }

  private closing(code: number, reason: string): Closing {
    if (this.failure !== undefined) return { how: 'error', detail: this.failure.message };
    if (this.destroyedHere) return { how: 'reset', detail: 'the connection was reset by this client' };
    if (code === 1006) {
      return { how: 'reset', detail: this.socketError?.message ?? 'the connection ended without a close frame' };
    }
    return { how: ORDERLY_CODES.includes(code) ? 'end' : 'error', detail: `close code ${code} ${reason}`.trimEnd() };
  }

  private eachChannel(apply: (channel: Channel) => void): void {
    for (const channel of [...this.channels.values()]) apply(channel);
  }
}
