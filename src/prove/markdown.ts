import type { Exclusions } from './exclusions.js';
import { ruleCell } from './matrix.js';
import type { FaultRecord, ProofRecord } from './record.js';
import { killRate, summarize } from './summary.js';

/** docs/proof.md: the kill matrix, what survived, what was left out and why, and the benign variations. */
export function proofPage(record: ProofRecord, exclusions: Exclusions): string {
  const { behaviour, fields, survivors, idleSpecs, unsteadySpecs, accused } = summarize(record, exclusions);
  const { name = '?', version = '?' } = record.runtime ?? {};
  const verdicts = ['killed', 'survived', 'not-exercised', 'no-run', 'excluded'] as const;
  const row = (what: string, of: typeof fields): string =>
    `| ${what} | ${verdicts.map((verdict) => of[verdict]).join(' | ')} | ${(killRate(of) * 100).toFixed(1)} % |`;
  const killed = record.faults.filter(({ verdict }) => verdict === 'killed').sort(byId);
  return [
    '<!-- Written by `npm run prove`; do not edit. -->',
    '# Proof',
    `What the specs notice of planted faults on ${name} ${version}. A fault counts as killed if a spec failed under it, passed without it, and failed under it again; if an earlier proof saw that spec fail over the same rule, once more is enough, be it in a pod that stood before the fault was planted. CONTRIBUTING.md says how to use \`crivet prove\`.`,
    [
      '| faults | killed | survived | never exercised | no run possible | excluded | killed of exercised |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      row('behaviour', behaviour),
      row('fields', fields),
    ].join('\n'),
    `${record.clean.length} specs, of which ${record.clean.length - unsteadySpecs.length} pass here every time and can therefore notice; ${idleSpecs.length} of those killed nothing. ${record.benign.length} benign variations, ${accused.length} accusations. All of it took ${Math.round(record.durationMs / 60_000)} minutes.`,
    section(
      'Survivors',
      survivors.sort(byId).map(({ id, title }) => `- \`${id}\`: ${title}`),
    ),
    section(
      'Specs that killed nothing',
      idleSpecs.map((id) => `- \`${id}\``),
    ),
    section(
      'Specs that do not pass on this runtime',
      unsteadySpecs.toSorted().map((id) => `- \`${id}\`${suffix(exclusions.specs.get(id))}`),
    ),
    '## Kill matrix',
    ['| fault | killed by | what it said |', '| --- | --- | --- |', ...killed.map(matrixRow)].join('\n'),
    section(
      'Excluded',
      record.faults
        .filter(({ verdict }) => verdict === 'excluded')
        .sort(byId)
        .map(({ id, reason }) => `- \`${id}\`${suffix(reason)}`),
    ),
    section(
      'No run can begin',
      record.faults
        .filter(({ verdict }) => verdict === 'no-run')
        .sort(byId)
        .map(({ id, reason }) => `- \`${id}\`${suffix(reason)}`),
    ),
    section(
      'Benign variations',
      record.benign
        .toSorted(byId)
        .map(
          ({ id, title, rounds, specs, shown, accusations }) =>
            `- \`${id}\`: ${title}. ${rounds} rounds of ${Object.keys(specs).length} specs, ` +
            (shown === 0 ? 'in which it made no difference.' : `${accusations.length} accused.`),
        ),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function matrixRow({ id, kills }: FaultRecord): string {
  const rules = new Map(kills.map(({ spec, rule }) => [spec, rule]));
  const specs = [...rules.keys()].sort();
  const said = ruleCell(rules.get(specs[0] ?? '') ?? '');
  return `| \`${id}\` | ${specs.map((spec) => `\`${spec}\``).join(' ')} | ${said} |`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n\n${lines.join('\n')}`;
}

function suffix(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason.replaceAll('\n', ' ')}`;
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}
