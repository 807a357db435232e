import { appendFileSync, existsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault, Planting } from '../fault.js';
import { eachLine, entry, logging, type LogFile, type LogLine } from './log-tap.js';
import { listedOf } from './relations.js';
import { changeContainer, handling, stateOf, type Plant } from './shapes.js';

/* Which lines are logged, when, and where. */

/** Lines joined from their pieces are cut at so many bytes. */
function cutAt(bytes: number): Plant {
  return logging({
    lines: (file) => {
      const lengths: Record<string, number> = {};
      return (line) => {
        const before = lengths[line.stream] ?? 0;
        lengths[line.stream] = line.tag === 'P' ? before + line.content.length : 0;
        const content = line.content.subarray(0, Math.max(0, bytes - before));
        if (content.length > 0 || line.tag === 'F') file.write(entry({ ...line, content }));
      };
    },
  });
}

/** Holds lines back until `release` resolves, which is called with the first one held. */
function held(release: (file: LogFile, planting: Planting) => Promise<void>): Plant {
  return logging({
    lines: (file, planting) => {
      let lines: LogLine[] = [];
      return (line) => {
        lines.push(line);
        if (lines.length > 1) return;
        void release(file, planting).then(() => {
          file.write(...lines.map(({ bytes }) => bytes));
          lines = [];
        });
      };
    },
  });
}

/** A pause that ends with the planting. */
function waited(ms: number, { defer }: Planting): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    defer(() => clearTimeout(timer));
  });
}

const STDERR_LATE_MS = 700;

