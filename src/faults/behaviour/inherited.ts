import type { Fault } from '../fault.js';
import { inSession } from './exec-identity.js';
import { command, sh } from './exec-sync.js';
import { changeContainer, type Plant } from './shapes.js';

/* What processes have of the runtime's own: signals, open files, the umask. */

const after =
  (script: string) =>
  (cmd: string[]): string[] =>
    cmd.length === 0 ? cmd : sh(`${script}; exec "$@"`, cmd);

const LEFT_OVER: [id: string, what: string, script: string, source?: string][] = [
  ['ignores-sigpipe', 'ignore SIGPIPE', "trap '' PIPE", 'crun#2058'],
  ['has-descriptor', 'have an open directory as file 9', 'exec 9< /', 'CVE-2024-21626'],
  ['has-umask-0', 'begin with umask 0', 'umask 0'],
  ['has-umask-077', 'begin with umask 077', 'umask 077'],
];

const WHO: [id: string, title: string, plant: (change: (cmd: string[]) => string[]) => Plant][] = [
  [
    'first-process',
    'the first processes of containers',
    (change) => changeContainer(({ command }) => ({ command: change(command) })),
  ],
  ['exec-sync', 'commands of ExecSync', command],
  ['exec-session', 'commands of exec sessions', inSession],
];

export const inheritedFaults: Fault[] = WHO.flatMap(([id, who, plant]) =>
  LEFT_OVER.map(([has, what, script, source]) => ({
    id: `behaviour/${id}-${has}`,
    title: `${who} ${what}`,
    ...(source === undefined ? {} : { source }),
    plant: plant(after(script)),
  })),
);
