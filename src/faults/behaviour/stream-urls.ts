import type { Fault } from '../fault.js';
import { ALL, answering, inSessions, relayed, STREAM_RPCS, type Opening } from './streaming-shapes.js';
import type { Filters } from '../relay/filters.js';

/* The URLs that Exec, Attach and PortForward answer with, what they refuse, and the upgrade at the URL. */

/** A fault in the URL that is answered. */
const otherUrl = (id: string, title: string, change: (url: URL) => string): Fault => ({
  id: `behaviour/url-${id}`,
  title: `a streaming URL ${title}`,
  plant: answering(ALL, ({ shown }) => async ({ forward }) => {
    const { url } = await forward();
    shown();
    return { url: change(new URL(url)) };
  }),
});

/** A fault of what is served at the URL. */
const served = (id: string, title: string, filters: (opening: Opening) => Filters, rpcs = ALL): Fault => ({
  id: `behaviour/url-${id}`,
  title,
  plant: inSessions(rpcs, filters),
});

const refusing =
  (status: number) =>
  ({ shown }: Opening): Filters => ({
    connect: () => {
      shown();
      return status;
    },
  });

/** Keeps from the runtime that the client offers these protocols. */
const offersLost =
  (lost: RegExp) =>
  ({ shown }: Opening): Filters => ({
    head: (direction, head) => {
      if (direction === 'down') return head;
      const fewer = head.replace(lost, '');
      if (fewer !== head) shown();
      return fewer;
    },
  });

const answerHead =
  (pattern: RegExp, by: string) =>
  ({ shown }: Opening): Filters => ({
    head: (direction, head) => {
      if (direction === 'up' || !pattern.test(head)) return head;
      shown();
      return head.replace(pattern, by);
    },
  });

const reused = ({ shown, again }: Opening): Filters => ({
  connect: (before) => {
    if (before === 0) return true;
    shown();
    return again();
  },
});

function keptForEver({ shown, again }: Opening): Filters {
  const madeAt = Date.now();
  return {
    connect: (before) => {
      if (before > 0 || Date.now() - madeAt < 60_000) return true;
      shown();
      return again();
    },
  };
}

