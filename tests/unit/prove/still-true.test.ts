import { expect, test } from 'vitest';
import type { Fault } from '../../../src/faults/fault.js';
import type { Spec } from '../../../src/kit/define.js';
import { hashesOf, hashOfFault, hashOfSpec } from '../../../src/prove/hashes.js';
import type { BenignRecord, CleanRecord, FaultRecord } from '../../../src/prove/record.js';
import { againstOf, stillTrue } from '../../../src/prove/still-true.js';

const spec = (id: string, body: Spec['body'] = () => Promise.resolve()): Spec =>
  ({ id: `images/${id}`, title: id, body }) as Spec;
const fault = (id: string, title = id): Fault => ({ id: `behaviour/${id}`, title, plant: () => ({}) });

const specs = [spec('a'), spec('b')];
const faults = [fault('killed'), fault('survived'), fault('benign')];

const clean = specs.map((each): CleanRecord => ({
  ...{ id: each.id, outcomes: ['passed'], reasons: [], steady: true, touched: [], hash: hashOfSpec(each) },
}));
const tried = (of: Fault, verdict: FaultRecord['verdict'], killers: string[]): FaultRecord => ({
  ...{ id: of.id, title: of.title, verdict, candidates: 2, tried: [], shown: 1, durationMs: 1 },
  kills: killers.map((id) => ({ spec: `images/${id}`, rule: 'r', observed: 'o' })),
  ...{ hash: hashOfFault(of), against: againstOf(specs) },
});
const [killed, survived, innocent] = faults as [Fault, Fault, Fault];
const benign: BenignRecord[] = [
  {
    ...{ id: innocent.id, title: '', rounds: 3, shown: 1, accusations: [] },
    ...{ hash: hashOfFault(innocent), specs: hashesOf(specs) },
  },
];
const earlier = { clean, faults: [tried(killed, 'killed', ['a', 'b']), tried(survived, 'survived', [])], benign };

test('all of it holds while nothing has changed', () => {
  expect(stillTrue(earlier, specs, faults)).toEqual(earlier);
});

test('a changed spec loses its kills, and may notice what nobody had noticed', () => {
  const changed = [spec('a', () => Promise.reject(new Error('now'))), spec('b')];
  const { clean: cleanNow, faults: now, benign: benignNow } = stillTrue(earlier, changed, faults);
  expect(cleanNow.map(({ id }) => id)).toEqual(['images/b']);
  expect(now.map(({ id, kills }) => [id, kills.map((kill) => kill.spec)])).toEqual([[killed.id, ['images/b']]]);
  expect(benignNow.map((record) => Object.keys(record.specs))).toEqual([['images/b']]);
});

test('a new spec leaves kills as they are, and survivors to be tried again', () => {
  const { faults: now } = stillTrue(earlier, [...specs, spec('c')], faults);
  expect(now.map(({ id }) => id)).toEqual([killed.id]);
});

test('a changed fault and one that is gone are tried anew', () => {
  expect(stillTrue(earlier, specs, [fault('killed', 'otherwise'), innocent]).faults).toEqual([]);
});
