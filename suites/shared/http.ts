import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import { nonce } from '../../fixtures/configs/identity.js';
import { codeOf } from '../../src/client/errors.js';
import type { Container, Pod, SpecContext } from '../../src/kit/index.js';

/** `http://HOST:PORT/`, with brackets where the host is an IPv6 address. */
export function urlOf(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}/`;
}

/** A container that serves a page of its own on `port` of its pod. The page is ready, the server may still start. */
export async function startServer(pod: Pod, port = 80): Promise<{ container: Container; page: string }> {
  const envs = [{ key: 'PORT', value: Buffer.from(String(port)) }];
  const container = await pod.start({ envs }, 'webserver');
  const page = nonce();
  await container.shell(`echo ${page} > /www/index.html`);
  return { container, page };
}

/** Fetches a page from the node; what went wrong instead of the page, as `ECONNREFUSED` or `no answer`. */
export function fetchFromNode(host: string, port: number, withinMs = 3_000): Promise<string> {
  return new Promise((resolve) => {
    // No agent, so that every look opens a connection of its own.
    const request = get(urlOf(host, port), { agent: false, timeout: withinMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8').trim()));
      response.on('error', ({ message }) => resolve(message));
    });
    request.on('timeout', () => {
      resolve('no answer');
      request.destroy();
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** Fetches a page from inside a container; what went wrong instead of the page, in words. */
export async function fetchFrom(container: Container, host: string, port: number): Promise<string> {
  try {
    const { exitCode, stdout, stderr } = await container.exec(['/bin/wget', '-q', '-O', '-', urlOf(host, port)], 3);
    return exitCode === 0 ? stdout.trim() : stderr.trim();
  } catch (error) {
    if (codeOf(error) === 'DEADLINE_EXCEEDED') return 'no answer';
    throw error;
  }
}

/** Looks until the page is there, and no longer than the server may take to start. */
export async function expectPage(
  t: SpecContext,
  rule: string,
  look: () => Promise<string>,
  page: string,
): Promise<void> {
  await t.eventually(rule, look, (seen) => seen === page, { withinMs: 10_000 });
}
