import { isDeepStrictEqual } from 'node:util';
import type { Fault } from '../fault.js';
import { deeply, everyCall } from './every-call.js';

/* In which order lists are. The CRI orders none of these. */

/** Lists of things that are told apart by what they are, not by their place. */
const UNORDERED = new Set([
  'items',
  'containers',
  'stats',
  'images',
  'conditions',
  'runtime_handlers',
  'repo_tags',
  'repo_digests',
  'mounts',
  'image_filesystems',
  'interfaces',
]);

function ordering(order: <T>(list: T[]) => T[]): Fault['plant'] {
  return everyCall({
    unary: async ({ forward }, _, { shown }) => {
      const answer = await forward();
      const changed = reordered(answer, order);
      if (!isDeepStrictEqual(changed, answer)) shown();
      return changed;
    },
  });
}

function reordered(answer: object, order: <T>(list: T[]) => T[]): object {
  return deeply(answer, (key, value) => {
    if (!UNORDERED.has(key) || !Array.isArray(value) || value.length < 2) return value;
    return order(value as unknown[]).map((item) => reorderedItem(item, order));
  }) as object;
}

const reorderedItem = (item: unknown, order: <T>(list: T[]) => T[]): unknown =>
  typeof item === 'object' && item !== null ? reordered(item, order) : item;

export const orderVariations: Fault[] = [
  {
    id: 'benign/lists-reversed',
    kind: 'order',
    title: 'pods, containers, images, names, mounts and conditions are listed the other way round: none has an order',
    plant: ordering((list) => list.toReversed()),
  },
  {
    id: 'benign/lists-shuffled',
    kind: 'order',
    title: 'pods, containers, images, names, mounts and conditions are listed in another order each time',
    plant: (planting) => {
      let calls = 0;
      return ordering((list) => {
        calls += 1;
        const turn = calls % list.length;
        return [...list.slice(turn), ...list.slice(0, turn)];
      })(planting);
    },
  },
];
