import { appendFileSync } from 'node:fs';
import type { Fault } from '../fault.js';
import { eachLine, entry, logging, type LogLine } from './log-tap.js';

/* How an entry of a container's log looks. */

const text = (line: LogLine, change: (content: string) => string): LogLine => ({
  ...line,
  content: Buffer.from(change(line.content.toString('latin1')), 'latin1'),
});

/** Where containerd cuts a long line, if nobody configured it otherwise. */
const LINE_LIMIT = 16 * 1024;

export const logFormatFaults: Fault[] = [
  {
    id: 'behaviour/log-stderr-as-stdout',
    title: 'what a container writes to stderr is logged as stdout',
    plant: eachLine((line) => ({ ...line, stream: 'stdout' })),
  },
  {
    id: 'behaviour/log-streams-swapped',
    title: 'stdout is logged as stderr, and the reverse',
    plant: eachLine((line) => ({ ...line, stream: line.stream === 'stdout' ? 'stderr' : 'stdout' })),
  },
  {
    id: 'behaviour/log-streams-numbered',
    title: 'streams are logged by number',
    plant: eachLine((line) => ({ ...line, stream: line.stream === 'stdout' ? '1' : '2' })),
  },
  {
    id: 'behaviour/log-stderr-in-file-of-its-own',
    title: 'stderr is logged into another file',
    plant: logging({
      lines: (file) => (line) => {
        if (line.stream === 'stdout') file.write(line.bytes);
        else appendFileSync(`${file.path}.stderr`, line.bytes);
      },
    }),
  },
  {
    id: 'behaviour/log-without-stderr',
    title: 'stderr is not logged',
    plant: eachLine((line) => (line.stream === 'stderr' ? undefined : line)),
  },
  {
    id: 'behaviour/log-time-in-seconds',
    title: 'time stamps of a log are cut to seconds',
    plant: eachLine((line) => ({ ...line, time: line.time.replace(/\.\d+/, '') })),
  },
  {
    id: 'behaviour/log-time-without-zone',
    title: 'time stamps of a log have no zone',
    plant: eachLine((line) => ({ ...line, time: line.time.replace(/(Z|[+-]\d\d:\d\d)$/, '') })),
  },
  {
    id: 'behaviour/log-time-in-wrong-zone',
    title: 'time stamps of a log are local time with the zone of Greenwich',
    plant: eachLine((line) => {
      const local = new Date(Date.parse(line.time) + 2 * 3_600_000).toISOString();
      return { ...line, time: local.replace('Z', '000Z') };
    }),
  },
  {
    id: 'behaviour/log-time-since-epoch',
    title: 'time stamps of a log are nanoseconds since the epoch',
    plant: eachLine((line) => ({ ...line, time: `${BigInt(Date.parse(line.time)) * 1_000_000n}` })),
  },
  {
    id: 'behaviour/log-time-of-first-line',
    title: 'every line of a log has the time of the first',
    plant: logging({
      lines: (file) => {
        let first: string | undefined;
        return (line) => {
          first ??= line.time;
          file.write(entry({ ...line, time: first }));
        };
      },
    }),
  },
  {
    id: 'behaviour/log-time-runs-backwards',
    title: 'time stamps of a log fall from line to line',
    plant: logging({
      lines: (file) => {
        let last: number | undefined;
        return (line) => {
          last = last === undefined ? Date.parse(line.time) : last - 1;
          file.write(entry({ ...line, time: new Date(last).toISOString() }));
        };
      },
    }),
  },
  {
    id: 'behaviour/log-without-tag',
    title: 'entries of a log have no tag',
    plant: eachLine(({ time, stream, content }) =>
      Buffer.concat([Buffer.from(`${time} ${stream} `), content, Buffer.from('\n')]),
    ),
  },
  {
    id: 'behaviour/log-tag-before-stream',
    title: 'entries of a log have the tag before the stream',
    plant: eachLine((line) => ({ ...line, stream: line.tag, tag: line.stream })),
  },
  {
    id: 'behaviour/log-tag-spelt-out',
    title: 'tags in a log are full and partial',
    plant: eachLine((line) => ({ ...line, tag: line.tag === 'F' ? 'full' : 'partial' })),
  },
  {
    id: 'behaviour/log-pieces-tagged-full',
    title: 'the pieces of a long line are tagged F',
    plant: eachLine((line) => ({ ...line, tag: 'F' })),
  },
  {
    id: 'behaviour/log-lines-tagged-partial',
    title: 'no entry of a log is tagged F',
    plant: eachLine((line) => ({ ...line, tag: 'P' })),
  },
  {
    id: 'behaviour/log-last-piece-tagged-partial',
    title: 'the last piece of a long line is tagged P',
    source: 'containerd#4813',
    plant: logging({
      lines: (file) => {
        const open = new Set<string>();
        return (line) => {
          file.write(entry(open.has(line.stream) ? { ...line, tag: 'P' } : line));
          if (line.tag === 'P') open.add(line.stream);
          else open.delete(line.stream);
        };
      },
    }),
  },
  {
    id: 'behaviour/log-empty-line-without-separator',
    title: 'the entry of an empty line ends behind the tag',
    source: 'conmon#629',
    plant: eachLine((line) =>
      line.content.length > 0 ? line : Buffer.from(`${line.time} ${line.stream} ${line.tag}\n`),
    ),
  },
  {
    id: 'behaviour/log-in-json',
    title: 'logs have the JSON format of docker',
    source: 'cri-dockerd#150',
    plant: eachLine(({ time, stream, tag, content }) => {
      const log = content.toString('utf8') + (tag === 'F' ? '\n' : '');
      return Buffer.from(`${JSON.stringify({ log, stream, time })}\n`);
    }),
  },
  {
    id: 'behaviour/log-bare',
    title: 'logs hold the output alone',
    plant: eachLine(({ content }) => Buffer.concat([content, Buffer.from('\n')])),
  },
  {
    id: 'behaviour/log-lines-end-in-cr-lf',
    title: 'entries of a log end in CR LF',
    plant: eachLine((line) => text(line, (content) => `${content}\r`)),
  },
  {
    id: 'behaviour/log-lines-trimmed',
    title: 'blanks around a line are not logged',
    plant: eachLine((line) => text(line, (content) => content.replace(/^ +| +$/g, ''))),
  },
  {
    id: 'behaviour/log-tabs-expanded',
    title: 'tabs are logged as blanks',
    plant: eachLine((line) => text(line, (content) => content.replaceAll('\t', '        '))),
  },
  {
    id: 'behaviour/log-bytes-replaced',
    title: 'bytes that are no UTF-8 are logged as the replacement character',
    plant: eachLine((line) => ({ ...line, content: Buffer.from(line.content.toString('utf8')) })),
  },
  {
    id: 'behaviour/log-in-ascii',
    title: 'bytes above 127 are logged as question marks',
    plant: eachLine((line) => text(line, (content) => content.replace(/[^\x00-\x7f]/g, '?'))),
  },
  {
    id: 'behaviour/log-ends-at-nul',
    title: 'a line is logged up to its first NUL',
    plant: eachLine((line) => text(line, (content) => content.replace(/\0.*$/s, ''))),
  },
  {
    id: 'behaviour/log-escapes-stripped',
    title: 'terminal escapes are not logged',
    plant: eachLine((line) => text(line, (content) => content.replaceAll('\x1b', ''))),
  },
  {
    id: 'behaviour/log-line-of-16-kib-tagged-partial',
    title: 'a line, or a last piece, of just 16 KiB is tagged P',
    plant: eachLine((line) => (line.tag === 'F' && line.content.length === LINE_LIMIT ? { ...line, tag: 'P' } : line)),
  },
  {
    id: 'behaviour/log-stderr-pieces-tagged-full',
    title: 'the pieces of a long line of stderr are tagged F',
    plant: eachLine((line) => (line.stream === 'stderr' ? { ...line, tag: 'F' } : line)),
  },
  {
    id: 'behaviour/log-line-between-pieces-tagged-partial',
    title: 'a line of one stream that comes between the pieces of a line of the other is tagged P',
    plant: logging({
      lines: (file) => {
        let open: string | undefined;
        return (line) => {
          const between = open !== undefined && open !== line.stream;
          if (!between) open = line.tag === 'P' ? line.stream : undefined;
          file.write(between && line.tag === 'F' ? entry({ ...line, tag: 'P' }) : line.bytes);
        };
      },
    }),
  },
  {
    id: 'behaviour/log-time-fraction-unpadded',
    title: 'the fraction of the time stamps of a log lacks its leading zeros',
    plant: eachLine((line) => ({ ...line, time: line.time.replace(/\.0+(?=\d)/, '.') })),
  },
  {
    id: 'behaviour/log-carriage-return-overwrites',
    title: 'of a line with CR inside, only what follows the last one is logged',
    plant: eachLine((line) => {
      const at = line.content.subarray(0, -1).lastIndexOf(0x0d);
      return at < 0 ? line : { ...line, content: line.content.subarray(at + 1) };
    }),
  },
  {
    id: 'behaviour/log-backslashes-read',
    title: 'a backslash with a quote, a backslash or a t behind it is logged as what it stands for in JSON',
    plant: eachLine((line) =>
      text(line, (content) => content.replace(/\\([t"\\])/g, (_, letter: string) => (letter === 't' ? '\t' : letter))),
    ),
  },
  {
    id: 'behaviour/log-time-of-first-line-of-stderr',
    title: 'every line of stderr has the time of the first of them in a log',
    plant: logging({
      lines: (file) => {
        let first: string | undefined;
        return (line) => {
          if (line.stream === 'stderr') first ??= line.time;
          file.write(entry({ ...line, time: line.stream === 'stderr' ? (first ?? line.time) : line.time }));
        };
      },
    }),
  },
  {
    id: 'behaviour/log-time-of-pieces-is-the-epoch',
    title: 'the pieces of a long line have the beginning of 1970 for their time, but for the last',
    plant: eachLine((line) => (line.tag === 'P' ? { ...line, time: '1970-01-01T00:00:00.000000001Z' } : line)),
  },
];
