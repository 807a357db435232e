/** As much of HTTP/1.1 as a relay of upgrades needs. */

export const HEAD_END = '\r\n\r\n';
/** Longer than any upgrade's. */
export const HEAD_LIMIT = 64 * 1024;

/** The first value of a header in the head of a message. */
export function header(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\r?$`, 'im').exec(head)?.[1];
}

/** The last segment of the path that a request asks for. */
export function tokenOf(head: string): string | undefined {
  return /^\S+ (?:\S*\/)?([^/?\s]*)(?:\?\S*)? HTTP\/1\.1\r\n/.exec(head)?.[1];
}

/** The head of a request, readdressed. */
export function readdressed(head: string, { pathname, search, host }: URL): string {
  return head.replace(/^(\S+) \S+/, `$1 ${pathname}${search}`).replace(/^host:.*$/im, `Host: ${host}`);
}

/** A refusal like that of Go's server. */
export function refusal(status: number, text: string): string {
  const headers = ['Content-Type: text/plain', `Content-Length: ${Buffer.byteLength(text)}`, 'Connection: close'];
  return [`HTTP/1.1 ${status} ${text}`, ...headers, '', text].join('\r\n');
}
