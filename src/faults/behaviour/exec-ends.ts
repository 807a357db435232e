import type { Fault } from '../fault.js';
import type { Filters, Session } from '../relay/filters.js';
import { faultOf, NOTHING, on } from './streaming-shapes.js';

/* How exec sessions end: what is reported, and when. */

/** What a session reported: the exit code, or null if the command could not be run. */
type Reported = number | null;

const success = '{"status":"Success"}';
const failed = (message: string): string =>
  JSON.stringify({ status: 'Failure', message, reason: 'InternalError', code: 500 });
const exited = (code: number | string, reason = 'ExitCode'): string =>
  JSON.stringify({
    status: 'Failure',
    message: `command terminated with non-zero exit code: ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason, message: String(code) }] },
  });
const status = (code: number): string => (code === 0 ? success : exited(code));

function reported(text: string): Reported {
  interface Status {
    status?: string;
    reason?: string;
    details?: { causes?: { message?: string }[] };
  }
  const { status: how, reason, details } = JSON.parse(text) as Status;
  if (how === 'Success') return 0;
  return reason === 'NonZeroExitCode' ? Number(details?.causes?.[0]?.message) : null;
}

/** The text to report; undefined for the right one. */
type Report = (code: Reported, text: string) => string | undefined;

const REPORTS: [id: string, title: string, report: Report][] = [
  ['always-success', 'every command that ran is reported as a success', (code) => (code ? success : undefined)],
  ['always-1', 'every exit code but 0 is reported as 1', (code) => (code ? exited(1) : undefined)],
  ['zero-as-1', 'a success is reported as exit code 1', (code) => (code === 0 ? exited(1) : undefined)],
  ['code-lost', 'a failed command is reported without its exit code', (code) => (code ? failed('exit') : undefined)],
  [
    'signal-as-1',
    'the end by a signal is reported as exit code 1',
    (code) => (signalled(code) ? exited(1) : undefined),
  ],
  ['signal-as-success', 'the end by a signal is a success', (code) => (signalled(code) ? success : undefined)],
  [
    'signal-as-number',
    'the end by a signal is reported by its number alone',
    (code) => (signalled(code) ? exited((code ?? 0) - 128) : undefined),
  ],
  [
    'signal-as-error',
    'the end by a signal is an error without exit code',
    (code) => (signalled(code) ? failed('signal') : undefined),
  ],
  ['code-mod-128', 'exit codes lose their highest bit', (code) => (code === null ? undefined : status(code & 127))],
  [
    'code-signed',
    'exit codes above 127 are negative',
    (code) => (code !== null && code > 127 ? exited(code - 256) : undefined),
  ],
  [
    'code-shifted',
    'exit codes are those of wait(), 256 times as large',
    (code) => (code ? exited(code * 256) : undefined),
  ],
  [
    'code-plus-one',
    'exit codes but 0 and 255 are one too high',
    (code) => (code && code < 255 ? exited(code + 1) : undefined),
  ],
  ['255-as-success', 'exit code 255 is reported as a success', (code) => (code === 255 ? success : undefined)],
  [
    'code-in-hex',
    'exit codes are written in hexadecimal',
    (code) => (code ? exited(`0x${code.toString(16)}`) : undefined),
  ],
  [
    'cause-missing',
    'the exit code stands in the message only',
    (code, text) => (code ? text.replace(/"causes":\[.*?\]/, '"causes":[]') : undefined),
  ],
  [
    'cause-misnamed',
    'the cause of an exit code has another name',
    (code) => (code ? exited(code, 'ExitStatus') : undefined),
  ],
  [
    'reason-missing',
    'a failed command is reported without a reason',
    (code, text) => (code ? text.replace('"reason":"NonZeroExitCode",', '') : undefined),
  ],
  [
    'plain-text',
    'the status is plain text',
    (code) => (code ? `command terminated with exit code ${code}` : undefined),
  ],
  ['success-empty', 'a success is reported by nothing', (code) => (code === 0 ? '' : undefined)],
  [
    'success-lower-case',
    'a success is reported in lower case',
    (code) => (code === 0 ? success.toLowerCase() : undefined),
  ],
  ['json-cut', 'the status breaks off', (_code, text) => text.slice(0, -1)],
  ['json-twice', 'the status comes twice', (_code, text) => text + text],
  ['never', 'no status comes', () => ''],
  [
    'unstarted-as-success',
    'a command that cannot be started is reported as a success',
    (code) => (code === null || (code >= 126 && code <= 127) ? success : undefined),
  ],
  [
    'unstarted-without-text',
    'a command that cannot be started is reported without a text',
    (code) => (code === null ? failed('') : undefined),
  ],
];

function signalled(code: Reported): boolean {
  return code !== null && code > 128 && code < 160;
}

function reports(rpc: 'Exec' | 'Attach', list: typeof REPORTS): Fault[] {
  return list.map(([id, title, report]) =>
    faultOf(rpc)(`status-${id}`, title, (shown) =>
      on(['error'], shown, ({ payload }) => {
        const text = payload.toString();
        const other = report(reported(text), text);
        return other === undefined ? 'pass' : Buffer.from(other);
      }),
    ),
  );
}

const ATTACH_REPORTS: typeof REPORTS = [
  ['error', 'the end of the container is an error', () => failed('the container ended')],
  ['plain-text', 'the status is plain text', () => 'done'],
  ['never', 'no status comes', () => ''],
];

const fault = faultOf('Exec');

/** Ends the session, with a status or without, as a chunk passes. */
function endsAfter(shown: () => void, tells: (stream: string) => boolean, text = success, afterMs = 0): Filters {
  const finish = (session: Session): void => {
    const part = { connection: 0, last: true };
    for (const stream of ['stdout', 'stderr'] as const) session.send('down', { ...part, stream, payload: NOTHING });
    session.send('down', { ...part, stream: 'error', payload: Buffer.from(text) });
    session.end();
  };
  let told = false;
  return {
    chunk: ({ stream, payload, last }, session) => {
      if (told || !(tells(stream) && (payload.length > 0 || last))) return 'pass';
      told = true;
      shown();
      setTimeout(finish, afterMs, session);
      return 'pass';
    },
  };
}

/** Ends the session after so long a silence. */
function idleFor(shown: () => void, ms: number): Filters {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  return {
    chunk: ({ stream, last }, session) => {
      clearTimeout(timer);
      over ||= stream === 'error' || last;
      if (!over) {
        timer = setTimeout(() => {
          shown();
          session.end();
        }, ms);
      }
      return 'pass';
    },
    end: () => {
      clearTimeout(timer);
      over = true;
      return 'pass';
    },
  };
}

/** Keeps from the client that these streams end, and the session. */
const neverEnds =
  (streams: string[]) =>
  (shown: () => void): Filters => ({
    chunk: ({ direction, stream, last }) =>
      direction === 'down' && streams.includes(stream) && (last || stream === 'error') ? 'drop' : 'pass',
    end: (direction) => {
      if (direction === 'up') return 'pass';
      shown();
      return 'drop';
    },
  });

export const execEndFaults: Fault[] = [
  ...reports('Exec', REPORTS),
  ...reports('Attach', ATTACH_REPORTS),
  fault(
    'ends-at-first-output',
    'a session without stdin ends after the first output',
    (shown) => {
      let input = false;
      const ends = endsAfter(shown, (stream) => !input && stream === 'stdout');
      return {
        chunk: (chunk, session) => {
          input ||= chunk.stream === 'stdin';
          return ends.chunk?.(chunk, session) ?? 'pass';
        },
      };
    },
    { source: 'kata-containers#13640' },
  ),
  fault('ends-with-output', 'the session ends with success when stdout ends, although the command runs', (shown) => {
    const ends = endsAfter(shown, (stream) => stream === 'stdout');
    return { chunk: (chunk, session) => (chunk.last ? (ends.chunk?.(chunk, session) ?? 'pass') : 'pass') };
  }),
  fault('ends-after-100ms', 'the session ends 100 ms after its first output', (shown) =>
    endsAfter(shown, (stream) => stream === 'stdout', success, 100),
  ),
  fault('idle-timeout', 'a session that is silent for 150 ms ends', (shown) => idleFor(shown, 150)),
  fault('streams-never-end', 'stdout and stderr do not end with the command', neverEnds(['stdout', 'stderr'])),
  fault(
    'status-never-comes',
    'the session goes on without a status when the command has ended',
    neverEnds(['stdout', 'stderr', 'error']),
  ),
  fault('cut-at-end', 'the connection breaks before the status', (shown) => on(['error'], shown, () => 'sever')),
];
