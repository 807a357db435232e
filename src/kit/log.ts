import { SpecViolation } from './violation.js';

/** One entry of a container log. */
export interface LogEntry {
  /** As written, RFC 3339 with up to nanoseconds. */
  timestamp: string;
  stream: 'stdout' | 'stderr';
  /** `P`: the line goes on in the next entry of the stream; `F`: its last or only piece. */
  tag: 'P' | 'F';
  /** The bytes between the third space and the line feed. */
  content: Buffer;
}

const HEADER = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::[^ ]*)? /;

/**
 * Reads a container log as the kubelet does: `timestamp stream tags content`, one entry a line, content raw bytes.
 * A last line that has no line feed yet is still being written and left out.
 * Source: cri-client pkg/logs/logs.go (parseCRILog).
 * @throws {SpecViolation} quoting the first line that has another form
 */
export function parseLog(file: Buffer): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let start = 0, end = file.indexOf(10); end >= 0; start = end + 1, end = file.indexOf(10, start)) {
    const line = file.subarray(start, end);
    const header = HEADER.exec(line.subarray(0, 128).toString('latin1'));
    if (header === null) {
      const rule = 'every line of the log is `timestamp stream tag content`';
      const observed = JSON.stringify(line.subarray(0, 200).toString('utf8'));
      throw new SpecViolation({ rule, expected: 'RFC 3339 time, stdout or stderr, P or F, content', observed });
    }
    const [text, timestamp, stream, tag] = header as unknown as [string, string, 'stdout' | 'stderr', 'P' | 'F'];
    entries.push({ timestamp, stream, tag, content: Buffer.from(line.subarray(text.length)) });
  }
  return entries;
}

/** What a stream wrote: contents joined, with a line feed after each full entry. */
export function logText(entries: LogEntry[], stream: 'stdout' | 'stderr' = 'stdout'): string {
  const pieces = entries.filter((entry) => entry.stream === stream);
  return pieces.map(({ content, tag }) => content.toString('utf8') + (tag === 'F' ? '\n' : '')).join('');
}

/** How far a log has come, short enough for the history of a poll: the number of entries and the end of the last one. */
export function summary(entries: LogEntry[]): string {
  const last = entries.at(-1);
  const end =
    last === undefined ? '' : `, the last ${last.stream} ${last.tag} ${last.content.toString('utf8').slice(-80)}`;
  return `${entries.length} entries${end}`;
}
