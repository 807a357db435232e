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

  /** Registers a removal; returns a function that forgets it (the spec removed the thing itself). */
  own(what: string, remove: () => Promise<void>): () => void {
    const entry = { what, remove };
    this.owned.push(entry);
    return () => {
      const index = this.owned.indexOf(entry);
      if (index >= 0) this.owned.splice(index, 1);
    };
  }

  /** Removes everything, newest first. Returns one line per thing that is still there, with the reason. */
  async close(): Promise<string[]> {
    const leaks: string[] = [];
    for (let entry = this.owned.pop(); entry !== undefined; entry = this.owned.pop()) {
      try {
        await entry.remove();
      } catch (error) {
        leaks.push(`${entry.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return leaks;
  }
}
