import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

/* What a registry has of an image, read past the runtime: the CRI does not tell what an image is made of. */

/** How long a registry may take for an answer; it is one that is near, or none that these faults need. */
const TIMEOUT_MS = 3_000;

interface Descriptor {
  digest: string;
  platform?: { architecture: string; os: string };
}

/** A manifest or index as the registry answers with it, whatever it should be. */
export interface Published {
  /** Digest of what was sent. */
  digest: string;
  /** `http://host:port/v2/path`. */
  base: string;
  /** Of a manifest. */
  config?: Descriptor;
  layers?: Descriptor[];
  /** Of an index. */
  manifests?: Descriptor[];
}

export const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** What is published under a reference; null if its registry does not tell, as where credentials are needed. */
export async function publishedAs(reference: string, authorization?: string): Promise<Published | null> {
  const [, host, path, tag = 'latest', digest] = /^([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(reference) ?? [];
  if (host === undefined || path === undefined) return null;
  const base = `http://${host}/v2/${path}`;
  const answer = await fetched(`${base}/manifests/${digest ?? tag}`, { authorization });
  if (answer?.status !== 200) return null;
  const bytes = Buffer.from(await answer.arrayBuffer());
  return {
    ...(JSON.parse(bytes.toString()) as Omit<Published, 'digest' | 'base'>),
    digest: digestOf(bytes),
    base,
  };
}

/** A blob of what is published; null if the registry does not have it. */
export async function blobOf({ base }: Published, digest: string): Promise<Buffer | null> {
  const answer = await fetched(`${base}/blobs/${digest}`);
  return answer?.status === 200 ? Buffer.from(await answer.arrayBuffer()) : null;
}

/** Where the registry sends readers for the config; null if nowhere. */
export async function redirectOf({ base, config }: Published, authorization?: string): Promise<string | null> {
  const answer = await fetched(`${base}/blobs/${config?.digest ?? ''}`, { method: 'HEAD', authorization });
  return answer !== null && answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
}

export function layersOf(published: Published | null): string[] {
  return published?.layers?.map(({ digest }) => digest) ?? [];
}

/** Asks, with an Authorization header if need be, and follows no redirect. */
export async function fetched(
  url: string,
  { method = 'GET', authorization }: { method?: string; authorization?: string | undefined } = {},
): Promise<Response | null> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return fetch(url, { method, headers, redirect: 'manual', signal }).catch(() => null);
}

/** One entry of a layer. */
export interface LayerEntry {
  /** Without a slash at either end. */
  path: string;
  type: 'dir' | 'link' | 'file';
  uid: number;
  gid: number;
}

/** The entries of each layer of what is published, bottom first. */
export async function entriesOf(published: Published): Promise<LayerEntry[][]> {
  const blobs = await Promise.all(layersOf(published).map((digest) => blobOf(published, digest)));
  return blobs.map((blob) => (blob === null ? [] : entriesIn(blob)));
}

const BLOCK = 512;

/** The entries of an archive whose names are short, as those of ours are. */
function entriesIn(blob: Buffer): LayerEntry[] {
  const tar = blob[0] === 0x1f && blob[1] === 0x8b ? gunzipSync(blob) : blob;
  const entries: LayerEntry[] = [];
  let at = 0;
  const text = (from: number, length: number): string =>
    tar.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
  const octal = (from: number, length: number): number => parseInt(text(from, length), 8) || 0;
  for (; at + BLOCK <= tar.length && tar[at] !== 0; at += BLOCK * (1 + Math.ceil(octal(124, 12) / BLOCK))) {
    const path = [text(345, 155), text(0, 100)].filter((part) => part !== '').join('/');
    const type = ({ '2': 'link', '5': 'dir' } as const)[text(156, 1)] ?? 'file';
    entries.push({ path: path.replace(/\/$/, ''), type, uid: octal(108, 8), gid: octal(116, 8) });
  }
  return entries;
}
