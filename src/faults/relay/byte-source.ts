import type { Socket } from 'node:net';

/** Reads a socket in pieces of wanted sizes, no faster than it is asked, and to the last byte that had arrived. */
export class ByteSource {
  private pieces: Buffer[] = [];
  private length = 0;
  private over: 'ended' | 'broken' | undefined;
  private wake: () => void = () => undefined;

  constructor(private readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('readable', () => this.wake());
    socket.on('end', () => this.finish('ended'));
    socket.on('close', () => this.finish('broken'));
  }

  /** Waits for `count` unread bytes; false if the peer ended before. Throws if the connection broke. */
  async has(count: number): Promise<boolean> {
    while (this.length < count) if (!(await this.more())) return false;
    return true;
  }

  /** The unread bytes so far. */
  peek(): Buffer {
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0] ?? Buffer.alloc(0);
  }

  take(count = this.length): Buffer {
    const all = this.peek();
    this.pieces = count < this.length ? [all.subarray(count)] : [];
    this.length -= count;
    return all.subarray(0, count);
  }

  /** Everything up to and including `mark`; null if the peer ended before, or sent `limit` bytes without it. */
  async through(mark: string, limit: number): Promise<Buffer | null> {
    for (;;) {
      const at = this.peek().indexOf(mark);
      if (at >= 0) return this.take(at + mark.length);
      if (this.length > limit || !(await this.more())) return null;
    }
  }

  private async more(): Promise<boolean> {
    for (;;) {
      // Also when it is over: what a reset socket had received can still be read.
      const piece = this.socket.read() as Buffer | null;
      if (piece !== null) {
        this.pieces.push(piece);
        this.length += piece.length;
        return true;
      }
      if (this.over === 'broken') throw new Error('the connection broke');
      if (this.over === 'ended') return false;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private finish(how: 'ended' | 'broken'): void {
    this.over ??= how;
    this.wake();
  }
}
