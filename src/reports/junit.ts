import junit from 'junit-report-builder';
import type { Builder, TestCase, TestSuite } from 'junit-report-builder';
import type { Outcome, RunRecord, SpecRecord } from '../kit/record.js';
import { entriesOf, groupBy, reasonOf, whyNotRun } from './entries.js';
import type { Entry } from './entries.js';
import { evidenceOf, notesOf } from './evidence.js';
import { oneLine, xmlText } from './text.js';

/** Characters of a `message` attribute: it is a heading, the element's text has everything. */
const MAX_MESSAGE = 500;

/**
 * Renders a run as JUnit XML as Jenkins, GitLab and the like read it: one suite per group in selection order, one case
 * per selected spec. The bytes depend on the record alone. A runtime may print anything: what XML cannot hold becomes
 * U+FFFD, terminal sequences are dropped.
 */
export function renderJUnit(run: RunRecord): string {
  // The package is CommonJS and its types describe the default export one level too deep.
  const builder = (junit as unknown as Builder).newBuilder().name('crivet');
  const groups = groupBy(entriesOf(run), (entry) => entry.group);
  for (const [group, entries] of groups) addSuite(builder, run, group, entries);
  return `${builder.build()}\n`;
}

function addSuite(builder: Builder, run: RunRecord, group: string, entries: Entry[]): void {
  const specs = entries.flatMap((entry) => entry.spec ?? []);
  const starts = specs.map((spec) => Date.parse(spec.startedAt));
  const suite = builder
    .testSuite()
    .name(xmlText(group))
    .timestamp(new Date(starts.length > 0 ? Math.min(...starts) : Date.parse(run.startedAt)).toISOString())
    .time(seconds(specs.reduce((sum, spec) => sum + spec.durationMs, 0)));
  setProperties(suite, [
    ['runtime', run.runtime?.name],
    ['runtime-version', run.runtime?.version],
    ['cri-version', run.runtime?.apiVersion],
    ['handler', run.runtime?.handler || undefined],
    ['crivet', run.crivet],
    ['run-state', run.state],
  ]);
  for (const { id, spec } of entries) {
    const testCase = suite.testCase().name(xmlText(id)).className(xmlText(group));
    if (spec === undefined) addNotRun(testCase, whyNotRun(run));
    else addResult(testCase, spec);
  }
}

function addNotRun(testCase: TestCase, why: string): void {
  testCase.time(0);
  setProperties(testCase, [
    ['outcome', 'not-run'],
    ['reason', why],
  ]);
  addElement(testCase, 'error', { message: `not run: ${why}`, type: 'not-run' });
}

function addResult(testCase: TestCase, spec: SpecRecord): void {
  testCase.time(seconds(spec.durationMs));
  setProperties(testCase, [
    ['title', spec.title],
    ['level', spec.level],
    ['since', spec.since],
    ['outcome', spec.outcome],
    ['reason', spec.outcome === 'passed' || spec.violation !== undefined ? undefined : reasonOf(spec)],
    ['why', spec.why],
    ...spec.sources.map((source): Property => ['source', source]),
    ...spec.leaks.map((leak): Property => ['leak', leak]),
  ]);
  addOutcome(testCase, spec);
  const notes = notesOf(spec);
  if (notes !== '') addElement(testCase, 'system-out', {}, notes);
}

function addOutcome(testCase: TestCase, spec: SpecRecord): void {
  switch (spec.outcome) {
    case 'passed':
      break;
    case 'failed':
      addElement(testCase, 'failure', { message: headline(spec), type: spec.level }, evidenceOf(spec));
      break;
    case 'error':
      addElement(testCase, 'error', { message: oneLine(`not judged: ${reasonOf(spec)}`, MAX_MESSAGE), type: 'error' }, evidenceOf(spec));
      break;
    case 'unsupported':
    case 'not-applicable':
      addElement(testCase, 'skipped', { message: `${SKIPPED[spec.outcome]}: ${reasonOf(spec)}` });
  }
}

const SKIPPED: Record<Extract<Outcome, 'unsupported' | 'not-applicable'>, string> = {
  unsupported: 'unsupported',
  'not-applicable': 'not applicable',
};

function headline(spec: SpecRecord): string {
  const { level, violation } = spec;
  const text =
    violation === undefined
      ? reasonOf(spec)
      : `${violation.rule}: expected ${violation.expected}, observed ${violation.observed}`;
  return oneLine(`[${level}] ${text}`, MAX_MESSAGE);
}

/**
 * Adds a child element to a case, and to the counts above it. The builder's own methods write skips without a message
 * and texts as CDATA, which they leave broken if it holds `]]>` more than once; a text node is escaped rightly.
 */
function addElement(
  testCase: TestCase,
  name: 'failure' | 'error' | 'skipped' | 'system-out',
  attributes: Record<string, string>,
  text = '',
): void {
  const build = testCase.build.bind(testCase);
  const clean = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, xmlText(value)]));
  testCase.build = (parent) => {
    const element = build(parent);
    element.ele(name, clean, xmlText(text));
    return element;
  };
  if (name === 'failure') testCase.getFailureCount = () => 1;
  if (name === 'error') testCase.getErrorCount = () => 1;
  if (name === 'skipped') testCase.getSkippedCount = () => 1;
}

type Property = [name: string, value: string | undefined];

function setProperties(node: TestCase | TestSuite, properties: Property[]): void {
  for (const [name, value] of properties) if (value !== undefined) node.property(name, xmlText(value));
}

/** JUnit counts in seconds; milliseconds are precise enough. */
function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}
