import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { catalogue, type ImageName } from '../../../fixtures/images/catalogue.js';
import { connectCri } from '../../client/connect.js';
import { parseEndpoint } from '../../client/endpoint.js';
import type { Fault } from '../../faults/fault.js';
import type { Spec } from '../../kit/define.js';
import { ImageStore } from '../../kit/image-store.js';
import { Scope } from '../../kit/scope.js';
import {
  CleanFile,
  killRate,
  ProofFile,
  proofPage,
  Prover,
  readProof,
  stillTrue,
  summarize,
  type ProofPlan,
  type ProofRecord,
} from '../../prove/index.js';
import { Gate } from '../../prove/gate.js';
import type { Laboratory } from '../../prove/lane.js';
import { EXIT } from '../exit.js';
import { interruptible } from '../interrupt.js';
import type { RunRequest } from '../run-request.js';
import { openSession } from '../session.js';

export interface ProveOptions {
  version: string;
  /** Go on with the proof that is there, as far as it still holds. */
  resume: boolean;
  /** All that there is, whatever the plan chose of it. */
  all: { specs: readonly Spec[]; faults: readonly Fault[] };
  markdown: string | undefined;
}

/**
 * Proves the plan's specs against the runtime of the request and leaves proof.json, whatever happens on the way.
 * @returns the exit code: 0 if every exercised fault was killed, every spec killed one and nobody was accused
 */
export async function proveRuntime(request: RunRequest, plan: ProofPlan, options: ProveOptions): Promise<number> {
  const say = (text: string): void => console.error(text);
  const scope = new Scope();
  const takeDown = async (): Promise<void> => {
    for (const trouble of await scope.close()) say(`could not be taken down: ${trouble}`);
  };
  const interruption = interruptible(say, takeDown);
  const cleanFile = new CleanFile(join(request.reportDirectory, 'proof-clean.json'));
  const file = beginFile(request, plan, options, cleanFile);
  const { record } = file;
  const begun = performance.now() - record.durationMs;
  // A fault may leave a spec's body with a promise that nobody awaits any more; that must not end the proof.
  const stray = (error: unknown): void => void record.trouble.push(`unhandled: ${String(error)}`);
  process.on('unhandledRejection', stray);
  say(`crivet ${options.version}: ${plan.faults.length} faults, ${plan.specs.length} specs, seed ${request.seed}`);
  try {
    const session = await openSession(request, { scope, signal: interruption.signal, say });
    record.runtime = session.identity;
    const lab = await openLaboratory(session.settings, interruption.signal, scope);
    await new Prover(plan, lab, file, say, (records) => cleanFile.learn(records)).prove();
    record.state = interruption.signal.aborted ? 'interrupted' : 'finished';
  } catch (error) {
    record.state = interruption.signal.aborted ? 'interrupted' : 'aborted';
    record.stateReason = (error as Error).message;
  }
  record.durationMs = Math.round(performance.now() - begun);
  file.write();
  if (options.markdown !== undefined) writeFileSync(options.markdown, proofPage(record, plan.exclusions));
  await takeDown();
  interruption.release();
  process.off('unhandledRejection', stray);
  return conclude(record, plan, relative(process.cwd(), file.path));
}

/** The shared images are pulled once, past all proxies, so that no fault and no lane can take them away from others. */
async function openLaboratory(settings: Laboratory['settings'], stop: AbortSignal, scope: Scope): Promise<Laboratory> {
  const endpoints = [parseEndpoint(settings.runtimeEndpoint), parseEndpoint(settings.imageEndpoint)] as const;
  const { cri } = await connectCri(...endpoints);
  const store = new ImageStore(cri, settings);
  scope.own('the connection', () => {
    cri.close();
    return Promise.resolve();
  });
  scope.own('shared images', async () => {
    const trouble = await store.close();
    if (trouble.length > 0) throw new Error(trouble.join('; '));
  });
  const names = Object.keys(catalogue) as ImageName[];
  const pulled = await Promise.all(names.map(async (name) => [name, (await store.shared(name)).name] as const));
  return { settings: { ...settings, images: Object.fromEntries(pulled) }, cri, gate: new Gate(), stop };
}

function beginFile(
  request: RunRequest,
  plan: ProofPlan,
  { version, resume, all }: ProveOptions,
  cleanFile: CleanFile,
): ProofFile {
  const path = join(request.reportDirectory, 'proof.json');
  const earlier = resume ? readProof(path) : undefined;
  const fresh: ProofRecord = {
    schema: 'crivet.proof/4',
    crivet: version,
    state: 'running',
    startedAt: new Date().toISOString(),
    durationMs: 0,
    runtime: null,
    clean: plan.everySpec ? [] : cleanFile.known(plan.specs),
    faults: [],
    benign: [],
    trouble: [],
  };
  if (earlier === undefined) return new ProofFile(path, fresh);
  const { startedAt, durationMs } = earlier;
  return new ProofFile(path, { ...fresh, startedAt, durationMs, ...stillTrue(earlier, all.specs, all.faults) });
}

/** Says how it went, and turns that into the exit code. */
function conclude(record: ProofRecord, plan: ProofPlan, path: string): number {
  const { behaviour, fields, survivors, idleSpecs, unsteadySpecs, accused, dishonest } = summarize(
    record,
    plan.exclusions,
  );
  const idle = plan.everySpec ? idleSpecs : [];
  const line = (what: string, counts: typeof fields): string =>
    `${what}: ${counts.killed} killed, ${counts.survived} survived, ${counts['not-exercised']} not exercised, ` +
    `${counts['no-run']} keep a run from beginning, ${counts.excluded} excluded (${(killRate(counts) * 100).toFixed(1)} % of the exercised killed)`;
  console.log(line('behaviour faults', behaviour));
  console.log(line('field faults', fields));
  const list = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) console.log(`\n${title}\n${lines.map((text) => `  ${text}`).join('\n')}`);
  };
  list(
    'Survivors',
    survivors.map(({ id, title, candidates }) => `${id}: ${title} (${candidates} specs could notice)`),
  );
  list('Specs that killed nothing', idle);
  list('Specs that do not pass here every time, so that nothing can be learnt from them', unsteadySpecs);
  list('Specs that judge otherwise through a proxy without a fault', dishonest);
  list(
    'Accused although innocent',
    accused.map(({ variation, spec, rule }) => `${variation}: ${spec}: ${rule}`),
  );
  list('Trouble', record.trouble);
  console.log(`\n${path} (${(record.durationMs / 1000).toFixed(0)} s)`);
  if (record.state !== 'finished') {
    console.log(`The proof did not come to its end: ${record.stateReason ?? record.state}`);
    return EXIT.couldNotRun;
  }
  const holes = survivors.length + idle.length + accused.length + dishonest.length;
  return holes === 0 ? EXIT.conformant : EXIT.violations;
}
