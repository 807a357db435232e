import { check, logText, spec } from '../../src/kit/index.js';
import { Listener } from '../streaming/listener.js';
import { run, shell } from '../streaming/sessions.js';
import { KUBELET_TRANSPORT } from '../streaming/transports.js';

/** A line on each stream, again and again, until it is told to end. */
const LINES = `i=0; until [ -e /tmp/end ]; do i=$((i + 1)); echo "out $i"; echo "err $i" >&2; sleep 0.05; done
echo "end $i"; exec sleep 1000`;

spec(
  {
    id: 'container-logs/beside-sessions',
    title: 'what a container prints is logged while somebody watches it and after that, and what Exec prints is not',
    level: 'must',
    since: '1.20',
    why: 'Whoever attaches to a container looks at its output and does not take it away from the log; and what somebody types beside it is nothing that it said.',
    sources: [
      'api.proto: ContainerConfig.log_path, AttachRequest, ExecRequest',
      'kubelet: kuberuntime_logs.go ReadLogs, kuberuntime_container.go GetAttach, GetExec',
    ],
    expectations: [48, 50],
    requires: ['host-access'],
  },
  async (t) => {
    const container = await (await t.pods.shared()).start({ command: shell(LINES) });
    await container.log('the first line is logged');
    const watched = await t.streams.attach(container.id, {}, KUBELET_TRANSPORT);
    watched.stderr?.resume();
    await new Listener(watched.stdout, 'stdout').until(/out \d+\n[^]*out \d+\n/, 'an attach session sees the output');
    const talk = shell('echo for whoever executes; echo and an error >&2');
    const { stdout } = await run(t, KUBELET_TRANSPORT, container, talk);
    check.equal(stdout, 'for whoever executes\n', 'stdout of the exec session');
    watched.close();
    const { length } = await container.log('lines are logged');
    await container.log('the log goes on when nobody watches any more', (entries) => entries.length >= length + 4);
    await container.shell('echo > /tmp/end');
    const isEnd = ({ content }: { content: Buffer }): boolean => content.toString().startsWith('end ');
    const entries = await container.log('the last line is logged', (seen) => seen.some(isEnd));
    const count = Number(entries.find(isEnd)?.content.toString().replace('end ', ''));
    const counted = (word: string): string =>
      Array.from({ length: count }, (_, index) => `${word} ${index + 1}\n`).join('');
    check.equal(logText(entries, 'stdout'), `${counted('out')}end ${count}\n`, 'all of stdout, watched or not');
    const errors = await container.log('the last line on stderr is logged, too', (seen) =>
      seen.some(({ content }) => content.toString() === `err ${count}`),
    );
    check.equal(logText(errors, 'stderr'), counted('err'), 'all of stderr, watched or not');
  },
);
