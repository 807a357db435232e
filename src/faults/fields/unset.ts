/** Whether a decoded value is what a field has that nobody filled. */
export function isUnset(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'object') return Object.keys(value).length === 0; // lists, maps, bytes; a message is never empty
  return value === '' || value === 0 || value === 0n || value === false;
}
