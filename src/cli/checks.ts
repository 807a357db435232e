import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { catalogue, type ImageName } from '../../fixtures/images/catalogue.js';
import { nearest } from '../runner/select.js';
import { UsageError } from './exit.js';

/** `host:port` split; the port may be 0 for a free one. */
export function parseHostPort(option: string, text: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:/\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? NaN);
  if (match?.[1] === undefined || !(port <= 65535))
    throw new UsageError(`--${option} '${text}': want host:port, e.g. 127.0.0.1:5000`);
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

/** A whole number within bounds. */
export function wholeNumber(option: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new UsageError(`--${option}: want a whole number from ${low} to ${high}`);
}

export function kubernetesRelease(text: string | undefined): string | undefined {
  if (text === undefined || /^1\.\d{1,3}$/.test(text)) return text;
  throw new UsageError(`--kubernetes '${text}': want a release as 1.NN, e.g. 1.34`);
}

/** `name=/path` pairs of --binary. */
export function binaries(pairs: string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const match = /^([\w.-]+)=(\/.+)$/.exec(pair);
      if (match?.[1] === undefined || match[2] === undefined) {
        throw new UsageError(`--binary '${pair}': want name=/absolute/path, e.g. containerd=/opt/bin/containerd`);
      }
      return [match[1], match[2]];
    }),
  );
}

/**
 * The file of --images: a mapping of our image names to references of the user's.
 * @throws {UsageError} naming the file and the offending key
 */
export function readImageMap(path: string | undefined): Record<string, string> {
  if (path === undefined) return {};
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`--images ${path}: ${(cause as Error).message}`, { cause });
  }
  if (typeof content !== 'object' || content === null || Object.keys(content).length === 0 || Array.isArray(content)) {
    throw new UsageError(`--images ${path}: want a mapping, one line per image: 'general: registry.example/general:1'`);
  }
  const names = Object.keys(catalogue) as ImageName[];
  for (const [name, reference] of Object.entries(content)) {
    if (!(names as string[]).includes(name))
      throw new UsageError(`--images ${path}: no image '${name}'. ${nearest(name, names)}`);
    if (typeof reference !== 'string' || reference === '') {
      throw new UsageError(
        `--images ${path}: the reference of '${name}' must be a text such as registry.example/${name}:1`,
      );
    }
  }
  return content as Record<string, string>;
}
