import { setTimeout as sleep } from 'node:timers/promises';
import { openCri } from '../client/cri.js';
import { parseEndpoint } from '../client/endpoint.js';
import { LaunchError } from './types.js';

/**
 * Waits until the runtime answers `Version` and its `Status` reports RuntimeReady and NetworkReady: what the kubelet
 * waits for before it admits pods.
 * @returns the runtime's version
 * @throws {LaunchError} when `withinMs` pass, naming what was missing; the signal's reason when it is aborted
 */
export async function waitReady(endpoint: string, withinMs: number, signal: AbortSignal): Promise<string> {
  const cri = openCri(parseEndpoint(endpoint));
  const until = performance.now() + withinMs;
  let missing = 'it never answered';
  try {
    for (;;) {
      signal.throwIfAborted();
      const options = { timeoutMs: 2_000, signal };
      try {
        const { runtime_version: version } = await cri.runtime.Version({}, options);
        const { status } = await cri.runtime.Status({}, options);
        const met = (type: string): boolean => status?.conditions.find((found) => found.type === type)?.status === true;
        const unmet = ['RuntimeReady', 'NetworkReady'].filter((type) => !met(type));
        if (unmet.length === 0) return version;
        const conditions = status?.conditions.filter((condition) => unmet.includes(condition.type)) ?? [];
        const why = conditions.map(({ reason, message }) => `${reason}: ${message}`).join('; ');
        missing = `Status does not report ${unmet.join(' and ')}${why === '' ? '' : ` (${why})`}`;
      } catch (error) {
        missing = (error as Error).message;
      }
      signal.throwIfAborted();
      if (performance.now() > until) throw new LaunchError(`not ready within ${withinMs / 1000} s: ${missing}`);
      await sleep(25);
    }
  } finally {
    cri.close();
  }
}
