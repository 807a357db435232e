import { styleText } from 'node:util';
import type { RunRecord, RunSummary } from '../kit/record.js';
import { summaryOf, whyNotRun } from './entries.js';
import { count, duration, oneLine } from './text.js';
import { detailSections } from './verdict-sections.js';

export interface Verdict {
  verdict: 'conformant' | 'not conformant' | 'inconclusive';
  /** What the process ends with: 0, 1 and 3 in the order above. */
  exitCode: 0 | 1 | 3;
  /** For a terminal or a log, without line ends. */
  lines: string[];
}

export interface VerdictOptions {
  /** Whether `lines` may hold colour sequences; the caller knows where they go. */
  color: boolean;
  /** Paths of the reports, as the user should see them. */
  reports?: string[];
}

/**
 * Judges a run. A violation of any `must` or `feature:*` spec makes the runtime not conformant, whatever else
 * happened. Otherwise the run has to be whole to say anything: an error, a spec that did not run, a run that did not
 * finish or one in which nothing passed is inconclusive. `should` violations never change the verdict.
 */
export function verdictOf(run: RunRecord, { color, reports = [] }: VerdictOptions): Verdict {
  const summary = summaryOf(run);
  const { verdict, exitCode, because } = judge(run, summary);
  const sections = detailSections(run);
  if (reports.length > 0) sections.push({ title: 'Reports', lines: reports });
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const lines = [
    subject(run),
    counts(run, summary),
    ...sections.flatMap(({ title, lines: body }) => ['', paint('bold', title), ...body.map((line) => `  ${line}`)]),
    '',
    `${paint(['bold', STYLE[verdict]], `Verdict: ${verdict}`)} - ${because}`,
  ];
  return { verdict, exitCode, lines };
}

const STYLE = { conformant: 'green', 'not conformant': 'red', inconclusive: 'yellow' } as const;

function judge(run: RunRecord, summary: RunSummary): Omit<Verdict, 'lines'> & { because: string } {
  const violations = run.specs.filter((spec) => spec.outcome === 'failed' && spec.level !== 'should').length;
  if (violations > 0) {
    const because = `the runtime broke ${count(violations, 'rule')} that the kubelet relies on.`;
    return { verdict: 'not conformant', exitCode: 1, because };
  }
  const doubts: string[] = [];
  if (summary.errors > 0) doubts.push(`${count(summary.errors, 'spec')} could not be judged`);
  if (summary.notRun > 0) doubts.push(`${count(summary.notRun, 'spec')} did not run`);
  if (run.state !== 'finished') doubts.push(oneLine(whyNotRun(run)));
  if (summary.passed === 0) doubts.push('no spec passed');
  if (doubts.length > 0) {
    return { verdict: 'inconclusive', exitCode: 3, because: `no violation was seen, but ${doubts.join(', ')}.` };
  }
  const because = `no rule that the kubelet relies on was broken; ${count(summary.passed, 'spec')} passed.`;
  return { verdict: 'conformant', exitCode: 0, because };
}

function subject({ runtime }: RunRecord): string {
  if (runtime === null) return 'The runtime was never reached.';
  const { name, version, apiVersion, handler, runtimeEndpoint, imageEndpoint } = runtime;
  const images = imageEndpoint === runtimeEndpoint ? '' : `, images at ${imageEndpoint}`;
  const of = `${name} ${version} (CRI ${apiVersion}${handler === '' ? '' : `, handler ${handler}`})`;
  return oneLine(`Vetted ${of} at ${runtimeEndpoint}${images}`);
}

function counts(run: RunRecord, summary: RunSummary): string {
  const { passed, failed, unsupported, notApplicable, errors, notRun } = summary;
  const parts = [
    `${passed} passed`,
    `${failed} failed`,
    `${unsupported} unsupported`,
    `${notApplicable} not applicable`,
    count(errors, 'error'),
    `${notRun} not run`,
  ];
  const took = run.durationMs === undefined ? '' : ` in ${duration(run.durationMs)}`;
  const total = passed + failed + unsupported + notApplicable + errors + notRun;
  return `${count(total, 'spec')}${took}: ${parts.join(', ')}`;
}
