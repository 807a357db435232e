import { check, spec } from '../../src/kit/index.js';
import { HOST_NETWORK } from '../../src/kit/host-network.js';
import { codeOf } from '../../src/client/errors.js';
import { sandboxesOf } from './own.js';

/** About the middle of a RunPodSandbox: early enough that it is not done, late enough that it has begun. */
const IMPATIENCE_MS = 20;

spec(
  {
    id: 'sandbox-lifecycle/retry-after-deadline',
    title: 'after a RunPodSandbox that the client gave up, trying again leads to one READY sandbox',
    level: 'must',
    since: '1.20',
    why: 'A busy node meets the deadline of the kubelet now and then; names that stay reserved block the pod for ever.',
    sources: [
      'kubelet: kuberuntime_manager.go computePodActions, SyncPod; cri-client: remote_runtime.go RunPodSandbox',
      'threads: cri-o/cri-o#7010, cri-o/cri-o#9097, containerd/containerd#5438',
    ],
    expectations: [13],
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
  },
);

/** How a call ended, in a word; whatever is no answer of the runtime is thrown. */
async function attempt(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || code === 'UNAVAILABLE') throw error;
    return code;
  }
}
