import { readFileSync } from 'node:fs';
import type { ContainerConfig } from '../../client/generated/types.js';
import type { Planting } from '../fault.js';
import { handling, together, type Plant } from './shapes.js';

/** Id on the node of a container's first process, as containerd tells it if asked to be verbose. */
async function processOf({ cri }: Planting, container_id: string): Promise<number | undefined> {
  const { info } = await cri.runtime.ContainerStatus({ container_id, verbose: true });
  return (JSON.parse(info['info'] ?? '{}') as { pid?: number }).pid;
}

/**
 * Changes what a container has when it has been started. `process` is `/proc/PID` of its first process on the node;
 * `change` says whether it made a difference.
 */
export const onceStarted =
  (change: (process: string, config: ContainerConfig, planting: Planting) => Promise<boolean> | boolean): Plant =>
  (planting) => {
    const asked = new Map<string, ContainerConfig>();
    return together(
      handling('CreateContainer', async ({ request: { config }, forward }) => {
        const answer = await forward();
        if (config !== null) asked.set(answer.container_id, config);
        return answer;
      }),
      handling('StartContainer', async ({ request: { container_id }, forward }) => {
        const answer = await forward();
        const pid = await processOf(planting, container_id).catch(() => undefined);
        const config = asked.get(container_id);
        if (pid === undefined || config === undefined) return answer;
        // One that has exited already is left alone.
        const process = `/proc/${pid}`;
        if (isThere(process) && (await change(process, config, planting))) planting.shown();
        return answer;
      }),
    )(planting);
  };

function isThere(process: string): boolean {
  try {
    return readFileSync(`${process}/cmdline`).length > 0;
  } catch {
    return false;
  }
}
