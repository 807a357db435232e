import { readFile } from 'node:fs/promises';
import { check, logText, spec, type SpecContext } from '../../src/kit/index.js';
import type { LogEntry } from '../../src/kit/log.js';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { environment } from '../shared/environment.js';

const WRITTEN_BY = ['api.proto: ContainerConfig.log_path', 'cri-client: pkg/logs/logs.go parseCRILog'];

/** Runs a shell script to its end as a container, and returns its log once it has as many bytes of output. */
async function logOf(t: SpecContext, script: string, bytes: number, config: ContainerInput = {}): Promise<LogEntry[]> {
  const pod = await t.pods.shared();
  const before = Date.now();
  const container = await pod.runToExit(['/bin/sh', '-c', script], config);
  check.equal((await container.status()).exit_code, 0, 'the program that writes the log succeeds');
  const size = (entries: LogEntry[]): number =>
    entries.reduce((sum, { content, tag }) => sum + content.length + (tag === 'F' ? 1 : 0), 0);
  const entries = await container.log(
    `the log has the ${bytes} bytes that the program wrote`,
    (seen) => size(seen) >= bytes,
  );
  // The reader goes by the time of each entry, be it one of many pieces of a line.
  const [from, to] = [before - 1_000, Date.now() + 1_000];
  const outside = entries.map(({ timestamp }) => timestamp).filter((time) => !within(Date.parse(time), from, to));
  check.equal(outside, [], 'time stamps of entries that are not of the time in which the program ran');
  return entries;
}

const within = (ms: number, from: number, to: number): boolean => ms >= from && ms <= to;

/** Entries as `stream tag content`, for comparison. */
const lines = (entries: LogEntry[]): string[] =>
  entries.map(({ stream, tag, content }) => `${stream} ${tag} ${content.toString('utf8')}`);

spec(
  {
    id: 'container-logs/stdout-line-format',
    title: 'a line on stdout is logged as time, stream, tag F and content, at log_directory/log_path',
    level: 'must',
    since: '1.20',
    why: 'kubectl logs and every log collector read this file; a line in another form is dropped.',
    sources: WRITTEN_BY,
    parity: ['container-logs/stdout-line-format'],
    expectations: [24, 48],
    requires: ['host-access'],
  },
  async (t) => {
    const pod = await t.pods.shared();
    // Looks like JSON, a format string, a variable: nothing of it is to be read.
    const literal = '{"a": "\\"b\\" \\\\ \\t \\n \\u0041"} %s%d $HOME <b> &amp; \'';
    const ticks = 'i=0; while [ $i -lt 24 ]; do sleep 0.05; echo $i; i=$((i+1)); done';
    const script = `echo "hello World"; sleep 0.3; echo " two  blanks "; printf '%s\\n' "$LITERAL"; ${ticks}`;
    const before = Date.now();
    const envs = environment({ LITERAL: literal });
    const container = await pod.runToExit(['/bin/sh', '-c', script], { envs });
    const { log_path } = await container.status();
    check.equal(
      log_path,
      container.logPath,
      'ContainerStatus.log_path is log_directory of the pod and log_path of the container',
    );
    const entries = await container.log('all lines are logged', (seen) => seen.length >= 27);
    check.equal(
      lines(entries.slice(0, 3)),
      ['stdout F hello World', 'stdout F  two  blanks ', `stdout F ${literal}`],
      'what the log has of three lines on stdout',
    );
    const times = entries.map(({ timestamp }) => Date.parse(timestamp));
    const [first = NaN, second = NaN] = times;
    check.between(first, before - 1_000, Date.now() + 1_000, 'the first time stamp, in ms by the clock of the host');
    check.between(second - first, 200, 60_000, 'ms between the time stamps of two lines 0.3 s apart');
    // Over more than a second, so that the fraction begins anew.
    const backwards = entries.slice(1).filter((_, index) => (times[index + 1] ?? NaN) < (times[index] ?? NaN));
    check.equal(
      backwards.map(({ timestamp }) => timestamp),
      [],
      'time stamps that are before the one of the line before',
    );
    const raw = await readFile(log_path, 'utf8');
    check.matches(raw, /^\S+\.\d{1,9}(Z|[+-]\d\d:\d\d) /, 'time stamps have a fraction of a second');
  },
);

