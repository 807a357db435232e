import { check } from '../../src/kit/index.js';
import { Listener } from './listener.js';
import { inTime, run, shell } from './sessions.js';
import { KUBELET_TRANSPORT, streamingSpec } from './transports.js';
import { RAW, typedRaw, typedSize } from './terminal.js';

/** Answers words typed at it; ends by the interrupt key. */
const DIALOGUE = `
trap 'echo interrupted; exit 9' INT
test -t 0 && test -t 1 && test -t 2 && echo a terminal, $(tty)
while read -r word; do
  case $word in
    size) echo "size $(stty size)" ;;
    both) echo to stdout; echo to stderr >&2 ;;
    direct) echo to the terminal > /dev/tty ;;
    much) yes "0123456789" | head -n 8000 ;;
    gr*) echo "said $word" ;;
    raw) ${RAW} ;;
  esac
done`;

streamingSpec(
  {
    id: 'streaming/exec-tty-stdin',
    title: 'an exec session with tty is a terminal: it echoes, merges output, takes sizes and the interrupt key',
    since: '1.20',
    why: 'kubectl exec -it of a shell or an editor cannot be used otherwise.',
    sources: ['api.proto: ExecRequest.tty', 'kubelet: cri/streaming remotecommand/exec.go, resize stream'],
    parity: ['streaming/exec-tty-stdin'],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    // As for kubectl exec -t without -i. Over WebSocket containerd 1.6 shows nothing of such a command, which no kubelet
    // meets. That the last words of a command arrive is another rule: this one stays a moment.
    if (transport === KUBELET_TRANSPORT) {
      const script = 'test -t 1 && echo a terminal; sleep 0.2';
      const shown = await run(t, transport, container, shell(script), { tty: true });
      check.matches(shown.stdout, /^a terminal\r?\n$/, 'a session can have a terminal without stdin');
    }
    const session = await t.streams.exec(container.id, shell(DIALOGUE), { stdin: true, tty: true }, transport);
    // Clients tell their size before anything else, often before the command has started.
    const size = { width: 100, height: 40 };
    await session.resize(size.width, size.height);
    const screen = new Listener(session.stdout, 'the screen');
    const type = (text: string): void => void session.stdin?.write(text);
    await screen.until(/^a terminal, \/dev\/(pts\/\d+|console)\r?\n/, 'stdin, stdout and stderr are a terminal');
    type('both\n');
    await screen.until(/^both\r?\nto stdout\r?\nto stderr\r?\n/m, 'typed text is echoed; stdout and stderr are merged');
    type('direct\n');
    await screen.until(/^direct\r?\nto the terminal\r?\n/m, 'the terminal is the controlling one of the command');
    type('grün\n');
    const word = Buffer.from('grün').toString('latin1');
    await screen.until(new RegExp(`^said ${word}\r?\n`, 'm'), 'a terminal carries letters beyond ASCII both ways');
    type('much\n');
    await screen.until(/^(0123456789\r?\n){8000}/m, 'a terminal shows all of a long output');
    await typedSize(t, screen, type, size);
    // Wider than 8 bits can tell, as wide screens are.
    const next = { width: 301, height: 17 };
    await session.resize(next.width, next.height);
    await typedSize(t, screen, type, next);
    type('raw\n');
    await typedRaw(screen, session.stdin);
    type('\x03');
    await screen.until(/^(\^C)?(\r?\n)?interrupted\r?\n$/m, 'the interrupt key interrupts the command');
    await screen.rest('the screen ends with the command');
    const { exitCode } = await inTime(session.status, 'the session brings a status when the command has ended');
    check.equal(exitCode, 9, 'the exit code of a command on a terminal is reported');
  },
);
