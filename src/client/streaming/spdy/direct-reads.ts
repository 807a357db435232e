import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';

const BUFFER_BYTES = 256 * 1024;

/**
 * A TCP connection that is read into one buffer. Node otherwise allocates 64 KiB for every read, most of which brings
 * a small frame: the collector would then take longer than all of SPDY.
 */
export class DirectReads {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private take: ((chunk: Buffer) => void) | undefined;
  private socket: Socket | undefined;

  /** For `http.request`, which reads the answer from the stream as usual. */
  readonly connect = (options: object): Socket => {
    const { buffer } = this;
    const callback = (length: number): boolean => {
      const chunk = buffer.subarray(0, length);
      if (this.take === undefined) this.socket?.push(Buffer.from(chunk));
      else this.take(chunk);
      return true;
    };
    this.socket = connect({ ...(options as TcpNetConnectOpts), onread: { buffer, callback } });
    return this.socket;
  };

  /** From here on chunks go past the stream to `take`, each valid during the call only. */
  passTo(take: (chunk: Buffer) => void): void {
    // What the stream holds already comes first.
    const early = this.socket?.read() as Buffer | null | undefined;
    if (early != null) take(early);
    this.take = take;
  }
}