spec(
  {
    id: 'container-logs/both-streams',
    title: 'stdout and stderr go into one file, each entry named by its stream',
    level: 'must',
    since: '1.20',
    why: 'Errors are mostly written to stderr; kubectl logs shows both streams in order of time.',
    sources: WRITTEN_BY,
    expectations: [48],
    requires: ['host-access'],
  },
  async (t) => {
    const script = 'echo one; sleep 0.2; echo two >&2; sleep 0.4; echo three; echo four >&2';
    const entries = await logOf(t, script, 19);
    check.equal(logText(entries, 'stdout'), 'one\nthree\n', 'what the log has of stdout');
    check.equal(logText(entries, 'stderr'), 'two\nfour\n', 'what the log has of stderr');
    const order = entries.slice(0, 3).map(({ content }) => content.toString('utf8'));
    check.equal(order.slice(0, 2), ['one', 'two'], 'lines that are 0.2 s apart are in order across the streams');
    // The fourth line may be stamped before the third: they were written at the same time.
    const times = entries.slice(0, 3).map(({ timestamp }) => Date.parse(timestamp));
    check.equal(
      times,
      [...times].sort((a, b) => a - b),
      'time stamps do not go backwards',
    );
    const [second = NaN, fourth = NaN] = entries
      .filter(({ stream }) => stream === 'stderr')
      .map(({ timestamp }) => Date.parse(timestamp));
    check.between(fourth - second, 250, 60_000, 'ms between the time stamps of two lines on stderr 0.4 s apart');
  },
);

spec(
  {
    id: 'container-logs/empty-lines',
    title: 'an empty line is an entry with empty content, its separators complete',
    level: 'must',
    since: '1.20',
    why: 'The reader wants a blank after the tag even with nothing behind it; without, the line is an error and lost.',
    sources: [...WRITTEN_BY, 'thread: conmon#629'],
    expectations: [48],
    requires: ['host-access'],
  },
  async (t) => {
    const entries = await logOf(t, 'printf "\\n\\na\\n\\n"; printf "\\n" >&2', 6);
    const stdout = lines(entries.filter(({ stream }) => stream === 'stdout'));
    check.equal(
      stdout,
      ['stdout F ', 'stdout F ', 'stdout F a', 'stdout F '],
      'what the log has of empty lines on stdout',
    );
    check.equal(logText(entries, 'stderr'), '\n', 'what the log has of an empty line on stderr');
  },
);

spec(
  {
    id: 'container-logs/long-line',
    title: 'a line of any length is logged whole, on each stream: pieces tagged P, the last one F',
    level: 'must',
    since: '1.20',
    why: 'JSON loggers write long lines; a piece that is lost or tagged wrongly makes the record unreadable.',
    sources: WRITTEN_BY,
    expectations: [48],
    requires: ['host-access'],
  },
  async (t) => {
    // Lengths around the sizes at which runtimes cut: 8, 16 and 64 KiB.
    const lengths = [8191, 8192, 16_384, 16_385, 200_000];
    const digitsOf = "seq 1 60000 | tr -d '\\n' | head -c";
    const [beside, halfway] = [50_000, 40_000];
    const script = `
      for n in ${lengths.join(' ')}; do ${digitsOf} $n; echo; done; echo end
      ${digitsOf} ${beside} >&2; echo >&2
      ${digitsOf} ${halfway}; sleep 0.3; echo between >&2; sleep 0.3; echo ' goes on'; echo last >&2`;
    const total = lengths.reduce((sum, length) => sum + length + 1, 0) + beside + halfway + 27;
    const entries = await logOf(t, script, total);
    let digits = '';
    for (let n = 1; digits.length < 200_000; n += 1) digits += String(n);
    const logged = logText(entries).split('\n');
    check.equal(
      logged.map((line) => line.length),
      [...lengths, 3, halfway + 8, 0],
      'lengths of the lines, put together from their pieces',
    );
    lengths.forEach((length, index) => {
      check.that(logged[index] === digits.slice(0, length), `the line of ${length} bytes is what was written`, {
        expected: 'the same bytes',
        observed: `${logged[index]?.slice(0, 200) ?? ''}…`,
      });
    });
    const shortened = (text: string): string => text.replace(digits.slice(0, beside), 'DIGITS');
    check.equal(
      shortened(logText(entries, 'stderr')),
      'DIGITS\nbetween\nlast\n',
      'lines of stderr, one as long and one written while a line of stdout was unfinished, are whole and not mixed in',
    );
  },
);

