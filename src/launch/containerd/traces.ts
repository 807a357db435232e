import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Traces } from '../driver.js';
import { layout } from './config.js';

/** Where containerd keeps one directory per pod or container, named by its id. */
const ID_DIRECTORIES = [
  'io.containerd.runtime.v2.task/k8s.io',
  'io.containerd.grpc.v1.cri/sandboxes',
  'io.containerd.grpc.v1.cri/containers',
];

/** Files of a bundle that name the shim's socket: `address` up to containerd 1.7, `bootstrap.json` since. */
const ADDRESS_FILES = ['address', 'bootstrap.json'];

/** Ids from what containerd keeps about its pods; sockets from the bundles of their shims. */
export function containerdTraces(directory: string): Traces {
  const { root, state } = layout(directory);
  const places = [root, state].flatMap((base) => ID_DIRECTORIES.map((name) => join(base, name)));
  const found = places.flatMap((place) => entries(place).map((id) => ({ id, path: join(place, id) })));
  const files = found.flatMap(({ path }) => ADDRESS_FILES.flatMap((file) => socketIn(join(path, file))));
  return { ids: [...new Set(found.map(({ id }) => id))], files: [...new Set(files)] };
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Shims listen outside the state directory, in a place that is compiled in. */
function socketIn(file: string): string[] {
  try {
    const socket = /unix:\/\/(\/run\/containerd\/s\/[0-9a-f]+)/.exec(readFileSync(file, 'utf8'))?.[1];
    return socket === undefined ? [] : [socket];
  } catch {
    return [];
  }
}
