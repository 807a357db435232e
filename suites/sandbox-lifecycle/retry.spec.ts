import { check, spec, type SpecContext } from '../../src/kit/index.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';
import { codeOf, isGone } from '../../src/client/errors.js';
import { giveUp } from '../shared/given-up.js';
import { sandboxesOf } from './own.js';

/** About the middle of a RunPodSandbox: early enough that it is not done, late enough that it has begun. */
const IMPATIENCE_MS = 20;

spec(
  {
    id: 'sandbox-lifecycle/retry-after-deadline',
    title:
      'after a RunPodSandbox, StopPodSandbox or RemovePodSandbox that the client gave up, trying again leads to one sandbox, READY, stopped or gone',
    level: 'must',
    since: '1.20',
    why: 'A busy node meets the deadline of the kubelet now and then; names that stay reserved, or a teardown that cannot be resumed, block the pod for ever.',
    sources: [
      'kubelet: kuberuntime_manager.go computePodActions, SyncPod; cri-client: remote_runtime.go RunPodSandbox',
      'threads: cri-o/cri-o#7010, cri-o/cri-o#9097, containerd/containerd#5438',
    ],
    expectations: [13, 41],
  },
  async (t) => {
    const { identity, config } = await t.pods.config(HOST_NETWORK);
    const outcome = await attempt(t.pods.runConfig(identity, config, { timeoutMs: IMPATIENCE_MS }));
    t.note(`the call that was given up after ${IMPATIENCE_MS} ms: ${outcome}`);

    /* What the kubelet does at every sync: use a sandbox that is there, else ask for it again. */
    await t.eventually(
      'the pod gets a READY sandbox',
      async () => {
        const states = (await sandboxesOf(t, identity)).map(({ state }) => state);
        return states.includes('SANDBOX_READY') ? 'READY' : await attempt(t.pods.runConfig(identity, config));
      },
      (seen) => seen === 'READY',
      { withinMs: 20_000 },
    );
    const states = (await sandboxesOf(t, identity)).map(({ state }) => state);
    check.equal(states, ['SANDBOX_READY'], 'the sandbox of the call that was given up is not left beside it');

    const [sandbox] = await sandboxesOf(t, identity);
    const request = { pod_sandbox_id: sandbox?.id ?? '' };
    await againUntilDone(t, 'StopPodSandbox', request, [2, 8, 20]);
    const after = (await sandboxesOf(t, identity)).map(({ state }) => state);
    check.equal(after, ['SANDBOX_NOTREADY'], 'the sandbox is NOTREADY then');

    await againUntilDone(t, 'RemovePodSandbox', request, [1, 4, 12]);
    check.equal(await sandboxesOf(t, identity), [], 'the sandbox is not listed then');
  },
);

/** Gives the call up at these moments, and then has it succeed. */
async function againUntilDone(
  t: SpecContext,
  rpc: 'StopPodSandbox' | 'RemovePodSandbox',
  request: { pod_sandbox_id: string },
  momentsMs: number[],
): Promise<void> {
  await giveUp(t, momentsMs, (options) => t.cri.runtime[rpc](request, options));
  await t.eventually(
    `${rpc} succeeds when it is tried again`,
    () => attempt(t.cri.runtime[rpc](request)),
    (outcome) => outcome === 'accepted',
    { withinMs: 20_000 },
  );
}

/** How a call ended, in a word; whatever is no answer of the runtime is thrown. */
async function attempt(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || isGone(error)) throw error;
    return code;
  }
}