spec(
  {
    id: 'container-logs/no-trailing-newline',
    title: 'output that ends without a line feed is logged',
    level: 'must',
    since: '1.20',
    why: 'The last words of a crashing program are often the ones without a line feed.',
    sources: [...WRITTEN_BY, 'thread: containerd#4813, conmon#252'],
    expectations: [48],
    requires: ['host-access'],
  },
  async (t) => {
    // Whether the piece is tagged P (no line feed follows) or F is left to the runtime: both are read back whole.
    const entries = await logOf(t, 'echo first; printf "last words"; printf "and error" >&2', 25);
    const text = (stream: 'stdout' | 'stderr'): string => logText(entries, stream).replace(/\n$/, '');
    check.equal(text('stdout'), 'first\nlast words', 'what the log has of stdout that ends without a line feed');
    check.equal(text('stderr'), 'and error', 'what the log has of stderr that ends without a line feed');
  },
);

spec(
  {
    id: 'container-logs/any-bytes',
    title: 'bytes that are no UTF-8 are logged as they are',
    level: 'must',
    since: '1.20',
    why: 'A log is bytes: text in other encodings and binary must come back as it was written.',
    sources: WRITTEN_BY,
    expectations: [48],
    requires: ['host-access'],
  },
  async (t) => {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10);
    const octal = bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    const entries = await logOf(t, `printf '${octal}.\\n'; printf 'caf\\303\\251 \\377\\n' >&2`, bytes.length + 2 + 8);
    const content = (stream: string): Buffer[] =>
      entries.filter((entry) => entry.stream === stream).map((entry) => entry.content);
    check.equal(
      Buffer.concat(content('stdout')).toString('hex'),
      Buffer.from([...bytes, 46]).toString('hex'),
      'every byte but the line feed, in hexadecimal',
    );
    check.equal(
      Buffer.concat(content('stderr')).toString('hex'),
      '636166c3a920ff',
      'UTF-8 and a byte that is none, in hexadecimal',
    );
  },
);

spec(
  {
    id: 'container-logs/burst-is-complete',
    title: 'a program that writes much and exits at once has all of it in the log, in order',
    level: 'must',
    since: '1.20',
    why: 'The reason of a crash is at the end of the log, written in the last milliseconds.',
    sources: WRITTEN_BY,
    expectations: [48],
    requires: ['host-access'],
  },
  async (t) => {
    // Many more lines would show how fast the node writes: containerd's shim drops what is not copied 2 s after the exit.
    const expected = Array.from({ length: 3_000 }, (_, index) => `${index + 1}\n`).join('');
    const entries = await logOf(t, 'exec seq 1 3000', expected.length);
    const logged = logText(entries);
    const firstWrong = [...logged.split('\n').entries()].find(
      ([index, line]) => index < 3_000 && line !== String(index + 1),
    );
    check.equal(firstWrong, undefined, 'the first entry [index, content] that is not the line of that number');
    check.equal(logged.length, expected.length, 'bytes logged of the numbers from 1 to 3 000');

    const half = Array.from({ length: 1_500 }, (_, index) => `${index + 1}\n`).join('');
    const both = await logOf(t, 'seq 1 1500 >&2 & seq 1 1500; wait', 2 * half.length);
    for (const stream of ['stdout', 'stderr'] as const)
      check.equal(logText(both, stream) === half, true, `${stream} is whole of a program that prints on both at once`);
  },
);

spec(
  {
    id: 'container-logs/tty-is-stdout',
    title: 'with a terminal everything is logged as stdout',
    level: 'must',
    since: '1.20',
    why: 'A terminal has one output; the log of an interactive container would otherwise be empty or torn apart.',
    sources: ['api.proto: ContainerConfig.tty', ...WRITTEN_BY],
    expectations: [48],
    requires: ['host-access'],
  },
  async (t) => {
    const script = 'test -t 1 && test -t 2 && echo terminal; echo err >&2';
    const entries = await logOf(t, script, 13, { tty: true });
    // The terminal turns LF into CR LF; whether the CR is logged is left to the runtime.
    const seen = lines(entries).map((line) => line.replace(/\r$/, ''));
    check.equal(seen, ['stdout F terminal', 'stdout F err'], 'what the log has of a program with a terminal');
  },
);
