import { expect, test } from 'vitest';
import { packRecord, unpackRecord } from '../../../src/runner/messages.js';
import { specRecord } from '../reports/records.js';

test('a record survives the way from the worker', () => {
  const record = specRecord({
    id: 'group/one',
    outcome: 'failed',
    reason: 'r\u0000\ud800 "…"',
    notes: [{ atMs: 0.1, kind: 'poll', text: 'ü\n' }],
  });
  expect(unpackRecord(packRecord(record))).toEqual(record);
});

test('a big integer in it does not cost the record', () => {
  const record = specRecord({
    id: 'group/one',
    calls: [{ method: 'm', request: { a: 5n }, startMs: 0, durationMs: 0 }],
  });
  expect(unpackRecord(packRecord(record)).calls[0]?.request).toEqual({ a: '5' });
});
