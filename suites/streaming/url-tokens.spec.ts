import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamError, type Transport } from '../../src/client/streaming/index.js';
import { check, type SpecContext } from '../../src/kit/index.js';
import { Listener } from './listener.js';
import { finish, run, shell } from './sessions.js';
import { canHalfClose, streamingSpec } from './transports.js';

const STDOUT = { stdin: false, stdout: true, stderr: false, tty: false };

/** A port where no server listens. */
const NOBODY = 8081;

/** What an attempt at a URL that opens nothing has to come to. */
const NOT_FOUND = { code: 'refused', http: 404 };

/** Tries a URL as one of Exec; how that failed, or that it did not. */
async function attempt(t: SpecContext, url: string, transport: Transport): Promise<unknown> {
  try {
    await t.streams.connect(url, STDOUT, transport);
    return 'a session';
  } catch (error) {
    return error instanceof StreamError ? { code: error.code, http: error.httpStatus } : error;
  }
}

/** Asks for a URL as a browser does, without an upgrade; the HTTP status. */
async function browsed(t: SpecContext, url: string): Promise<number> {
  const response = await fetch(url, { signal: t.signal, headers: { connection: 'close' } });
  await response.arrayBuffer();
  return response.status;
}

/** The URL with another last part: what somebody would guess who knows the server. */
function forged(url: string): string {
  const guess = new URL(url);
  const token = (old: string): string => randomBytes(old.length).toString('base64url').slice(0, old.length);
  guess.pathname = guess.pathname.replace(/[^/]+\/?$/, token);
  return guess.href;
}

/** The URLs before and after one where the last part of URLs counts, in decimal or hexadecimal digits. */
function beside(url: string): Set<string> {
  const guesses = new Set<string>();
  for (const [digits, prefix] of [
    [/\d+$/, ''],
    [/[\da-f]+$/, '0x'],
  ] as const) {
    const own = digits.exec(url)?.[0];
    if (own === undefined) continue;
    for (const step of [-1n, 1n]) {
      const guess = (BigInt(`${prefix}${own}`) + step).toString(prefix === '' ? 10 : 16);
      guesses.add(url.replace(digits, guess.padStart(own.length, '0')));
    }
  }
  return guesses;
}

streamingSpec(
  {
    id: 'streaming/url-works-once',
    title: 'a streaming URL opens one session, and a guessed one none',
    level: 'should',
    since: '1.20',
    why: 'The URL is the only key to the streaming server: one that works again is a shell for whoever reads a log.',
    sources: ['kubelet: cri/streaming request_cache.go', 'kubelet: cri/streaming server.go serveExec'],
  },
  async (t, transport) => {
    const pod = await t.pods.shared();
    const container = await pod.start();
    const request = { container_id: container.id, cmd: shell('echo ran >> /tmp/runs; sleep 0.4'), ...STDOUT };
    const url = await t.streams.execUrl(request);
    const first = await t.streams.connect(url, STDOUT, transport);
    check.equal(await attempt(t, url, transport), NOT_FOUND, 'a URL opens nothing more while its session is under way');
    check.equal((await finish(first, 'the first session')).exit, 0, 'a fresh URL opens a session');
    check.equal(await attempt(t, url, transport), NOT_FOUND, 'a URL that was used opens nothing');
    const attachUrl = await t.streams.attachUrl({ container_id: container.id, ...STDOUT });
    const watching = await t.streams.connect(attachUrl, STDOUT, transport);
    watching.drain();
    check.equal(await attempt(t, attachUrl, transport), NOT_FOUND, 'a URL of Attach that was used opens nothing');
    // Over WebSocket the server connects by itself, which here fails: that is the fate of a session under way.
    const forward = { pod_sandbox_id: pod.id, port: canHalfClose(transport) ? [] : [NOBODY] };
    const forwardUrl = await t.streams.portForwardUrl(forward);
    await t.streams.connectPorts(forwardUrl, forward.port, transport);
    check.equal(await attempt(t, forwardUrl, transport), NOT_FOUND, 'a URL of PortForward that was used opens nothing');
    const guesses = [
      url,
      await t.streams.attachUrl({ container_id: container.id, ...STDOUT }),
      await t.streams.portForwardUrl({ pod_sandbox_id: pod.id, port: [] }),
    ];
    for (const real of guesses) {
      check.equal(await attempt(t, forged(real), transport), NOT_FOUND, `a guessed URL like ${real} opens nothing`);
    }
    const [, between] = [
      await t.streams.execUrl(request),
      await t.streams.execUrl(request),
      await t.streams.execUrl(request),
    ];
    for (const guess of beside(between)) {
      check.equal(await attempt(t, guess, transport), NOT_FOUND, `a URL counted from ${between} opens nothing`);
    }
    const plain = await t.streams.execUrl(request);
    // Over TLS a plain request needs the CA that sessions are given.
    if (plain.startsWith('http:')) {
      check.between(await browsed(t, plain), 400, 499, 'a request without an upgrade is refused: the HTTP status');
    }
    check.equal(await container.output(['/bin/cat', '/tmp/runs']), 'ran', 'the command ran once');
    const next = await run(t, transport, container, ['/bin/echo', 'next']);
    check.equal(next, { stdout: 'next\n', stderr: '', exit: 0 }, 'the server goes on after refusing sessions');
  },
);

/** The server library of Kubernetes keeps a URL for a minute, and a silent session for four hours. */
const LIFETIME_MS = 60_000;

streamingSpec(
  {
    id: 'streaming/url-expires',
    title: 'a streaming URL that nobody used for more than a minute opens nothing; a session as long silent goes on',
    level: 'should',
    since: '1.20',
    why: 'A URL that never dies is a key to the container in every log; a shell that dies in a pause loses its work.',
    sources: [
      'kubelet: cri/streaming request_cache.go cacheTTL',
      'kubelet: KubeletConfiguration.streamingConnectionIdleTimeout (4h)',
    ],
    slow: true,
    timeoutSeconds: 180,
  },
  async (t, transport) => {
    const pod = await t.pods.shared();
    const container = await pod.start();
    const urls = {
      Exec: await t.streams.execUrl({ container_id: container.id, cmd: shell('touch /tmp/ran'), ...STDOUT }),
      Attach: await t.streams.attachUrl({ container_id: container.id, ...STDOUT }),
      PortForward: await t.streams.portForwardUrl({ pod_sandbox_id: pod.id, port: [] }),
    };
    const silent = await t.streams.exec(container.id, ['/bin/cat'], { stdin: true }, transport);
    const echo = new Listener(silent.stdout, 'the echo');
    silent.stdin?.write('before\n');
    await echo.until(/^before\n/, 'a session is under way');
    // Nothing to poll: to look whether the URL still works would use it up.
    await sleep(LIFETIME_MS + 2_000, undefined, { signal: t.signal });
    for (const [rpc, url] of Object.entries(urls)) {
      const rule = `a URL of ${rpc} that is older than a minute opens nothing`;
      check.equal(await attempt(t, url, transport), NOT_FOUND, rule);
    }
    check.equal((await container.exec(['/bin/test', '-e', '/tmp/ran'])).exitCode, 1, 'the command did not run');
    silent.stdin?.write('after\n');
    await echo.until(/^before\nafter\n$/, 'a session that was silent for more than a minute goes on');
    const next = await run(t, transport, container, ['/bin/echo', 'next']);
    check.equal(next, { stdout: 'next\n', stderr: '', exit: 0 }, 'a fresh URL opens a session');
  },
);
