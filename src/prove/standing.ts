import { RUN_LABEL, nonce } from '../../fixtures/configs/identity.js';
import type { SharedPods } from '../kit/shared-pods.js';
import { openEnvironment, type Environment } from '../kit/environment.js';
import type { Laboratory } from './lane.js';
import { sweepRun } from './sweep.js';

/** So many trials go by before the pods are made anew: what a fault has done to them does not last. */
const TRIALS = 12;

/**
 * Pods that stand before a fault is planted, for the specs that share one: a fault that these notice in them need not
 * wait for a pod of its own. Faults use them one after another.
 */
export class StandingPods {
  private environment: Environment | undefined;
  private trials = 0;

  constructor(
    private readonly lab: Laboratory,
    private readonly trouble: (text: string) => void,
  ) {}

  /** The pods, of which none is made before a spec asks for it. They are not seen by any fault. */
  async pods(): Promise<SharedPods> {
    if (this.trials >= TRIALS) await this.close();
    this.environment ??= await openEnvironment({ ...this.lab.settings, runId: nonce() });
    this.trials += 1;
    return this.environment.sharedPods;
  }

  /** To be called after a trial: keeps the pods if all is removed that the trial made in them. */
  async tidy(): Promise<void> {
    const { runId } = this.environment?.settings ?? {};
    if (runId === undefined) return;
    const { containers } = await this.lab.cri.runtime.ListContainers({
      filter: { label_selector: { [RUN_LABEL]: runId } },
    });
    if (containers.some(({ metadata }) => metadata?.name.startsWith('idle-') !== true)) await this.close();
  }

  /** Removes the pods; the next trial gets others. */
  async close(): Promise<void> {
    const { environment } = this;
    this.environment = undefined;
    this.trials = 0;
    if (environment === undefined) return;
    const left = await environment.sharedPods.close();
    environment.cri.close();
    left.push(...(await sweepRun(this.lab, environment.settings.runId)));
    for (const text of left) this.trouble(text);
  }
}
