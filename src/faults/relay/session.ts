import type { Socket } from 'node:net';
import { readOnAfterWriteError } from '../../client/streaming/socket.js';
import { ByteSource } from './byte-source.js';
import type { Direction, Filters, Part, Session } from './filters.js';
import { unframed, type Framing, type Item } from './framing.js';
import { HEAD_END, HEAD_LIMIT, header } from './http.js';
import { SpdyFraming } from './spdy.js';
import { WebSocketFraming } from './websocket.js';

/** A client's connection and the one to the runtime, joined. Bytes, unless a filter wants to look at frames. */
export class RelayedSession implements Session {
  transport: Session['transport'] = 'spdy';
  private framing: Framing = unframed;
  private readonly offsets = new Map<string, number>();
  private readonly ends = new Map<Direction, 'pass' | 'drop' | Promise<'pass' | 'drop'>>();
  private readonly held = new Map<Direction, number>();
  private over = false;

  constructor(
    private readonly client: Socket,
    private readonly runtime: Socket,
    private readonly filters: Filters,
  ) {
    // Who takes no more data may still have sent some.
    readOnAfterWriteError(client, () => void runtime.resetAndDestroy());
    readOnAfterWriteError(runtime, () => undefined);
  }

  /** Asks the runtime for the upgrade and relays until both sides have ended. */
  async run(request: string, fromClient: ByteSource): Promise<void> {
    const fromRuntime = new ByteSource(this.runtime);
    const { chunk, end, open, head, ping } = this.filters;
    this.runtime.write(head?.('up', request) ?? request, 'latin1');
    const looks = [chunk, end, open, head, ping].some((filter) => filter !== undefined);
    const answered = looks ? this.answer(fromRuntime) : Promise.resolve();
    await Promise.all([
      answered.then(() => this.pump('down', fromRuntime)),
      answered.then(() => this.pump('up', fromClient)),
    ]);
    this.client.destroySoon();
    this.runtime.destroySoon();
  }

  send(direction: Direction, part: Part): void {
    const target = this.target(direction);
    if (target.writable && !this.over) target.write(this.framing.encode(direction, part));
  }

  end(): void {
    if (this.over) return;
    if (this.client.writable) this.client.write(this.framing.farewell());
    this.sever();
  }

  heldUp(direction: Direction): number {
    return this.held.get(direction) ?? 0;
  }

  /** Passes the head of the runtime's answer on; what follows an upgrade are frames. */
  private async answer(fromRuntime: ByteSource): Promise<void> {
    const head = await fromRuntime.through(HEAD_END, HEAD_LIMIT).catch(() => null);
    if (head === null) return;
    const text = head.toString('latin1');
    this.client.write(this.filters.head?.('down', text) ?? head, 'latin1');
    if (!/^HTTP\/1\.1 101 /.test(text)) return;
    if (header(text, 'upgrade')?.toLowerCase() === 'websocket') {
      this.transport = 'websocket';
      this.framing = new WebSocketFraming(header(text, 'sec-websocket-protocol') ?? '', this.filters.ports);
    } else {
      this.framing = new SpdyFraming(this.filters.open, (bytes) => this.client.write(bytes));
    }
  }

  private async pump(direction: Direction, source: ByteSource): Promise<void> {
    const target = this.target(direction);
    let broken = false;
    try {
      let item: Item | null;
      while ((item = await this.framing.read(direction, source)) !== null) {
        const plain = item.chunk === undefined && item.end !== true && item.ping !== true;
        const bytes = plain ? item.bytes : await this.judged(direction, item);
        if (this.over) return;
        const sentAt = Date.now();
        if (bytes.length > 0 && target.writable && !target.write(bytes)) await drained(target);
        this.held.set(direction, Date.now() - sentAt);
      }
      if (target.writable) target.write(source.take());
    } catch {
      broken = true;
    }
    if (this.over || (await this.ending(direction)) === 'drop') return;
    if (direction === 'up' && broken) target.resetAndDestroy();
    // In this direction a reset could destroy what the client has not read yet.
    else if (broken || this.runtime.destroyed) target.destroySoon();
    else target.end();
  }

  /** What goes on in place of an item. */
  private async judged(direction: Direction, { bytes, chunk, end, ping }: Item): Promise<Buffer> {
    const nothing = Buffer.alloc(0);
    if (end === true) return (await this.ending(direction)) === 'pass' ? bytes : nothing;
    if (ping === true) return (this.filters.ping?.(direction, this) ?? 'pass') === 'pass' ? bytes : nothing;
    if (chunk === undefined || this.filters.chunk === undefined) return bytes;
    const key = `${direction} ${chunk.stream} ${chunk.connection}`;
    const offset = this.offsets.get(key) ?? 0;
    this.offsets.set(key, offset + chunk.payload.length);
    const fate = await this.filters.chunk({ ...chunk, direction, offset }, this);
    if (fate === 'pass') return bytes;
    if (fate === 'drop') return nothing;
    if (fate === 'sever') {
      this.sever();
      return nothing;
    }
    const parts = Buffer.isBuffer(fate) ? [{ ...chunk, payload: fate }] : fate;
    return Buffer.concat(parts.map((part) => this.framing.encode(direction, part)));
  }

  /** A side ends with a frame, with its connection, or with both: that is one end. */
  private async ending(direction: Direction): Promise<'pass' | 'drop'> {
    const known = this.ends.get(direction);
    if (known !== undefined) return known;
    const fate = this.filters.end?.(direction, this) ?? 'pass';
    this.ends.set(direction, fate);
    return fate;
  }

  private target(direction: Direction): Socket {
    return direction === 'up' ? this.runtime : this.client;
  }

  private sever(): void {
    this.over = true;
    this.client.destroySoon();
    this.runtime.resetAndDestroy();
  }
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
    if (socket.destroyed) done();
  });
}
