import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInput } from '../../fixtures/configs/container.js';
import { nonce } from '../../fixtures/configs/identity.js';
import type { RemoteCommand, Transport } from '../../src/client/streaming/index.js';
import type { Container, SpecContext } from '../../src/kit/index.js';
import type { Wanted } from '../../src/kit/streams.js';
import { Listener } from './listener.js';
import { shell } from './sessions.js';

/** How long an answer may take before the container is greeted again, in ms. */
const GREETING_MS = 1_000;

/**
 * A container that runs each line it reads in its own shell, where the variable `mark` is known, and nowhere else: a
 * runtime that attaches to some other process cannot know it. Says `no more input` at the end of its input, and ends.
 */
export function evaluator(mark: string): ContainerInput {
  return { command: shell(`mark=${mark}; while read -r line; do eval "$line"; done; echo no more input`), stdin: true };
}

/** A session whose other end is known to hear us. */
interface Attached {
  command: RemoteCommand;
  stdout: Listener;
  stderr: Listener;
  /** How many lines were typed before the session was up; the container counts them in `greetings`. */
  greetings: number;
  /** What came before the session was up, but for the answers to its own greetings. */
  foreign: string;
  /** Types a line. */
  type(line: string): void;
}

/**
 * Attaches to a container made from {@link evaluator}, and waits until both directions are there: what a container
 * writes before its output is connected belongs to nobody.
 */
export async function attached(
  t: SpecContext,
  transport: Transport,
  container: Container,
  wanted: Wanted = {},
): Promise<Attached> {
  const command = await t.streams.attach(container.id, { stdin: true, ...wanted }, transport);
  const stdout = new Listener(command.stdout, 'stdout');
  const stderr = new Listener(command.stderr, 'stderr');
  const type = (line: string): void => void command.stdin?.write(`${line}\n`);
  // What the container writes before its output is connected is lost, and streams are connected one by one: so greet
  // again until an answer has come on each. Lines are run in order, so that no earlier answer can follow it.
  const greetings: string[] = [];
  const greet = async (): Promise<string> => {
    const greeting = nonce();
    greetings.push(greeting);
    // Split in two words, so that the echo of a terminal is not taken for the answer.
    const say = `echo '${greeting}'" here"`;
    type(`greetings=$((greetings+1)); ${command.stderr === null ? say : `${say}; ${say} >&2`}`);
    const answer = new RegExp(`${greeting} here\\r?\\n$`);
    const deaf = (): string[] =>
      [stdout, ...(command.stderr === null ? [] : [stderr])]
        .filter(({ text }) => !answer.test(text))
        .map(({ name }) => name);
    for (let waited = 0; deaf().length > 0 && waited < GREETING_MS; waited += 5)
      await sleep(5, undefined, { signal: t.signal });
    return deaf().join(' and ');
  };
  const describe = (deaf: string): string => (deaf === '' ? 'answered' : `no answer on ${deaf}`);
  const rule = 'what is typed at an attach session is answered on the streams that were asked for';
  await t.eventually(rule, greet, (deaf) => deaf === '', { withinMs: 15_000, describe });
  const ours = new RegExp(`^(${greetings.join('|')}) here\n`, 'gm');
  const foreign = `${stdout.text}${stderr.text}`.replace(ours, '');
  stdout.text = '';
  stderr.text = '';
  return { command, stdout, stderr, greetings: greetings.length, foreign, type };
}
