import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BACKLOG_LIMIT, Channel, textOf } from '../../../src/client/streaming/channel.js';
import { StreamError } from '../../../src/client/streaming/error.js';
import { readAll, rejection } from './support.js';

const BOTH = { readable: true, writable: true };
const lost = new StreamError('closed', 'the line is dead');

function open(directions = BOTH) {
  const events: string[] = [];
  const port = {
    send: (chunk: Buffer, sent: () => void) => {
      events.push(`send ${chunk.toString()}`);
      if (chunk.toString() !== 'stuck') sent();
    },
    end: () => void events.push('end'),
    released: () => void events.push('released'),
    pressure: (full: boolean) => void events.push(full ? 'full' : 'taken'),
  };
  return { channel: new Channel(port, directions), events };
}

test('what was delivered can be read, then the end', async () => {
  const { channel } = open();
  channel.deliver(Buffer.from('a'));
  channel.deliver(Buffer.from('b'));
  channel.endInput();
  expect((await readAll(channel)).toString()).toBe('ab');
});

test('a backlog beyond the limit is reported once, and again when it was read', async () => {
  const { channel, events } = open();
  const piece = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < 2 * BACKLOG_LIMIT; sent += piece.length) channel.deliver(piece);
  expect(events).toEqual(['full']);
  channel.endInput();
  expect(await readAll(channel)).toHaveLength(2 * BACKLOG_LIMIT);
  expect(events.slice(0, 2)).toEqual(['full', 'taken']);
});

test('tiny pieces count for more than their bytes and do not keep the buffer they came in', () => {
  const { channel, events } = open();
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let pieces = 0;
  while (events.length === 0 && pieces < 10_000) channel.deliver(chunk.subarray(pieces, ++pieces));
  expect(pieces).toBeLessThan(2500);
  const first = channel.read(1) as Buffer;
  expect(first.buffer).not.toBe(chunk.buffer);
});

test('a reset ends reading in order and fails only who goes on writing', async () => {
  const { channel } = open();
  channel.deliver(Buffer.from('last words'));
  channel.reset(lost);
  channel.write('more', () => undefined);
  expect((await readAll(channel)).toString()).toBe('last words');
  await delay(5);
  expect(channel.errored).toBe(lost);
});

test('a failed channel first yields what had arrived, then the error', async () => {
  const { channel } = open();
  channel.deliver(Buffer.from('half'));
  channel.fail(lost);
  const got: string[] = [];
  channel.on('data', (piece: Buffer) => got.push(piece.toString()));
  expect(await rejection(finished(channel, { writable: false }))).toBe(lost);
  expect(got).toEqual(['half']);
});

test('a write under way fails when the channel does', async () => {
  const { channel } = open({ readable: false, writable: true });
  const written = new Promise<unknown>((resolve) => channel.write('stuck', resolve));
  channel.fail(lost);
  expect(await written).toBe(lost);
});

test('losing the writing half leaves reading alone', async () => {
  const { channel } = open();
  channel.endOutput(lost);
  const written = new Promise<unknown>((resolve) => channel.write('x', resolve));
  channel.deliver(Buffer.from('still '));
  await delay(5);
  channel.deliver(Buffer.from('here'));
  channel.endInput();
  expect((await readAll(channel)).toString()).toBe('still here');
  expect(await written).toBe(lost);
});

test('destroying a channel answers the write under way', async () => {
  const { channel } = open();
  const written = new Promise<Error | null | undefined>((resolve) => channel.write('stuck', resolve));
  channel.destroy();
  expect((await written)?.message).toMatch(/destroyed/);
});

test('after the end of input a lost connection is no error for the reader', async () => {
  const { channel } = open({ readable: true, writable: false });
  channel.deliver(Buffer.from('all'));
  channel.endInput();
  channel.fail(lost);
  expect((await readAll(channel)).toString()).toBe('all');
});

test('destroying a full channel relieves its connection', () => {
  const { channel, events } = open();
  channel.deliver(Buffer.alloc(2 * BACKLOG_LIMIT));
  channel.deliver(Buffer.alloc(2 * BACKLOG_LIMIT));
  channel.destroy();
  expect(events).toEqual(['full', 'taken', 'released']);
});

test('textOf takes no more than 64 KiB and rejects for a channel that is destroyed', async () => {
  const long = open().channel;
  const text = textOf(long);
  for (let i = 0; i < 10; i++) long.deliver(Buffer.alloc(16 * 1024, 'x'));
  long.endInput();
  expect(await text).toHaveLength(64 * 1024);
  const gone = open().channel;
  const nothing = textOf(gone);
  gone.destroy();
  expect((await rejection(nothing)).message).toMatch(/closed/);
});
