import type { Fault } from '../fault.js';
import { command } from './exec-sync.js';
import { changeContainer } from './shapes.js';

/* How the program of a container, or of ExecSync, is found by the first word of its command. */

/** Looks in the root directory alone for a program whose name is like this. */
const inRoot =
  (name: RegExp) =>
  ([program = '', ...rest]: string[]): string[] =>
    name.test(program) ? [`/${program}`, ...rest] : [program, ...rest];

const BARE = /^[^/]+$/;
const RELATIVE = /^\.\//;

export const programFaults: Fault[] = [
  {
    id: 'behaviour/exec-sync-program-not-in-path',
    title: 'ExecSync does not look for a program in PATH',
    plant: command(inRoot(BARE)),
  },
  {
    id: 'behaviour/container-program-not-in-path',
    title: 'the program of a container is not looked for in PATH',
    plant: changeContainer(({ command: words }) => ({ command: words.length > 0 ? inRoot(BARE)(words) : words })),
  },
  {
    id: 'behaviour/container-program-not-from-working-directory',
    title: 'the program of a container, given as ./name, is looked for in the root directory, not in working_dir',
    plant: changeContainer(({ command: words }) => ({ command: words.length > 0 ? inRoot(RELATIVE)(words) : words })),
  },
];
