/** How to take back one thing that a spec made. */
interface Owned {
  what: string;
  remove: () => Promise<void>;
}

/**
 * Owns what a spec creates and removes it in reverse order, whatever happened. A removal that fails does not stop the
 * others; what could not be removed is a leak of the spec.
 */
export class Scope {
  private readonly owned: Owned[] = [];
  private closing: Promise<string[]> | undefined;
  private closed = false;

  /**
   * Registers a removal; returns a function that forgets it (the spec removed the thing itself). What comes after the
   * end, from a body that went on past its deadline, is removed at once.
   */
  own(what: string, remove: () => Promise<void>): () => void {
    const entry = { what, remove };
    if (this.closed) {
      void remove().catch(() => undefined); // its spec is over and has nobody left to tell
      return () => undefined;
    }
    this.owned.push(entry);
    return () => {
      const index = this.owned.indexOf(entry);
      if (index >= 0) this.owned.splice(index, 1);
    };
  }

  /**
   * Removes everything, newest first. Returns one line per thing that is still there, with the reason. Whoever closes
   * it again waits for the same end.
   */
  close(): Promise<string[]> {
    this.closing ??= this.removeAll();
    return this.closing;
  }

  private async removeAll(): Promise<string[]> {
    const leaks: string[] = [];
    for (let entry = this.owned.pop(); entry !== undefined; entry = this.owned.pop()) {
      try {
        await entry.remove();
      } catch (error) {
        leaks.push(`${entry.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.closed = true;
    return leaks;
  }
}
