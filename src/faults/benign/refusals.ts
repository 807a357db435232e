import { CriCallError, type GrpcCode } from '../../client/errors.js';
import { ALL } from '../behaviour/streaming-shapes.js';
import { Refusal, type Fault, type RpcName } from '../fault.js';
import { everyCall } from './every-call.js';

/* Other codes and words of refusals. The CRI names few codes and no words. */

const SESSION_RPCS: readonly RpcName[] = ALL;

function refusing(change: (error: CriCallError, rpc: RpcName) => Refusal | undefined): Fault['plant'] {
  return everyCall({
    unary: async ({ forward, signal }, rpc, { shown }) => {
      try {
        return await forward();
      } catch (error) {
        if (!(error instanceof CriCallError) || signal.aborted) throw error;
        const other = change(error, rpc);
        if (other === undefined) throw error;
        shown();
        throw other;
      }
    },
  });
}

/**
 * A deadline is the caller's; Unimplemented and NotFound mean something to the kubelet; and what is wrong with a
 * request for a session is told by the server library of Kubernetes, with InvalidArgument.
 */
const isFree = ({ code }: CriCallError, rpc: RpcName): boolean =>
  code === 'UNKNOWN' || (code === 'INVALID_ARGUMENT' && !SESSION_RPCS.includes(rpc));

/** What `isFree` changes. */
const FREE = ['refusal/UNKNOWN', 'refusal/INVALID_ARGUMENT'];

const withCode = (code: GrpcCode): Fault['plant'] =>
  refusing((error, rpc) => (isFree(error, rpc) ? new Refusal(code, error.details) : undefined));

/** RPCs that came later or may be lacking, and which the kubelet does without. */
const OPTIONAL: RpcName[] = [
  'PodSandboxStats',
  'ListPodSandboxStats',
  'CheckpointContainer',
  'GetContainerEvents',
  'ListMetricDescriptors',
  'ListPodSandboxMetrics',
  'RuntimeConfig',
  'UpdatePodSandboxResources',
];

export const refusalVariations: Fault[] = [
  {
    id: 'benign/refusals-are-internal',
    kind: 'codes',
    marks: FREE,
    title: 'refusals for which the CRI names no code have INTERNAL',
    plant: withCode('INTERNAL'),
  },
  {
    id: 'benign/refusals-are-failed-preconditions',
    kind: 'codes',
    marks: FREE,
    title: 'refusals for which the CRI names no code have FAILED_PRECONDITION',
    plant: withCode('FAILED_PRECONDITION'),
  },
  {
    id: 'benign/refusals-are-unknown',
    kind: 'codes',
    marks: FREE,
    title: 'refusals for which the CRI names no code have UNKNOWN',
    plant: withCode('UNKNOWN'),
  },
  {
    id: 'benign/refusals-in-other-words',
    title: 'errors have other words and a number of the request before them',
    plant: (planting) => {
      let count = 0;
      return refusing(({ code, details }) => {
        count += 1;
        return new Refusal(code, `request ${count}: ${details.replaceAll('failed to', 'could not')}\n(see the log)`);
      })(planting);
    },
  },
  {
    id: 'benign/optional-calls-unimplemented',
    title: 'stats of pods, metrics, events, checkpoints, RuntimeConfig and resizing of pods are not implemented',
    source: 'api.proto: since 1.23 and later; the kubelet falls back',
    plant: (planting) => {
      const lacking = (rpc: RpcName): boolean => OPTIONAL.includes(rpc);
      const refuse = (rpc: RpcName): Refusal => new Refusal('UNIMPLEMENTED', `unknown method ${rpc}`);
      return everyCall({
        unary: ({ forward }, rpc) => {
          if (!lacking(rpc)) return forward();
          planting.shown();
          return Promise.reject(refuse(rpc));
        },
        stream: async function* ({ forward }, rpc) {
          if (lacking(rpc)) {
            planting.shown();
            throw refuse(rpc);
          }
          yield* forward();
        },
      })(planting);
    },
  },
];
