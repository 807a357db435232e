import pRetry from 'p-retry';
import type { CallOptions } from '../client/call.js';
import type { ServiceClient } from '../client/cri.js';
import { codeOf, isGone, unlessGone } from '../client/errors.js';
import type { RuntimeService } from '../client/generated/types.js';

/** 100 ms, 200 ms and so on: 6.3 s in all. */
const TIMING = { retries: 6, minTimeout: 100, factor: 2 };

/**
 * Stops and removes a sandbox; one that is already gone is fine. What a runtime refuses is tried again for 6 s: where a
 * call was given up, it may still be at work on it (containerd: "container is in starting state, can't be removed").
 * @throws {CriCallError} the last refusal, or at once what is no refusal: a runtime that hangs or is gone
 */
export async function removeSandbox(
  runtime: ServiceClient<RuntimeService>,
  id: string,
  options: CallOptions = {},
): Promise<void> {
  const attempt = async (): Promise<void> => {
    await unlessGone(runtime.StopPodSandbox({ pod_sandbox_id: id }, options));
    await unlessGone(runtime.RemovePodSandbox({ pod_sandbox_id: id }, options));
  };
  await pRetry(attempt, { ...TIMING, shouldRetry: ({ error }) => isRefusal(error) });
}

function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && !isGone(error) && code !== 'DEADLINE_EXCEEDED' && code !== 'CANCELLED';
}
