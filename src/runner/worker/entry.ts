/* The one file vitest runs: it turns the selected specs into tests. One file, for only then do they overlap. */
import { afterAll, describe, inject, test } from 'vitest';
import { openEnvironment } from '../../kit/environment.js';
import { runSpec } from '../../kit/execute.js';
import { breaksConformance, RUNTIME_ANSWERS } from '../../kit/outcome.js';
import type { SpecRecord } from '../../kit/record.js';
import type { Spec } from '../../kit/define.js';
import { UnderWay } from '../../kit/under-way.js';
import { packRecord, RECORD, type WorkerTask } from '../messages.js';
import { loadSpecs } from '../suites.js';
import { ignore, SIGNALS } from './signals.js';
import { stopRun, stopSignal } from './stop.js';

const { settings, selected } = JSON.parse(inject('crivet')) as WorkerTask;
const known = new Map((await loadSpecs()).map((spec) => [spec.id, spec]));
const specs = selected.map((id) => known.get(id)).filter((spec) => spec !== undefined);
const environment = await openEnvironment(settings);
let startNoMore = false;
/** Specs that are not recorded yet. vitest abandons its tests at once when a run is cancelled; they still go on. */
const underWay = new UnderWay();

// vitest reads the parameter's source text: anything but a pattern is refused.
afterAll(async ({}, suite) => {
  await underWay.settled();
  suite.meta.crivetTrouble = await environment.close();
  const { user, system } = process.cpuUsage();
  suite.meta.crivetCpuMs = (user + system) / 1000;
  // From here on vitest may end this process as it does any other.
  for (const name of SIGNALS) process.off(name, ignore);
});

function define(spec: Spec): void {
  // Deadlines are ours (src/kit/execute.ts): a test that vitest timed out could not say why, nor clean up.
  test(spec.id, { timeout: 0 }, async ({ annotate, skip }) => {
    if (stopSignal.aborted || startNoMore) skip('the run was ended');
    const running = async (): Promise<void> => {
      const record = await runSpec(spec, environment, stopSignal);
      // Not in the test's meta: vitest gathers results, and may keep the last one to itself until the next one comes.
      await annotate(packRecord(record), RECORD);
      // What is under way still ends by itself: its verdict is worth having.
      startNoMore ||= settings.failFast && breaksConformance(record);
      if (mayBeDead(record) && !(await answers())) stopRun('the runtime does not answer any more');
    };
    await underWay.watch(running());
  });
}

/** A spec that could not be judged, or that waited for an answer in vain. */
function mayBeDead({ outcome, violation }: SpecRecord): boolean {
  return outcome === 'error' || violation?.rule === RUNTIME_ANSWERS;
}

/** Whether the runtime still answers at all: a run against a dead one would only collect time-outs. */
async function answers(): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await environment.cri.runtime.Version({}, { timeoutMs: 5_000 });
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  return false;
}

describe.concurrent('together', () => specs.filter((spec) => spec.alone !== true).forEach(define));
describe('alone', () => specs.filter((spec) => spec.alone === true).forEach(define));
