import { expect, test } from 'vitest';
import { Transcript } from '../../../src/client/streaming/transcript.js';

test('frames come out in order, escaped, without the fields they do not have', () => {
  const transcript = new Transcript();
  transcript.note('out', 'upgrade request', 'POST /exec');
  transcript.frame('in', 'DATA', 3, 'FIN', 4, Buffer.from('a\n\u0000\xff', 'latin1'));
  expect(transcript.frames()).toMatchObject([
    { direction: 'out', kind: 'upgrade request', length: 0, preview: 'POST /exec' },
    { direction: 'in', kind: 'DATA', stream: 3, flags: 'FIN', length: 4, preview: 'a\\n\\x00\\xff' },
  ]);
  expect(Object.keys(transcript.frames()[0] ?? {})).not.toContain('stream');
});

test('of a long session the first 40 and the last 200 frames stay, in order, with a note of the gap', () => {
  const transcript = new Transcript();
  for (let i = 0; i < 1000; i++) transcript.frame('in', 'DATA', i, '', i);
  const frames = transcript.frames();
  expect(frames).toHaveLength(241);
  expect(frames[40]).toMatchObject({ kind: 'left out', length: 760 });
  const numbers = frames.filter(({ kind }) => kind === 'DATA').map(({ length }) => length);
  expect(numbers).toEqual([...Array(40).keys(), ...Array.from({ length: 200 }, (_, i) => 800 + i)]);
});
