import { randomBytes } from 'node:crypto';

/** An id in the form that runtimes issue, 64 hexadecimal digits, which none has issued. */
export function unknownId(): string {
  return randomBytes(32).toString('hex');
}
