import { randomBytes } from 'node:crypto';

/** An id in the form that runtimes issue, 64 hexadecimal digits, which none has issued. */
export function unknownId(): string {
  return randomBytes(32).toString('hex');
}

/** An id that none has issued, and that differs from the given one at its end only. */
export function nearId(id: string): string {
  return id.slice(0, -4) + (id.endsWith('abcd') ? 'dcba' : 'abcd');
}
