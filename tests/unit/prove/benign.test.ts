import { expect, test } from 'vitest';
import type { Spec } from '../../../src/kit/define.js';
import { joined, owedTo } from '../../../src/prove/benign.js';
import { hashesOf } from '../../../src/prove/hashes.js';
import type { BenignRecord } from '../../../src/prove/record.js';

const spec = (id: string, body: Spec['body'] = () => Promise.resolve()): Spec => ({ id, title: id, body }) as Spec;
const [a, b] = [spec('images/a'), spec('images/b')];
const changed = spec('images/b', () => Promise.reject(new Error('now')));

function record(specs: Spec[], given: Partial<BenignRecord> = {}): BenignRecord {
  return {
    ...{ id: 'benign/slow', title: '', rounds: 3, shown: 5, hash: '', specs: hashesOf(specs), accusations: [] },
    ...given,
  };
}

const accusationOf = ({ id }: Spec) => ({ round: 1, spec: id, rule: 'r', observed: 'o' });

test.each([
  ['nothing ran yet', undefined, [a, b], [a, b]],
  ['all ran', record([a, b]), [a, b], []],
  ['one has changed since', record([a, b]), [a, changed], [changed]],
  ['one is new', record([a]), [a, b], [b]],
  ['fewer rounds', record([a, b], { rounds: 1 }), [a, b], [a, b]],
])('%s', (_what, earlier, specs, owed) => {
  expect(owedTo(earlier, specs, 3)).toEqual(owed);
});

test('what ran again replaces what was said of it, the rest stays', () => {
  const earlier = record([a, b], { accusations: [accusationOf(a), accusationOf(b)] });
  const later = record([changed], { shown: 2 });
  const { shown, specs, accusations } = joined(earlier, later);
  expect({ shown, specs }).toEqual({ shown: 7, specs: hashesOf([a, changed]) });
  expect(accusations).toEqual([accusationOf(a)]);
});

test('more rounds begin anew', () => {
  const later = record([a], { rounds: 3 });
  expect(joined(record([a, b], { rounds: 1 }), later)).toEqual(later);
});
