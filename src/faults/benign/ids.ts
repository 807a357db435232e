import { createHash } from 'node:crypto';
import type { Fault } from '../fault.js';
import { deeply, everyCall } from './every-call.js';

/* Ids in another format. To a client they are opaque: the CRI gives them no form. */

/** Fields that hold the id of a pod or container. */
const KEYS = new Set(['id', 'container_id', 'pod_sandbox_id', 'target_id']);

const ID = /^[0-9a-f]{64}$/;

/** Gives every id of the runtime another form, and takes it back where a request has it. */
function inForm(form: (digits: string) => string): Fault['plant'] {
  return (planting) => {
    const real = new Map<string, string>();
    const given = (key: string, value: unknown): unknown => {
      if (!KEYS.has(key) || typeof value !== 'string' || !ID.test(value)) return value;
      const other = form(createHash('sha256').update(value).digest('hex'));
      real.set(other, value);
      planting.shown();
      return other;
    };
    const meant = (key: string, value: unknown): unknown =>
      KEYS.has(key) && typeof value === 'string' ? (real.get(value) ?? value) : value;
    return everyCall({
      unary: async ({ request, forward }) => deeply(await forward(deeply(request, meant) as object), given) as object,
      stream: async function* ({ request, forward }) {
        for await (const item of forward(deeply(request, meant) as object)) yield deeply(item, given) as object;
      },
    })(planting);
  };
}

export const idVariations: Fault[] = [
  {
    id: 'benign/ids-are-uuids',
    kind: 'ids',
    title: 'ids of pods and containers are UUIDs',
    plant: inForm((digits) => digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')),
  },
  {
    id: 'benign/ids-are-names',
    kind: 'ids',
    title: 'ids of pods and containers are names with capitals, digits, dots, dashes and underscores',
    plant: inForm((digits) => `Task_${digits.slice(0, 10)}.node-1.${BigInt(`0x${digits.slice(10, 16)}`)}`),
  },
];