export const logContentFaults: Fault[] = [
  {
    id: 'behaviour/log-unfinished-line-lost',
    title: 'output that ends without a line feed is not logged',
    plant: logging({
      lines: (file) => {
        const pieces: Record<string, Buffer[]> = {};
        return (line) => {
          const waiting = (pieces[line.stream] ??= []);
          waiting.push(line.bytes);
          if (line.tag === 'F') file.write(...waiting.splice(0));
        };
      },
    }),
  },
  {
    id: 'behaviour/log-lines-cut-at-4-kib',
    title: 'a line is logged up to 4 KiB, the rest is lost',
    plant: cutAt(4096),
  },
  {
    id: 'behaviour/log-lines-cut-at-16-kib',
    title: 'a line is logged up to 16 KiB, the rest is lost',
    plant: cutAt(16_384),
  },
  {
    id: 'behaviour/log-lines-cut-at-64-kib',
    title: 'a line is logged up to 64 KiB, the rest is lost',
    plant: cutAt(65_536),
  },
  {
    id: 'behaviour/log-piece-loses-byte',
    title: 'every piece of a long line lacks its last byte',
    plant: eachLine((line) => (line.tag === 'P' ? { ...line, content: line.content.subarray(0, -1) } : line)),
  },
  {
    id: 'behaviour/log-without-empty-lines',
    title: 'empty lines are not logged',
    plant: eachLine((line) => (line.content.length === 0 ? undefined : line)),
  },
  {
    id: 'behaviour/log-repeated-lines-once',
    title: 'a line like the one before is not logged',
    plant: logging({
      lines: (file) => {
        let last: Buffer | undefined;
        return ({ content, bytes }) => {
          if (last === undefined || !content.equals(last)) file.write(bytes);
          last = content;
        };
      },
    }),
  },
  {
    id: 'behaviour/log-first-line-lost',
    title: 'the first line of a container is not logged',
    plant: logging({
      lines: (file) => {
        let lines = 0;
        return ({ bytes }) => ((lines += 1) > 1 ? file.write(bytes) : undefined);
      },
    }),
  },
  {
    id: 'behaviour/log-last-line-lost',
    title: 'a line is logged when the next one comes, and the last one never',
    plant: logging({
      lines: (file) => {
        let last: Buffer | undefined;
        return ({ bytes }) => {
          if (last !== undefined) file.write(last);
          last = bytes;
        };
      },
    }),
  },
  {
    id: 'behaviour/log-doubles-lines',
    title: 'every line is logged twice',
    plant: logging({ lines: (file) => (line) => file.write(line.bytes, line.bytes) }),
  },
  {
    id: 'behaviour/log-rate-limited',
    title: 'more than a thousand lines a second are not logged',
    plant: logging({
      lines: (file) => {
        let window = { second: 0, lines: 0 };
        return ({ time, bytes }) => {
          const second = Math.floor(Date.parse(time) / 1000);
          window = second === window.second ? { second, lines: window.lines + 1 } : { second, lines: 1 };
          if (window.lines <= 1000) file.write(bytes);
        };
      },
    }),
  },
  {
    id: 'behaviour/log-out-of-order',
    title: 'neighbouring lines are logged in the wrong order',
    plant: logging({
      lines: (file, { defer }) => {
        let first: Buffer | undefined;
        let timer: NodeJS.Timeout | undefined;
        defer(() => clearTimeout(timer));
        return ({ bytes }) => {
          clearTimeout(timer);
          if (first !== undefined) {
            file.write(bytes, first);
            first = undefined;
            return;
          }
          first = bytes;
          timer = setTimeout(() => {
            file.write(bytes);
            first = undefined;
          }, 100);
        };
      },
    }),
  },
  {
    id: 'behaviour/log-written-at-exit',
    title: 'a log is written when its container has exited',
    plant: held(async (file, planting) => {
      while ((await stateOf(planting, file.owner)) === 'CONTAINER_RUNNING') await waited(200, planting);
    }),
  },
  {
    id: 'behaviour/log-written-late',
    title: 'a line is logged half a minute after it was printed',
    plant: held((_, planting) => waited(30_000, planting)),
  },
  {
    id: 'behaviour/log-not-of-terminals',
    title: 'a container with a terminal has no log',
    plant: changeContainer(({ tty, log_path }) => ({ log_path: tty ? '' : log_path })),
  },
  {
    id: 'behaviour/log-elsewhere',
    title: 'logs are written to another file than log_path names',
    plant: changeContainer(({ log_path }) => ({ log_path: log_path.replace(/\.log$/, '.txt') })),
  },
  {
    id: 'behaviour/log-of-attempts-in-one-file',
    title: 'every attempt of a container logs into the file of the first',
    plant: changeContainer(({ log_path }) => ({ log_path: log_path.replace(/\d+\.log$/, '0.log') })),
  },
  {
    id: 'behaviour/log-of-previous-attempt-emptied',
    title: 'the log of an attempt is emptied when the next one is created',
    plant: handling('CreateContainer', async ({ request, forward }, { shown }) => {
      const answer = await forward();
      const { config, sandbox_config } = request;
      const attempt = config?.metadata?.attempt ?? 0;
      if (config === null || sandbox_config === null || attempt === 0) return answer;
      const previous = config.log_path.replace(/\d+\.log$/, `${attempt - 1}.log`);
      try {
        truncateSync(join(sandbox_config.log_directory, previous));
        shown();
      } catch {
        // there was no attempt before
      }
      return answer;
    }),
  },
  {
    id: 'behaviour/log-has-output-of-exec',
    title: 'what ExecSync prints is in the log of the container, too',
    plant: handling('ExecSync', async ({ request, forward }, { cri, shown }) => {
      const answer = await forward();
      const { status } = await cri.runtime.ContainerStatus({ container_id: request.container_id });
      const lines = Buffer.from(answer.stdout).toString('latin1').split('\n').slice(0, -1);
      if (!status?.log_path || lines.length === 0) return answer;
      const time = new Date().toISOString();
      const entries = lines.map((line) =>
        entry({ time, stream: 'stdout', tag: 'F', content: Buffer.from(line, 'latin1') }),
      );
      appendFileSync(status.log_path, Buffer.concat(entries));
      shown();
      return answer;
    }),
  },
  {
    id: 'behaviour/log-copied-to-sibling',
    title: 'what a container prints is also logged to the file of the one made before it in its pod',
    plant: (planting) => {
      const newest = new Map<string, LogFile>();
      return logging({
        lines: (file) => {
          const other = listedOf(planting, file.owner).then(
            (own) => {
              const pod = own?.pod_sandbox_id ?? file.owner;
              const before = newest.get(pod) ?? file;
              newest.set(pod, file);
              return before;
            },
            () => file,
          );
          return (line) => {
            file.write(line.bytes);
            void other.then((before) => {
              if (before === file || !existsSync(before.path)) return;
              appendFileSync(before.path, line.bytes);
              planting.shown();
            });
          };
        },
      })(planting);
    },
  },
  {
    id: 'behaviour/log-stderr-late',
    title: 'a line of stderr is logged 0.7 s after it was printed, behind what came on stdout meanwhile',
    plant: logging({
      lines: (file, { defer }) => {
        return (line) => {
          if (line.stream !== 'stderr') {
            file.write(line.bytes);
            return;
          }
          const timer = setTimeout(() => file.write(line.bytes), STDERR_LATE_MS);
          defer(() => clearTimeout(timer));
        };
      },
    }),
  },
];
