#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { cleanupCommand } from './commands/cleanup.js';
import { doctorCommand } from './commands/doctor.js';
import { explainCommand } from './commands/explain.js';
import { listCommand } from './commands/list.js';
import { proveCommand } from './commands/prove.js';
import { runCommand } from './commands/run.js';
import { EXIT, UsageError } from './exit.js';
import { runOptions } from './options.js';
import { SelectionError } from '../runner/select.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What yargs itself found wrong with the words of the command line. */
class WrongWords extends Error {
  override readonly name = 'WrongWords';
}

/** What may be given several times; anything else that yargs made a list of was given twice by mistake. */
const LISTS = new Set([
  '_',
  'patterns',
  'fault',
  ...Object.entries(runOptions).flatMap(([n, o]) => ('array' in o ? n : [])),
]);

function commandLine(): Argv {
  return yargs(hideBin(process.argv))
    .scriptName('crivet')
    .usage('$0 <command>\n\nVets a CRI runtime the way the kubelet will use it.')
    .command(runCommand(version))
    .command(listCommand)
    .command(explainCommand)
    .command(cleanupCommand)
    .command(doctorCommand)
    .command(proveCommand(version))
    .demandCommand(1, 'Name a command, e.g. `crivet run`.')
    .parserConfiguration({ 'greedy-arrays': false })
    .strict()
    .check((args) => {
      const twice = Object.entries(args).find(([name, value]) => Array.isArray(value) && !LISTS.has(name));
      if (twice !== undefined) throw new WrongWords(`${dashed(twice[0])} is given more than once`);
      const unclear = hideBin(process.argv).find((word) => isUnclearSwitch(word, args));
      if (unclear !== undefined) throw new WrongWords(`${unclear}: a switch takes no value, or true or false`);
      return true;
    })
    .recommendCommands()
    .version(version)
    .wrap(Math.min(110, process.stdout.columns))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new WrongWords(message ?? error?.message ?? 'the command line cannot be understood');
    });
}

try {
  await commandLine().parseAsync();
} catch (error) {
  process.exitCode = report(error as Error);
}

// Not left to Node, which ends when nothing is alive any more: what a runtime that misbehaved has left half open may
// stay so, and after a proof Node 20 has been seen to spin for hours in closing such a handle. What was written may
// still be on its way to a reader that is slow, and would be cut.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
process.exit();

/** `--switch=value` with a value that is neither: yargs takes it for false, and what was meant is not done. */
function isUnclearSwitch(word: string, args: Record<string, unknown>): boolean {
  const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
  return typeof args[name] === 'boolean' && !['true', 'false'].includes(value);
}

/** An option as the user writes it. */
function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** One clear line on stderr, and the exit code that goes with the kind of error. */
function report(error: Error): number {
  const wrongUse = error instanceof UsageError || error instanceof SelectionError || error instanceof WrongWords;
  const help = error instanceof WrongWords ? ' (see `crivet --help` or `crivet COMMAND --help`)' : '';
  console.error(`crivet: ${error.message}${help}`);
  if (!wrongUse && process.env['CRIVET_DEBUG'] !== undefined) console.error(error.stack);
  return wrongUse ? EXIT.usage : EXIT.couldNotRun;
}
