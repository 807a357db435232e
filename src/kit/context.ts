import { mkdtemp, rm, mkdir } from 'node:fs/promises';
import type { CallOptions } from '../client/call.js';
import type { Cri, ServiceClient } from '../client/cri.js';
import type { Environment } from './environment.js';
import { eventually } from './eventually.js';
import { Images } from './images.js';
import { Pods, type SpecTools } from './pods.js';
import type { Note } from './record.js';
import type { Scope } from './scope.js';
import { Streams } from './streams.js';

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
  /** Polls with evidence; see eventually.ts. */
  eventually: SpecTools['eventually'];
  /** Leaves a line in the report. */
  note: (text: string) => void;
  /** A fresh empty directory on the host, mode 0755. Needs `host-access`. */
  directory: () => Promise<string>;
  /** Registers something else to take back when the spec ends. */
  defer: (what: string, remove: () => Promise<void>) => void;
}

/** Builds the context of one run of a spec. */
export function specContext(
  specId: string,
  env: Environment,
  scope: Scope,
  signal: AbortSignal,
  addNote: (kind: Note['kind'], text: string) => void,
): SpecContext {
  const cri = { runtime: withSignal(env.cri.runtime, signal), image: withSignal(env.cri.image, signal) };
  // Removal goes on after the spec's own signal was aborted; the raw client has the kubelet's deadlines.
  const cleanup = env.cri;
  const poll: SpecTools['eventually'] = (rule, probe, accept, options) =>
    eventually({ signal, note: addNote }, rule, probe, accept, options);
  const tools: SpecTools = { specId, runtime: cri.runtime, cleanup: cleanup.runtime, env, scope, eventually: poll };
  const directory = async (): Promise<string> => {
    const parent = `${env.settings.workDirectory}/files`;
    await mkdir(parent, { recursive: true });
    const made = await mkdtemp(`${parent}/`);
    scope.own(`directory ${made}`, () => rm(made, { recursive: true, force: true }));
    return made;
  };
  return {
    cri,
    pods: new Pods(tools),
    images: new Images(cri, cleanup, env, scope),
    streams: new Streams(cri.runtime, env, scope, signal, (text) => addNote('stream', text)),
    env,
    signal,
    eventually: poll,
    note: (text) => addNote('info', text),
    directory,
    defer: (what, remove) => void scope.own(what, remove),
  };
}

type AnyCall = (request: object, options?: CallOptions) => unknown;

/** The same calls, each ended by the spec's signal unless it brings one of its own. */
function withSignal<Service>(client: ServiceClient<Service>, signal: AbortSignal): ServiceClient<Service> {
  const entries = Object.entries(client as unknown as Record<string, AnyCall>).map(
    ([name, call]): [string, AnyCall] => [name, (request, options) => call(request, { signal, ...options })],
  );
  return Object.fromEntries(entries) as unknown as ServiceClient<Service>;
}
