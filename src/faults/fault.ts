import type { Cri, Input } from '../client/cri.js';
import type { GrpcCode } from '../client/errors.js';
import type { ImageService, RuntimeService } from '../client/generated/types.js';
import type { Filters } from './relay/filters.js';

type Services = RuntimeService & ImageService;

/** An RPC by its short name; the two services of the CRI share none. */
export type RpcName = keyof Services;

/** One call on its way through the proxy, decoded as generated/types.ts has it. */
export interface ProxiedCall<Request, Response> {
  /** What the client sent. */
  readonly request: Request;
  /**
   * Passes the call on to the real runtime, with the client's deadline and cancellation; by default what the client
   * sent, unchanged. May be called any number of times, or not at all. Rejects with the runtime's CriCallError, which
   * a handler that lets it through passes on faithfully.
   */
  readonly forward: (request?: Input<Request>) => Response;
  /** Aborted when the client gives up. */
  readonly signal: AbortSignal;
}

type Unary<Name extends RpcName> = ProxiedCall<Services[Name]['request'], Promise<Services[Name]['response']>>;
type Streamed<Name extends RpcName> = ProxiedCall<Services[Name]['request'], AsyncIterable<Services[Name]['response']>>;

/** What a proxy does with an RPC in place of passing it on; those that a fault does not name pass untouched. */
export type Handlers = {
  [Name in RpcName]?: Services[Name]['stream'] extends true
    ? (call: Streamed<Name>) => AsyncIterable<Input<Services[Name]['response']>>
    : (call: Unary<Name>) => Promise<Input<Services[Name]['response']>>;
};

/** What a fault has to work with while it is planted. */
export interface Planting {
  /** The real runtime, for calls of the fault's own. */
  readonly cri: Pick<Cri, 'runtime' | 'image'>;
  /**
   * Says that the fault made a difference. To be called whenever it did, and only then: a fault that never says so was
   * not exercised.
   */
  readonly shown: () => void;
  /** Wraps a streaming URL of the runtime: what is served at the returned one passes through the filters. */
  readonly relay: (url: string, filters: Filters) => Promise<string>;
  /** Registers something to take back when the fault is pulled up, e.g. a timer. */
  readonly defer: (remove: () => void) => void;
}

/** One named way in which a runtime differs from a right one. */
export interface Fault {
  /** `behaviour/kebab-name`, `benign/kebab-name`, or for a field `request/Rpc.path` or `response/Rpc.path`. */
  id: string;
  /** What the runtime does, in a sentence. */
  title: string;
  /** A real runtime's defect that this imitates, e.g. `containerd#13934`. */
  source?: string;
  /** The fault makes calls hang: a spec that meets its deadline over it has noticed. */
  hangs?: boolean;
  /** Of benign variations: those of a kind exclude each other. */
  kind?: string;
  /** What a spec has to touch to be able to notice, where that is not the RPCs that are handled: see touches.ts. */
  marks?: readonly string[];
  /** The last change of every answer that a handler gave: in bytes, for what the schema has no name for. */
  finish?: (answer: Buffer) => Buffer;
  /** Plants it into a fresh proxy; whatever it remembers lives in this closure. */
  plant: (planting: Planting) => Handlers;
}

/** Thrown by a handler to answer with an error of its own making. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: GrpcCode,
    details: string,
  ) {
    super(details);
  }
}
