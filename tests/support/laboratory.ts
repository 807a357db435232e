import { openSession } from '../../src/cli/session.js';
import type { RunRequest } from '../../src/cli/run-request.js';
import { openCri, type Cri } from '../../src/client/cri.js';
import { parseEndpoint } from '../../src/client/endpoint.js';
import type { Fault } from '../../src/faults/fault.js';
import type { SpecRecord } from '../../src/kit/record.js';
import { Scope } from '../../src/kit/scope.js';
import type { RunSettings } from '../../src/kit/settings.js';
import { Gate } from '../../src/prove/gate.js';
import { Lane } from '../../src/prove/lane.js';
import { selectSpecs } from '../../src/runner/select.js';
import { loadSpecs } from '../../src/runner/suites.js';

/** A private containerd for specs that run in the process of the test, behind proxies of the test's making. */
export class TestLaboratory {
  private readonly gate = new Gate();

  private constructor(
    private readonly scope: Scope,
    private readonly settings: RunSettings,
    private readonly cri: Cri,
  ) {}

  static async open(directory: string): Promise<TestLaboratory> {
    const scope = new Scope();
    const request: RunRequest = {
      selection: { include: [], exclude: [], levels: [], kubernetes: undefined, parity: false, slow: false },
      launch: { runtime: 'containerd', binaries: {} },
      ...{ runtimeEndpoint: undefined, imageEndpoint: undefined, handler: '', hostAccess: 'auto' },
      ...{ cgroupDriver: 'auto', streaming: { caFile: null, insecure: false }, concurrency: 1, timeoutSeconds: 60 },
      ...{ failFast: false, seed: 1, reportDirectory: directory, busybox: null, images: {} },
      ...{ registryListen: undefined, registryAdvertise: undefined },
    };
    const around = { scope, signal: new AbortController().signal, say: (): void => undefined };
    const { settings } = await openSession(request, around);
    return new TestLaboratory(scope, settings, openCri(parseEndpoint(settings.runtimeEndpoint)));
  }

  /**
   * Runs the specs of these patterns, one after the other, with faults planted, the first one next to the runtime.
   * @throws if anything is left that cannot be removed
   */
  async run(patterns: string[], ...faults: Fault[]): Promise<SpecRecord[]> {
    const wanted = { include: patterns, exclude: [], levels: [], kubernetes: undefined };
    const specs = selectSpecs(await loadSpecs(), wanted);
    const { settings, cri, gate } = this;
    const lane = await Lane.open({ settings, cri, gate, stop: new AbortController().signal }, ...faults);
    const records: SpecRecord[] = [];
    for (const spec of specs) records.push(await lane.run(spec));
    const trouble = await lane.close();
    if (trouble.length > 0) throw new Error(trouble.join('; '));
    return records;
  }

  async close(): Promise<void> {
    this.cri.close();
    const trouble = await this.scope.close();
    if (trouble.length > 0) throw new Error(trouble.join('; '));
  }
}