export const streamUrlFaults: Fault[] = [
  otherUrl('empty', 'is empty', () => ''),
  otherUrl('relative', 'has no scheme and no host', ({ pathname }) => pathname),
  otherUrl('without-scheme', 'has no scheme', ({ host, pathname }) => `${host}${pathname}`),
  otherUrl('without-path', 'has no path', ({ origin }) => origin),
  otherUrl('ws-scheme', 'has the scheme ws', ({ host, pathname }) => `ws://${host}${pathname}`),
  otherUrl('https', 'is https where the server speaks http', ({ host, pathname }) => `https://${host}${pathname}`),
  otherUrl('other-port', 'names a port where nobody listens', ({ pathname }) => `http://127.0.0.1:1${pathname}`),
  otherUrl(
    'unknown-host',
    'names a host that does not exist',
    ({ port, pathname }) => `http://node.invalid:${port}${pathname}`,
  ),
  otherUrl('path-twice', 'has its path twice', ({ origin, pathname }) => `${origin}${pathname}${pathname}`),
  otherUrl('token-cut', 'has a token that is cut', (url) => url.href.slice(0, -1)),
  {
    id: 'behaviour/url-cached',
    title: 'requests that are alike get the same streaming URL',
    plant: answering(ALL, ({ shown }) => {
      const known = new Map<string, string>();
      return async ({ request, forward }) => {
        const key = JSON.stringify(request);
        const before = known.get(key);
        if (before !== undefined) {
          shown();
          return { url: before };
        }
        const { url } = await forward();
        known.set(key, url);
        return { url };
      };
    }),
  },
  {
    id: 'behaviour/url-of-newest-request',
    title: 'a streaming URL opens the session of the request that came last',
    plant: (planting) => {
      let newest: Opening | undefined;
      return relayed(planting, ['Exec'], (opening) => {
        newest = opening;
        return {
          connect: () => {
            if (newest === opening || newest === undefined) return true;
            opening.shown();
            return newest.again();
          },
        };
      });
    },
  },
  {
    id: 'behaviour/url-pairs-exchanged',
    title: 'two sessions whose URLs are both unused are exchanged',
    plant: (planting) => {
      let waiting: { opening: Opening; partner?: Opening } | undefined;
      return relayed(planting, ['Exec'], (opening) => {
        const own: { opening: Opening; partner?: Opening } = { opening };
        if (waiting !== undefined) {
          own.partner = waiting.opening;
          waiting.partner = opening;
        }
        waiting = own.partner === undefined ? own : undefined;
        return {
          connect: () => {
            if (waiting === own) waiting = undefined;
            if (own.partner === undefined) return true;
            opening.shown();
            return own.partner.again();
          },
        };
      });
    },
  },
  served('works-twice', 'a streaming URL works any number of times', reused),
  served('never-expires', 'a streaming URL that nobody used works for ever', keptForEver),
  ...(['Attach', 'PortForward'] as const).flatMap((rpc) => [
    served(`of-${rpc.toLowerCase()}-works-twice`, `a URL of ${rpc} works any number of times`, reused, [rpc]),
    served(`of-${rpc.toLowerCase()}-never-expires`, `a URL of ${rpc} that nobody used works for ever`, keptForEver, [
      rpc,
    ]),
  ]),
  served('any-token', 'any token opens the newest session', ({ shown, again }) => ({
    alsoAt: () => true,
    connect: (before) => {
      if (before === 0) return true;
      shown();
      return again();
    },
  })),
  served('used-refused-403', 'a used streaming URL is refused as forbidden', ({ shown }) => ({
    connect: (before) => {
      if (before === 0) return true;
      shown();
      return 403;
    },
  })),
  served('first-try-fails', 'a streaming URL works at the second try only', ({ shown }) => ({
    connect: (before) => {
      if (before > 0) return true;
      shown();
      return 503;
    },
  })),
  ...ALL.map((rpc) =>
    served(`of-${rpc.toLowerCase()}-404`, `nobody knows the URL that ${rpc} answers with`, refusing(404), [rpc]),
  ),
  served('forbidden', 'the streaming server refuses every session as forbidden', refusing(403)),
  {
    id: 'behaviour/url-server-stops-after-refusal',
    title: 'the streaming server serves nobody any more once it refused a session',
    plant: (planting) => {
      let stopped = false;
      return relayed(planting, ALL, ({ shown }) => ({
        connect: (before) => {
          if (stopped) shown();
          if (stopped) return 503;
          stopped = before > 0;
          return true;
        },
      }));
    },
  },
  served(
    'spdy-v1',
    'over SPDY exec and attach speak the first protocol, whatever is offered',
    offersLost(/^x-stream-protocol-version: v\d.*\r\n/gim),
    STREAM_RPCS,
  ),
  served(
    'spdy-v3',
    'over SPDY exec and attach speak no protocol after v3',
    offersLost(/^x-stream-protocol-version: v[4-9].*\r\n/gim),
    STREAM_RPCS,
  ),
  served(
    'protocol-unnamed',
    'the answer to the upgrade does not name the protocol',
    answerHead(/^x-stream-protocol-version:.*\r\n/im, ''),
  ),
  served(
    'protocol-not-offered',
    'the answer to the upgrade names a protocol that was not offered',
    answerHead(/^(x-stream-protocol-version|sec-websocket-protocol):.*$/im, '$1: v9.channel.k8s.io'),
  ),
  served('upgrade-unnamed', 'the answer to the upgrade does not say to what', answerHead(/^upgrade: spdy.*\r\n/im, '')),
  served('upgrade-200', 'the upgrade is answered with 200', answerHead(/^HTTP\/1\.1 101 .*$/im, 'HTTP/1.1 200 OK')),
  {
    id: 'behaviour/url-counts',
    title: 'the tokens of streaming URLs are consecutive numbers',
    plant: (planting) => {
      let last = 0;
      return answering(ALL, ({ relay, shown }) => async ({ request, forward }) => {
        const own = String(++last);
        const ports = (request as { port?: number[] }).port;
        const alsoAt = (token: string): boolean => token === own;
        const url = await relay((await forward()).url, ports === undefined ? { alsoAt } : { alsoAt, ports });
        shown();
        return { url: url.replace(/[^/]*$/, own) };
      })(planting);
    },
  },
  served(
    'works-again-while-open',
    'Exec: a streaming URL works again as long as its first session is open',
    ({ shown, again }) => {
      let open = true;
      const over = (): 'pass' => {
        open = false;
        return 'pass';
      };
      return {
        connect: (before) => {
          if (before === 0) return true;
          if (!open) return 404;
          shown();
          return again();
        },
        chunk: ({ stream, direction }) => (stream === 'error' && direction === 'down' ? over() : 'pass'),
        end: over,
      };
    },
    ['Exec'],
  ),
];
