import type { RunRecord, SpecRecord } from '../kit/record.js';
import { callStatus, entriesOf, groupBy, reasonOf, whyNotRun } from './entries.js';
import { decisiveCall } from './evidence.js';
import { millis, oneLine } from './text.js';

/** A titled block of the verdict; lines are plain and not yet indented. */
export interface Section {
  title: string;
  lines: string[];
}

/** Long values are whole in run.json; a list of ids is only a reminder. */
const MAX_VALUE = 600;
const MAX_IDS = 5;

/** Everything below the counts: what failed and why, what is left behind, what was not judged and why. */
export function detailSections(run: RunRecord): Section[] {
  const specs = entriesOf(run).flatMap((entry) => entry.spec ?? []);
  const failed = specs.filter((spec) => spec.outcome === 'failed');
  const of = (outcome: SpecRecord['outcome']): SpecRecord[] => specs.filter((spec) => spec.outcome === outcome);
  return [
    violations(
      'Violations',
      failed.filter((spec) => spec.level !== 'should'),
    ),
    violations(
      'Recommendations not met (no effect on the verdict)',
      failed.filter((spec) => spec.level === 'should'),
    ),
    leaks(specs),
    { title: 'Errors: the runtime was not judged', lines: of('error').map((spec) => `${spec.id}: ${oneLine(reasonOf(spec), MAX_VALUE)}`) },
    notRun(run),
    byReason('Unsupported by the runtime', of('unsupported')),
    byReason('Not applicable on this host', of('not-applicable')),
  ].filter((section) => section.lines.length > 0);
}

function violations(title: string, specs: SpecRecord[]): Section {
  return { title, lines: specs.flatMap(violationLines) };
}

function violationLines(spec: SpecRecord): string[] {
  const { violation } = spec;
  const call = decisiveCall(spec);
  const facts: [string, string][] =
    violation === undefined
      ? [['reason', reasonOf(spec)]]
      : [
          ['rule', violation.rule],
          ['expected', violation.expected],
          ['observed', violation.observed],
        ];
  if (call !== undefined) {
    facts.push(['call', `${call.method}, took ${millis(call.durationMs)}: ${callStatus(call)}`]);
  }
  return [`${spec.id} [${spec.level}]`, ...facts.map(([name, value]) => `  ${name.padEnd(8)}  ${oneLine(value, MAX_VALUE)}`)];
}

function leaks(specs: SpecRecord[]): Section {
  return {
    title: 'Left behind on the runtime',
    lines: specs.flatMap((spec) => spec.leaks.map((leak) => `${spec.id}: ${oneLine(leak, MAX_VALUE)}`)),
  };
}

function notRun(run: RunRecord): Section {
  const ids = entriesOf(run)
    .filter((entry) => entry.spec === undefined)
    .map((entry) => entry.id);
  return { title: 'Not run', lines: ids.length === 0 ? [] : [reasonLine(whyNotRun(run), ids)] };
}

function byReason(title: string, specs: SpecRecord[]): Section {
  const groups = groupBy(specs, reasonOf);
  return {
    title,
    lines: [...groups].map(([reason, group]) =>
      reasonLine(
        reason,
        group.map((spec) => spec.id),
      ),
    ),
  };
}

function reasonLine(reason: string, ids: string[]): string {
  const more = ids.length > MAX_IDS ? ` and ${ids.length - MAX_IDS} more` : '';
  return `${ids.length} x ${oneLine(reason, MAX_VALUE)} (${ids.slice(0, MAX_IDS).join(', ')}${more})`;
}
