import { nonce } from '../../fixtures/configs/identity.js';
import { StreamError } from '../../src/client/streaming/index.js';
import { check, spec, type Container, type SpecContext } from '../../src/kit/index.js';
import { ANY_REFUSAL } from '../shared/refusals.js';
import { unknownId } from '../shared/ids.js';
import { Listener } from './listener.js';
import { finish, inTime, run } from './sessions.js';
import { KUBELET_TRANSPORT } from './transports.js';

const NONE = { stdin: false, stdout: false, stderr: false, tty: false };
const STDOUT = { ...NONE, stdout: true };

/** An absolute URL that an HTTP proxy can connect to. */
function checkUrl(url: string, rpc: string): void {
  const parts = check.present(URL.canParse(url) ? new URL(url) : null, `the URL of ${rpc} (${url}) is absolute`);
  check.oneOf(parts.protocol, ['http:', 'https:'], `the URL of ${rpc} is http or https`);
  check.present(parts.hostname, `the URL of ${rpc} has a host`);
}

spec(
  {
    id: 'streaming/urls',
    title: 'Exec, Attach and PortForward answer with an absolute URL, each time another',
    level: 'must',
    since: '1.20',
    why: 'The kubelet connects its client to this URL; it knows no address of the streaming server but the one in it.',
    sources: ['api.proto: ExecResponse.url, AttachResponse.url, PortForwardResponse.url', 'kubelet: server.go getExec'],
    expectations: [50],
  },
  async (t) => {
    const pod = await t.pods.runOnHostNetwork();
    const { id } = await pod.start();
    const urls = [
      await t.streams.execUrl({ container_id: id, cmd: ['/bin/true'], ...STDOUT }),
      await t.streams.execUrl({ container_id: id, cmd: ['/bin/true'], ...STDOUT }),
      await t.streams.attachUrl({ container_id: id, ...STDOUT }),
      await t.streams.portForwardUrl({ pod_sandbox_id: pod.id, port: [] }),
    ];
    for (const [i, rpc] of ['Exec', 'Exec', 'Attach', 'PortForward'].entries()) checkUrl(urls[i] ?? '', rpc);
    check.equal(new Set(urls).size, urls.length, 'no two requests share a URL');
  },
);

spec(
  {
    id: 'streaming/refusals',
    title: 'Exec and Attach refuse requests for no stream, and for stderr beside a terminal',
    level: 'must',
    since: '1.20',
    why: 'Such a session would hang its user: the streams that are set up are not those that were asked for.',
    sources: ['api.proto: ExecRequest, AttachRequest stdin, stdout, stderr, tty'],
    expectations: [50],
  },
  async (t) => {
    const pod = await t.pods.shared();
    const { id } = await pod.start();
    const { runtime } = t.cri;
    const exec = { container_id: id, cmd: ['/bin/true'] };
    const attach = { container_id: id };
    for (const [wanted, what] of [
      [NONE, 'none of stdin, stdout and stderr'],
      [{ ...NONE, tty: true }, 'a terminal without any stream'],
      [{ stdin: true, stdout: true, stderr: true, tty: true }, 'tty together with stderr'],
    ] as const) {
      await check.refuses(runtime.Exec({ ...exec, ...wanted }), ['INVALID_ARGUMENT'], `Exec refuses ${what}`);
      await check.refuses(runtime.Attach({ ...attach, ...wanted }), ['INVALID_ARGUMENT'], `Attach refuses ${what}`);
    }
  },
);

spec(
  {
    id: 'streaming/refuses-what-does-not-run',
    title: 'Exec, Attach and PortForward do not pretend to serve what does not exist or does not run',
    level: 'must',
    since: '1.20',
    why: 'kubectl would hang, or report success for a command that never ran.',
    sources: ['api.proto: RuntimeService.Exec, Attach, PortForward', 'kubelet: server.go getExec'],
    expectations: [50],
  },
  async (t) => {
    const { runtime } = t.cri;
    const pod = await t.pods.runOnHostNetwork();
    const id = unknownId();
    // The kubelet passes NOT_FOUND on as HTTP 404 and everything else as 500, and looks at nothing else.
    const refused = (call: Promise<unknown>, what: string): Promise<string> => check.refuses(call, ANY_REFUSAL, what);
    await refused(
      runtime.Exec({ container_id: id, cmd: ['/bin/true'], ...STDOUT }),
      'Exec refuses an unknown container',
    );
    await refused(runtime.Attach({ container_id: id, ...STDOUT }), 'Attach refuses an unknown container');
    await refused(runtime.PortForward({ pod_sandbox_id: id, port: [] }), 'PortForward refuses an unknown sandbox');

    const created = await pod.create();
    const name = `attempts-${nonce()}`;
    const exited = await pod.runToExit(['/bin/true'], { metadata: { name, attempt: 0 } });
    // In its place: a request for the old attempt is not one for the next.
    const next = await pod.start({ metadata: { name, attempt: 1 } });
    for (const [container, state] of [
      [created, 'was not started'],
      [exited, 'has exited'],
    ] as const) {
      await checkNoExec(t, container, `Exec in a container that ${state} fails`);
    }
    await checkNoAttach(t, exited, 'Attach to a container that has exited fails, or ends at once');
    const session = await t.streams.exec(next.id, ['/bin/cat'], { stdin: true }, KUBELET_TRANSPORT);
    const output = new Listener(session.stdout, 'stdout');
    await pod.stop();
    check.equal(await output.rest('a session ends when its pod is stopped'), '', 'and has said nothing by itself');
    const late = runtime.PortForward({ pod_sandbox_id: pod.id, port: [] });
    await refused(late, 'PortForward refuses a sandbox that was stopped');
  },
);

/** The runtime may see that the container does not run when it is asked, or when the client connects. */
async function checkNoExec(t: Parameters<typeof run>[0], container: Container, rule: string): Promise<void> {
  const outcome = await inTime(
    run(t, KUBELET_TRANSPORT, container, ['/bin/true']).then(
      ({ exit }) => exit,
      (error: unknown) => error,
    ),
    rule,
  );
  check.notEqual(outcome, 0, rule);
}

/** As above. A session that is opened all the same has nothing to bring. */
async function checkNoAttach(t: SpecContext, container: Container, rule: string): Promise<void> {
  const session = await t.streams.attach(container.id, {}, KUBELET_TRANSPORT).catch(() => null);
  if (session === null) return;
  const nothing = { stdout: '', stderr: '' };
  const { stdout, stderr } = await finish(session, rule).catch((error: unknown) => {
    if (error instanceof StreamError) return nothing;
    throw error;
  });
  check.equal({ stdout, stderr }, nothing, rule);
}
