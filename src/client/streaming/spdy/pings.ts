import { deferred, type Deferred } from '../deferred.js';
import type { Output } from './output.js';

/** Each side counts its own pings, the client odd, the server even, and echoes those of the other side. */
export class Pings {
  private readonly waiting = new Map<number, Deferred<undefined>>();
  private next: number;

  constructor(
    role: 'client' | 'server',
    private readonly output: Output,
  ) {
    this.next = role === 'client' ? 1 : 2;
  }

  send(): Promise<undefined> {
    const echo = deferred<undefined>();
    this.waiting.set(this.next, echo);
    this.output.control({ type: 'PING', id: this.next }, `id ${this.next}`);
    this.next += 2;
    return echo.promise;
  }

  receive(id: number): void {
    if (id % 2 === this.next % 2) {
      this.waiting.get(id)?.resolve(undefined);
      this.waiting.delete(id);
    } else {
      this.output.control({ type: 'PING', id }, `echo of id ${id}`);
    }
  }

  fail(error: Error): void {
    for (const echo of this.waiting.values()) echo.reject(error);
    this.waiting.clear();
  }
}
