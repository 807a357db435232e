/** Lets many in side by side, or one alone. Who waits to be alone goes before those who come later. */
export class Gate {
  private inside = 0;
  private aloneInside = false;
  private readonly waiting: { alone: boolean; enter: () => void }[] = [];

  /** Runs `body` beside others, or while nobody else is inside. */
  async pass<T>(alone: boolean, body: () => Promise<T>): Promise<T> {
    await new Promise<void>((enter) => {
      this.waiting.push({ alone, enter });
      this.admit();
    });
    try {
      return await body();
    } finally {
      this.inside -= 1;
      this.aloneInside = false;
      this.admit();
    }
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && this.hasRoom(next.alone); next = this.waiting[0]) {
      this.waiting.shift();
      this.inside += 1;
      this.aloneInside = next.alone;
      next.enter();
    }
  }

  private hasRoom(alone: boolean): boolean {
    return alone ? this.inside === 0 : !this.aloneInside;
  }
}

/**
 * With those at the beginning that do nothing but wait for minutes, beside all others, and those at the end that have to
 * be alone: who waits to be alone keeps everybody else waiting.
 */
export function inGoodOrder<T extends { alone?: boolean; slow?: boolean }>(specs: readonly T[]): T[] {
  const rank = ({ alone, slow }: T): number => (slow === true ? 0 : alone === true ? 2 : 1);
  return specs.toSorted((a, b) => rank(a) - rank(b));
}
