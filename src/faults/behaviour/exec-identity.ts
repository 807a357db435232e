import type { Fault } from '../fault.js';
import { command, sh } from './exec-sync.js';
import { changeRequest, type Plant } from './shapes.js';
import { replace } from './stream-changes.js';
import { inSessions, on } from './streaming-shapes.js';

/* What commands of Exec and ExecSync have of the container's identity and confinement. */

/** Runs another command in sessions. */
export const inSession = (change: (cmd: string[]) => string[]): Plant =>
  changeRequest('Exec', (request) => ({ ...request, cmd: change(request.cmd) }));

/** busybox's way to become a user takes the groups that /etc/group has for that. */
const ANEW = 'p=$1; shift; exec start-stop-daemon -S -q -n none -a "$p" -c root -- "$@"';

const raised = (cmd: string[]): string[] => sh('echo 1000 > /proc/self/oom_score_adj; exec "$@"', cmd);

export const execIdentityFaults: Fault[] = [
  {
    id: 'behaviour/exec-session-without-groups',
    title: 'Exec: a command of root runs without the supplementary groups of the container',
    plant: inSession((cmd) => sh(`[ $(id -u) = 0 ] || exec "$@"; ${ANEW}`, cmd)),
  },
  {
    id: 'behaviour/exec-session-no-new-privs',
    title: 'Exec: commands run under no_new_privs, whatever the container was asked for',
    plant: inSession((cmd) => ['/bin/setpriv', '--nnp', ...cmd]),
  },
  {
    // Imitated by what the command sees of itself: out of a filter there is no way.
    id: 'behaviour/exec-session-unfiltered',
    title: 'Exec: commands run without the seccomp filter of the container',
    plant: inSessions(['Exec'], ({ shown }) => on(['stdout'], shown, replace(/^Seccomp:\t2$/gm, 'Seccomp:\t0')())),
  },
  {
    id: 'behaviour/exec-session-oom-score-raised',
    title: 'Exec: commands have an oom_score_adj of 1000, whatever the container has',
    plant: inSession(raised),
  },
  {
    id: 'behaviour/exec-sync-oom-score-raised',
    title: 'ExecSync gives commands an oom_score_adj of 1000, whatever the container has',
    plant: command(raised),
  },
];
