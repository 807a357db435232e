import { isUnset } from './unset.js';

/**
 * A copy of a decoded message without one field, which then has its default. Lists and maps on the way are followed
 * into every element.
 * @param zero for an enum, the name of its default
 * @returns the copy, and whether the field had another value anywhere
 */
export function cleared<T>(message: T, path: readonly string[], zero?: string): { value: T; changed: boolean } {
  const [name, ...rest] = path;
  if (name === undefined || message === null || typeof message !== 'object') return { value: message, changed: false };
  const source = message as Record<string, unknown>;
  const inside = source[name];
  if (rest.length === 0) {
    const { [name]: _gone, ...others } = source;
    return { value: others as T, changed: inside !== zero && !isUnset(inside) };
  }
  const { value, changed } = clearedWithin(inside, rest, zero);
  return { value: { ...source, [name]: value } as T, changed };
}

/** The same for the value of a field that messages are in: one, a list of them, or a map to them. */
function clearedWithin(inside: unknown, rest: readonly string[], zero?: string): { value: unknown; changed: boolean } {
  if (Array.isArray(inside)) {
    const items = (inside as unknown[]).map((item) => cleared(item, rest, zero));
    return { value: items.map(({ value }) => value), changed: items.some(({ changed }) => changed) };
  }
  return cleared(inside, rest, zero);
}
