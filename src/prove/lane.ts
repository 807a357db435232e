import { join } from 'node:path';
import { nonce } from '../../fixtures/configs/identity.js';
import type { Cri } from '../client/cri.js';
import type { Fault } from '../faults/fault.js';
import { startProxy, type Proxy } from '../faults/proxy/proxy.js';
import type { Spec } from '../kit/define.js';
import { openEnvironment, type Environment } from '../kit/environment.js';
import { runSpec } from '../kit/execute.js';
import type { SpecRecord } from '../kit/record.js';
import type { RunSettings } from '../kit/settings.js';
import type { SharedPods } from '../kit/shared-pods.js';
import type { Gate } from './gate.js';
import { sweepRun } from './sweep.js';

/** What all lanes have in common. */
export interface Laboratory {
  /** Of the real runtime; the shared images are there already, under the names in `images`. */
  settings: RunSettings;
  /** The real runtime itself. */
  cri: Cri;
  gate: Gate;
  /** Aborted when the proof is ended early. */
  stop: AbortSignal;
}

/** A run of its own against the real runtime, through a proxy of its own. */
export class Lane {
  private constructor(
    private readonly lab: Laboratory,
    private readonly runId: string,
    private readonly proxy: Proxy,
    private readonly environment: Environment,
  ) {}

  /**
   * Plants the faults, the first one next to the runtime, and connects.
   * @throws {CriConnectError} or CriCallError if the faults keep a run from beginning at all
   */
  static open(lab: Laboratory, ...faults: readonly Fault[]): Promise<Lane> {
    return Lane.connect(lab, faults, {});
  }

  /** The same, but with pods to share that stood before the fault was planted, and stay when the lane is closed. */
  static openBeside(lab: Laboratory, sharedPods: SharedPods, fault: Fault): Promise<Lane> {
    return Lane.connect(lab, [fault], { sharedPods });
  }

  private static async connect(
    lab: Laboratory,
    faults: readonly Fault[],
    given: Partial<Pick<Environment, 'sharedPods'>>,
  ): Promise<Lane> {
    const runId = nonce();
    const { runtimeEndpoint, imageEndpoint, workDirectory } = lab.settings;
    const socket = join(workDirectory, `${runId}.sock`);
    const proxy = await startProxy({ runtimeEndpoint, imageEndpoint, socket, faults });
    const through = { runtimeEndpoint: proxy.endpoint, imageEndpoint: proxy.endpoint };
    try {
      const environment = await openEnvironment({ ...lab.settings, ...through, runId });
      return new Lane(lab, runId, proxy, { ...environment, ...given });
    } catch (error) {
      await proxy.close();
      throw error;
    }
  }

  /** Runs a spec, which takes turns with those of other lanes if it has to be alone. */
  run(spec: Spec): Promise<SpecRecord> {
    return this.lab.gate.pass(spec.alone === true, () => runSpec(spec, this.environment, this.lab.stop));
  }

  /** How often a fault made a difference so far. */
  shown(fault: Fault): number {
    return this.proxy.shown(fault);
  }

  /** Pulls up the faults and removes what is left, past the proxy. Returns what could not be removed. */
  async close(): Promise<string[]> {
    this.environment.cri.close();
    await this.proxy.close();
    return sweepRun(this.lab, this.runId);
  }
}
