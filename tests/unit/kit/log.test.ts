import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logText, parseLog, type LogEntry } from '../../../src/kit/log.js';
import { SpecViolation } from '../../../src/kit/violation.js';

const timestamps = fc
  .tuple(
    fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    fc.stringMatching(/^(\.\d{1,9})?$/),
    fc.constantFrom('Z', '+00:00', '-11:30', '+14:00'),
  )
  .map(([date, fraction, zone]) => `${date.toISOString().slice(0, 19)}${fraction}${zone}`);

/** Any bytes but a line feed, which ends an entry. */
const contents = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10)));

const entries: fc.Arbitrary<LogEntry> = fc.record({
  timestamp: timestamps,
  stream: fc.constantFrom('stdout' as const, 'stderr' as const),
  tag: fc.constantFrom('P' as const, 'F' as const),
  content: contents,
});

function written(log: readonly LogEntry[]): Buffer {
  const lines = log.flatMap(({ timestamp, stream, tag, content }) => [
    Buffer.from(`${timestamp} ${stream} ${tag} `),
    content,
    Buffer.from('\n'),
  ]);
  return Buffer.concat(lines);
}

test('reads back what was written, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 20 }), (log) => {
      expect(parseLog(written(log))).toEqual(log);
    }),
  );
});

test('a log cut anywhere is read up to its last whole line', () => {
  fc.assert(
    fc.property(fc.array(entries, { minLength: 1, maxLength: 5 }), fc.nat(), (log, cut) => {
      const file = written(log);
      const part = file.subarray(0, cut % (file.length + 1));
      const whole = part.filter((byte) => byte === 10).length;
      expect(parseLog(part)).toEqual(log.slice(0, whole));
    }),
  );
});

test('further tags after a colon are accepted, as by the kubelet', () => {
  const [entry] = parseLog(Buffer.from('2024-01-01T00:00:00Z stdout P:x:y some text\n'));
  expect(entry).toMatchObject({ tag: 'P', content: Buffer.from('some text') });
});

describe('a line of another form is quoted', () => {
  test.each([
    ['plain text', 'hello\n'],
    ['an empty line', '\n'],
    ['another stream', '2024-01-01T00:00:00Z stdin F x\n'],
    ['another tag', '2024-01-01T00:00:00Z stdout X x\n'],
    ['no tag', '2024-01-01T00:00:00Z stdout \n'],
    ['no space after the tag', '2024-01-01T00:00:00Z stdout F\n'],
    ['a time without a zone', '2024-01-01T00:00:00 stdout F x\n'],
    ['a day without a time', '2024-01-01 stdout F x\n'],
    ['ten digits of a second', '2024-01-01T00:00:00.1234567890Z stdout F x\n'],
    ["docker's JSON", '{"log":"x\\n","stream":"stdout","time":"2024-01-01T00:00:00Z"}\n'],
    ['two blanks', '2024-01-01T00:00:00Z  stdout F x\n'],
  ])('%s', (_what, line) => {
    const good = '2024-01-01T00:00:00Z stdout F fine\n';
    try {
      parseLog(Buffer.from(good + line + good));
    } catch (error) {
      expect(error).toBeInstanceOf(SpecViolation);
      expect((error as SpecViolation).violation.observed).toBe(JSON.stringify(line.slice(0, -1)));
      return;
    }
    throw new Error('it was accepted');
  });
});

test('the text of a stream joins pieces and ends lines', () => {
  const log = parseLog(
    Buffer.from(
      [
        '2024-01-01T00:00:00Z stdout P one ',
        '2024-01-01T00:00:00Z stderr F other',
        '2024-01-01T00:00:01Z stdout F line',
        '2024-01-01T00:00:01Z stdout F ',
        '2024-01-01T00:00:01Z stdout P open',
        '',
      ].join('\n'),
    ),
  );
  expect(logText(log)).toBe('one line\n\nopen');
  expect(logText(log, 'stderr')).toBe('other\n');
  expect(logText([])).toBe('');
});
