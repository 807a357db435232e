import { posix } from 'node:path';
import type { Fault } from '../fault.js';
import { imageIn, nameOf } from './image-facts.js';
import { entriesOf, publishedAs, type LayerEntry } from './published.js';
import { listedOf } from './relations.js';
import { handling, type Plant } from './shapes.js';

/* Layers that are unpacked wrongly. What is in a container is put wrong by its own shell, once it was started. */

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** An entry with what the layers below it have. */
interface Above extends LayerEntry {
  /** Their entries, without those that are whiteouts themselves. */
  below: LayerEntry[];
}

/** Entries that are not in the lowest layer, and so may concern others. */
function uppers(layers: LayerEntry[][]): Above[] {
  return layers.flatMap((entries, index) => {
    const below = layers.slice(0, index).flatMap((lower) => lower.filter(({ path }) => !path.includes(WHITEOUT)));
    return index === 0 ? [] : entries.map((entry) => ({ ...entry, below }));
  });
}

const isBelow = (folder: string, path: string): boolean => path.startsWith(`${folder}/`);

/** What a whiteout takes away; undefined of other entries. */
function removedBy(path: string): string | undefined {
  const name = posix.basename(path);
  if (!name.startsWith(WHITEOUT) || name === OPAQUE) return undefined;
  return posix.join(posix.dirname(path), name.slice(WHITEOUT.length));
}

/** Shell commands that make a container what it would be, had its layers been unpacked in another way. */
const unpacked = (commands: (layers: LayerEntry[][]) => string[]): Plant => {
  return (planting) => {
    const known = new Map<string, Promise<string[]>>();
    const commandsFor = async (name: string): Promise<string[]> => {
      const published = await publishedAs(name);
      // The images of most containers have one layer, or two.
      return (published?.layers?.length ?? 0) < 3 || published === null ? [] : commands(await entriesOf(published));
    };
    return handling('StartContainer', async ({ request: { container_id }, forward }) => {
      const answer = await forward();
      const container = await listedOf(planting, container_id);
      const image = await imageIn(planting, container?.image_ref ?? '');
      const name = nameOf(image);
      if (image === null || name === undefined) return answer;
      const found = known.get(image.id) ?? commandsFor(name);
      known.set(image.id, found);
      const script = (await found).join('\n');
      if (script === '') return answer;
      const cmd = ['/bin/sh', '-ec', script];
      const done = await planting.cri.runtime.ExecSync({ container_id, cmd, timeout: 10 }).catch(() => undefined);
      if (done?.exit_code === 0) planting.shown();
      return answer;
    })(planting);
  };
};

export const imageFileFaults: Fault[] = [
  {
    id: 'behaviour/whiteout-of-file-ignored',
    title: 'a file that an upper layer removes is in the container',
    plant: unpacked((layers) =>
      uppers(layers).flatMap(({ path, below }) => {
        const file = below.find((entry) => entry.path === removedBy(path) && entry.type !== 'dir');
        return file === undefined ? [] : [`touch /${file.path}`];
      }),
    ),
  },
  {
    id: 'behaviour/whiteout-of-directory-ignored',
    title: 'a directory that an upper layer removes is in the container',
    plant: unpacked((layers) =>
      uppers(layers).flatMap(({ path, below }) => {
        const folder = removedBy(path);
        return folder !== undefined && below.some((entry) => isBelow(folder, entry.path)) ? [`mkdir /${folder}`] : [];
      }),
    ),
  },
  {
    id: 'behaviour/opaque-whiteout-ignored',
    title: 'a directory that an upper layer empties has the files of the lower ones',
    plant: unpacked((layers) =>
      uppers(layers).flatMap(({ path, below }) => {
        if (posix.basename(path) !== OPAQUE) return [];
        return below.filter((entry) => isBelow(posix.dirname(path), entry.path)).map((entry) => `touch /${entry.path}`);
      }),
    ),
  },
  {
    id: 'behaviour/directory-stays-under-file',
    title: 'a directory stays although an upper layer has a file or link in its place',
    plant: unpacked((layers) =>
      uppers(layers).flatMap(({ path, type, below }) =>
        type !== 'dir' && below.some((entry) => isBelow(path, entry.path)) ? [`rm /${path}`, `mkdir /${path}`] : [],
      ),
    ),
  },
  {
    id: 'behaviour/file-stays-over-directory',
    title: 'a file stays although an upper layer has a directory in its place',
    plant: unpacked((layers) =>
      uppers(layers).flatMap(({ path, type, below }) => {
        const file = below.some((entry) => entry.path === path && entry.type !== 'dir');
        return type === 'dir' && file ? [`rm -r /${path}`, `touch /${path}`] : [];
      }),
    ),
  },
  {
    id: 'behaviour/layer-owners-lost',
    title: 'files of layers belong to root whoever the archive says',
    plant: unpacked((layers) =>
      uppers(layers).flatMap(({ path, uid, gid }) => (uid + gid > 0 ? [`chown 0:0 /${path}`] : [])),
    ),
  },
  {
    id: 'behaviour/layer-twice-applied-once',
    title: 'a layer that occurs twice in an image is applied once, at its first place',
    plant: unpacked((layers) => {
      const removed = uppers(layers).flatMap(({ path }) => removedBy(path) ?? []);
      const twice = layers.filter((layer, index) =>
        layers.slice(0, index).some((other) => JSON.stringify(other) === JSON.stringify(layer)),
      );
      return twice.flat().flatMap(({ path }) => (removed.includes(path) ? [`rm /${path}`] : []));
    }),
  },
];
