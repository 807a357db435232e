import type { Readable } from 'node:stream';
import { check } from '../../src/kit/index.js';
import { inTime } from './sessions.js';

/** Follows one stream of a session while the spec talks to the other end. */
export class Listener {
  /** All that came so far, a character for each byte. */
  text = '';
  private over = false;
  private changed: () => void = () => undefined;

  /** @param name what the stream is called in the report */
  constructor(
    readonly stream: Readable | null,
    readonly name: string,
  ) {
    stream?.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.changed();
    });
    stream?.once('close', () => {
      this.over = true;
      this.changed();
    });
    stream?.once('end', () => {
      this.over = true;
      this.changed();
    });
    // The stream's failure shows as its end; what is missing then is for the check to say.
    stream?.on('error', () => undefined);
  }

  /** Waits until the text has the pattern; fails at once when the stream has ended without. Returns the match. */
  async until(pattern: RegExp, rule: string): Promise<RegExpExecArray> {
    await this.seeks(pattern, rule);
    return check.matches(this.text, pattern, rule);
  }

  /** As `until`, but the stream may end without: then null. */
  async seeks(pattern: RegExp, rule: string): Promise<RegExpExecArray | null> {
    await inTime(
      this.settled(() => pattern.test(this.text)),
      rule,
      () => `${this.name} so far: ${this.text}`,
    );
    return pattern.exec(this.text);
  }

  /** Waits for so many bytes and takes them out of the text; fewer if the stream ends before. */
  async takes(count: number, rule: string): Promise<string> {
    await inTime(
      this.settled(() => this.text.length >= count),
      rule,
      () => `${this.text.length} bytes of ${this.name}`,
    );
    const taken = this.text.slice(0, count);
    this.text = this.text.slice(count);
    return taken;
  }

  /** Waits for the end of the stream and returns all its text. */
  async rest(rule: string): Promise<string> {
    await inTime(
      this.settled(() => false),
      rule,
      () => `${this.name} so far: ${this.text}`,
    );
    return this.text;
  }

  private async settled(enough: () => boolean): Promise<void> {
    while (!this.over && !enough()) await new Promise<void>((resolve) => (this.changed = resolve));
  }
}
