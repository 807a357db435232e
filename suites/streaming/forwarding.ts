import type { ContainerInput } from '../../fixtures/configs/container.js';
import type { ForwardedConnection, PortForwardSession } from '../../src/client/streaming/index.js';
import { check, type Container, type SpecContext } from '../../src/kit/index.js';
import { Listener } from './listener.js';
import { inTime, shell } from './sessions.js';

/** Ports of the servers that {@link servers} describes, in the pod's own network. Nobody listens on `nobody`.
 * High ones, which need no capability. */
export const PORTS = { web: 8080, echo: 8007, hangUp: 8079, reset: 8084, count: 8082, talk: 8083, nobody: 8081 };

const SCRIPT = `
httpd -p ${PORTS.web} -h /tmp
nc -ll -p ${PORTS.hangUp} -e /bin/sleep 0.1 &
nc -ll -p ${PORTS.reset} -e /bin/dd bs=1 count=1 of=/dev/null 2>/dev/null &
nc -ll -p ${PORTS.count} -e /bin/wc -c &
echo 'from the pod' | nc -l -p ${PORTS.talk} > /tmp/talk &
exec nc -ll -p ${PORTS.echo} -e /bin/cat`;

/**
 * A container that runs servers: `web` shows `page`; `echo` returns what it gets; `hangUp` closes the connection without
 * having read; `reset` resets it upon a second byte, for that is never read; `count` tells the number of bytes it got once no more come; `talk`, for one connection only, says
 * `from the pod`, ends its side, and keeps what it gets in /tmp/talk.
 */
export function servers(page: string): ContainerInput {
  return { command: shell(`echo ${page} > /tmp/index.html${SCRIPT}`) };
}

/** Waits until the container's network has a listener on each port; on all of {@link servers}' unless told otherwise. */
export async function listening(
  t: SpecContext,
  container: Container,
  wanted: number[] = Object.values(PORTS).filter((port) => port !== PORTS.nobody),
): Promise<void> {
  await t.eventually(
    `the servers in the container listen on ${wanted.join(', ')}`,
    async () => {
      const open = await sockets(container, 'listening');
      return wanted.filter((port) => !open.includes(port));
    },
    (missing) => missing.length === 0,
    { describe: (missing) => `nobody on ${missing.join(', ')}` },
  );
}

/** How many connections the servers have. */
export async function connections(container: Container): Promise<number> {
  const ports: number[] = Object.values(PORTS);
  return (await sockets(container, 'established')).filter((port) => ports.includes(port)).length;
}

/** Local ports of the TCP sockets in the container's network that are in a state. */
async function sockets(container: Container, state: 'listening' | 'established'): Promise<number[]> {
  const { stdout } = await container.exec(['/bin/cat', '/proc/net/tcp', '/proc/net/tcp6']);
  // Local address, port and remote one in hexadecimal, state.
  const lines = stdout.matchAll(/: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /g);
  const code = state === 'listening' ? '0A' : '01';
  return [...lines].filter(([, , found]) => found === code).map(([, port = '']) => parseInt(port, 16));
}

/** A connection within a session, in time. */
export function connectTo(session: PortForwardSession, port: number): Promise<ForwardedConnection> {
  const rule = `a connection to port ${port} of the pod is opened`;
  return inTime(session.connect(port), rule, () => 'no answer to its streams', 5_000);
}

/** Why a connection failed, in the runtime's words; '' if it did not. Settles when the connection has ended. */
export function errorOf(connection: ForwardedConnection): Promise<string> {
  return inTime(connection.error, 'the runtime tells how a connection ended');
}

/** Talks with an echo server, a line at a time. */
export class Talk {
  private readonly answers: Listener;
  private said = '';

  constructor(private readonly connection: ForwardedConnection) {
    this.answers = new Listener(connection.data, 'the answer');
  }

  async say(line: string, rule: string): Promise<void> {
    this.said += `${line}\n`;
    this.connection.data.write(`${line}\n`);
    await this.answers.until(new RegExp(`${line}\n$`), rule);
    check.equal(this.answers.text, this.said, rule);
  }

  /** Waits for the end of what the server says, which it has not said a word more of. */
  async ends(rule: string): Promise<void> {
    check.equal(await this.answers.rest(rule), this.said, rule);
  }
}

/** GET / through a forwarded connection: the status code and the page. */
export async function fetchPage(connection: ForwardedConnection): Promise<{ status: number; page: string }> {
  const answer = new Listener(connection.data, 'the answer');
  connection.data.write('GET / HTTP/1.0\r\nHost: pod\r\n\r\n');
  const rule = 'an HTTP request through a forwarded connection is answered';
  const found = await answer.seeks(/^HTTP[^]*?content-length: *(\d+)[^]*?\r\n\r\n/i, rule);
  const observed = found ?? { answer: answer.text, error: await errorOf(connection) };
  check.that(found !== null, rule, { expected: 'an answer', observed });
  const [head, length = ''] = found;
  const [, page = ''] = await answer.until(new RegExp(`\r\n\r\n([^]{${length}})`), 'the whole page arrives');
  return { status: Number(check.matches(head, /^HTTP\S+ (\d+)/, 'the answer is HTTP')[1]), page };
}
