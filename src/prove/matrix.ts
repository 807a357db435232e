import { existsSync, readFileSync } from 'node:fs';
import { docsFile } from './docs-file.js';
import type { Kill } from './record.js';

/** What the page says of a fault that was killed. */
export interface RecordedKills {
  /** In the order of the page. */
  specs: string[];
  /** The rule that the first of them saw broken, as the page has it. */
  rule: string;
}

/**
 * The kill matrix of the last full proof, from docs/proof.md. It tells a new proof what to try first, and a test which
 * specs have shown that they can fail.
 */
export function recordedMatrix(): Map<string, RecordedKills> {
  const file = docsFile('proof.md');
  return existsSync(file) ? parseMatrix(readFileSync(file, 'utf8')) : new Map<string, RecordedKills>();
}

/** Rows of the form "| `fault` | `spec` `spec` … | rule |"; everything else is prose. */
export function parseMatrix(markdown: string): Map<string, RecordedKills> {
  const rows = markdown.matchAll(/^\| `((?:request|response|behaviour)\/[^`]+)` +\| ([^|]*)\|(?: ([^|]*)\|)?/gm);
  return new Map(
    [...rows].map(([, fault = '', cell = '', rule = '']) => {
      const specs = [...cell.matchAll(/`([^`]+)`/g)].map(([, spec = '']) => spec);
      return [fault, { specs, rule: rule.trim() }];
    }),
  );
}

/** Fault to the specs on record. */
export function specsOf(matrix: ReadonlyMap<string, RecordedKills>): Map<string, readonly string[]> {
  return new Map([...matrix].map(([fault, { specs }]) => [fault, specs]));
}

/** Whether the page has this very kill: the same spec, over the same rule. */
export function onRecord(recorded: RecordedKills | undefined, { spec, rule }: Kill): boolean {
  return recorded?.specs[0] === spec && essence(recorded.rule) === essence(ruleCell(rule));
}

/** A rule as a cell of the page. */
export function ruleCell(rule: string): string {
  return rule.replace(/[|\n]/g, ' ').slice(0, 160);
}

/** Without ids and figures, which differ from run to run, and without what the page’s formatting adds. The end is cut: ids of other lengths shift it. */
function essence(rule: string): string {
  return rule
    .replace(/[\\`*_\s]/g, '')
    .replace(/[0-9a-f]*\d[0-9a-f]*/g, '#')
    .slice(0, 60);
}
