import { chmod, mkdtemp, rm } from 'node:fs/promises';
import type { CallOptions } from '../client/call.js';
import type { Cri, ServiceClient } from '../client/cri.js';
import type { Environment } from './environment.js';
import type { Evidence } from './evidence.js';
import { eventually } from './eventually.js';
import { Images } from './images.js';
import { Pods } from './pods.js';
import type { Scope } from './scope.js';
import { abortedAfter, firstOf } from './signals.js';
import { Streams } from './streams.js';
import type { SpecTools } from './tools.js';

/** What a spec's body works with. Everything it makes through this is removed when the spec ends. */
export interface SpecContext {
  /** Raw, typed CRI calls, recorded for the report and cancelled when the spec's time is up. */
  cri: Pick<Cri, 'runtime' | 'image'>;
  pods: Pods;
  images: Images;
  streams: Streams;
  env: Environment;
  /** Aborted at the deadline of the spec, or when the run is ended. */
  signal: AbortSignal;
  /** A signal for a call that its client gives up after so many ms. */
  abortAfter: (ms: number) => AbortSignal;
  /** Polls with evidence; see eventually.ts. */
  eventually: SpecTools['eventually'];
  /** Leaves a line in the report. */
  note: (text: string) => void;
  /** A fresh empty directory on the host, mode 0755. Needs `host-access`. */
  directory: () => Promise<string>;
  /** Registers something else to take back when the spec ends. */
  defer: (what: string, remove: () => Promise<void>) => void;
}

/** A removal may take this long per call; the runtime's own deadlines of minutes would hold up the run. */
const REMOVAL_TIMEOUT_MS = 30_000;

/** Builds the context of one run of a spec. */
export function specContext(
  specId: string,
  env: Environment,
  scope: Scope,
  signal: AbortSignal,
  evidence: Evidence,
): SpecContext {
  // The signal is aborted when the body has ended, so that nothing it left running can make anything any more. What
  // the spec registered for its removal runs after that, with the same functions.
  const bounds = (): CallOptions => (evidence.removing() ? { timeoutMs: REMOVAL_TIMEOUT_MS } : { signal });
  const cri = { runtime: bounded(env.cri.runtime, bounds), image: bounded(env.cri.image, bounds) };
  const poll: SpecTools['eventually'] = (rule, probe, accept, options) => {
    const { signal: ending = new AbortController().signal } = bounds();
    return eventually({ signal: ending, note: evidence.note }, rule, probe, accept, options);
  };
  const tools: SpecTools = { specId, runtime: cri.runtime, env, scope, eventually: poll };
  const directory = async (): Promise<string> => {
    const made = await mkdtemp(`${env.settings.workDirectory}/files/`);
    await chmod(made, 0o755);
    scope.own(`directory ${made}`, () => rm(made, { recursive: true, force: true }));
    return made;
  };
  return {
    cri,
    pods: new Pods(tools),
    images: new Images(cri, env, scope),
    streams: new Streams(cri.runtime, env, scope, signal, (text) => evidence.note('stream', text)),
    env,
    signal,
    abortAfter: (ms) => abortedAfter(ms, signal),
    eventually: poll,
    note: (text) => evidence.note('info', text),
    directory,
    defer: (what, remove) => void scope.own(what, remove),
  };
}

type AnyCall = (request: object, options?: CallOptions) => unknown;

/** The same calls, each within the bounds of the moment; one that brings a signal of its own is ended by either. */
function bounded<Service>(client: ServiceClient<Service>, bounds: () => CallOptions): ServiceClient<Service> {
  const entries = Object.entries(client as unknown as Record<string, AnyCall>).map(
    ([name, call]): [string, AnyCall] => [name, (request, options) => call(request, within(bounds(), options))],
  );
  return Object.fromEntries(entries) as unknown as ServiceClient<Service>;
}

function within(bounds: CallOptions, own: CallOptions = {}): CallOptions {
  const options = { ...bounds, ...own };
  if (bounds.signal === undefined || own.signal === undefined) return options;
  return { ...options, signal: firstOf(bounds.signal, own.signal) };
}
