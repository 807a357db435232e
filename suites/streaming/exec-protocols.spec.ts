import { StreamError, type Transport } from '../../src/client/streaming/index.js';
import { check } from '../../src/kit/index.js';
import { finish, shell } from './sessions.js';
import { streamingSpec } from './transports.js';

const WANT = { stdin: true, stdout: true, stderr: true, tty: false };

/** What the server library of Kubernetes serves beside v4, best first. */
const OLDER: Record<Transport, string[]> = {
  spdy: ['v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'],
  websocket: ['v4.base64.channel.k8s.io', 'base64.channel.k8s.io', 'channel.k8s.io'],
};

streamingSpec(
  {
    id: 'streaming/exec-protocols',
    title: "a session speaks the first of the client's protocols that the server library has, the older ones too",
    level: 'should',
    since: '1.20',
    why: 'The kubelet passes on what its client offers: a client of another age works only if both find a common one.',
    sources: [
      'apimachinery: remotecommand/constants.go SupportedStreamingProtocols',
      'kubelet: cri/streaming remotecommand/websocket.go',
    ],
    expectations: [51],
  },
  async (t, transport) => {
    const container = await t.pods.sharedContainer();
    const exec = async (offer: string[], script: string) => {
      const url = await t.streams.execUrl({ container_id: container.id, cmd: shell(script), ...WANT });
      return t.streams.connect(url, WANT, transport, offer);
    };
    const best = await exec(['v9.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'], 'exit 3');
    check.equal(best.protocol, 'v4.channel.k8s.io', 'the first that both sides know is chosen');
    check.equal((await finish(best, 'a session over v4')).exit, 3, 'v4 reports the exit code');
    for (const protocol of OLDER[transport]) {
      const session = await exec([protocol], 'read -r line; echo "$line"; echo err >&2; exit 3');
      session.stdin?.write('in and out\n');
      check.equal(session.protocol, protocol, 'a protocol that is the only one offered is chosen');
      const { stdout, stderr, exit } = await finish(session, `a session over ${protocol}`);
      const rule = `a session over ${protocol} carries input and output`;
      check.equal({ stdout, stderr }, { stdout: 'in and out\n', stderr: 'err\n' }, rule);
      // v1 over SPDY has its error stream reset before the command ends; the others tell the failure in words.
      if (transport === 'spdy' && protocol === 'channel.k8s.io') continue;
      check.notEqual(exit, 0, `a session over ${protocol} reports that the command failed`);
    }
    const unknown = await exec(['v9.channel.k8s.io'], 'exit 0').then(
      () => 'a session',
      (error: unknown) => (error instanceof StreamError ? { code: error.code, http: error.httpStatus } : error),
    );
    check.equal(unknown, { code: 'refused', http: 403 }, 'a client without any known protocol is refused');
  },
);
