import { expect, test } from 'vitest';
import { parseStatus } from '../../../src/client/streaming/status.js';
import { exitStatus, SUCCESS } from './support.js';

const V4 = 'v4.channel.k8s.io';

test('success and exit codes are read from the JSON status of v4', () => {
  expect(parseStatus(SUCCESS, V4)).toEqual({ status: 'success', exitCode: 0, message: '', raw: SUCCESS });
  expect(parseStatus(exitStatus(137), V4)).toMatchObject({ status: 'exit-code', exitCode: 137, message: 'exit 137' });
  expect(parseStatus(exitStatus(3), 'v4.base64.channel.k8s.io')).toMatchObject({ exitCode: 3 });
});

test('any other failure is an error with the message of the runtime', () => {
  const raw =
    '{"status":"Failure","message":"Internal error occurred: no such file","reason":"InternalError","code":500}';
  const expected = { status: 'error', exitCode: null, message: 'Internal error occurred: no such file', raw };
  expect(parseStatus(raw, V4)).toEqual(expected);
});

test.each([
  ['', /ended without a status/],
  ['ouch', /not one JSON object: ouch/],
  ['"Success"', /not one JSON object/],
  ['{"status":"Great"}', /unknown status "Great"/],
  ['{"status":"Failure","reason":"NonZeroExitCode"}', /no such cause/],
  [exitStatus(3).replace('"3"', '3'), /no such cause/],
  [exitStatus(256), /found "256"/],
  [exitStatus(-1), /found "-1"/],
])('a broken v4 status %j is an error that says so', (raw, message) => {
  const status = parseStatus(raw, V4);
  expect(status).toMatchObject({ status: 'error', exitCode: null, raw });
  expect(status.message).toMatch(message);
});

test('before v4 the status is plain text and empty on success', () => {
  expect(parseStatus('', 'v3.channel.k8s.io')).toMatchObject({ status: 'success', exitCode: 0 });
  expect(parseStatus('it failed', 'channel.k8s.io')).toMatchObject({ status: 'error', message: 'it failed' });
});
