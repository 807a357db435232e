import type { CallRecord, RunRecord, RunSummary, SpecRecord } from '../kit/record.js';

/** One selected spec: with its record, or without one if it never ran. */
export interface Entry {
  id: string;
  group: string;
  spec?: SpecRecord;
}

/**
 * Everything a report has to account for, in selection order: each selected spec once. Records that no selection
 * announces come last rather than getting lost.
 */
export function entriesOf(run: Pick<RunRecord, 'selected' | 'specs'>): Entry[] {
  const records = new Map(run.specs.map((spec) => [spec.id, spec]));
  const selected = new Set(run.selected);
  const extra = run.specs.filter((spec) => !selected.has(spec.id));
  return [
    ...[...selected].map((id): Entry => {
      const spec = records.get(id);
      return spec === undefined ? { id, group: groupOf(id) } : { id, group: spec.group, spec };
    }),
    ...extra.map((spec) => ({ id: spec.id, group: spec.group, spec })),
  ];
}

/** The part of a spec's id before the slash. */
function groupOf(id: string): string {
  return id.split('/', 1)[0] ?? id;
}

/** Counts by outcome; `notRun` are the selected specs without a record. */
export function summaryOf(run: Pick<RunRecord, 'selected' | 'specs'>): RunSummary {
  const summary: RunSummary = { passed: 0, failed: 0, unsupported: 0, notApplicable: 0, errors: 0, notRun: 0 };
  for (const { spec } of entriesOf(run)) summary[counterOf(spec)] += 1;
  return summary;
}

function counterOf(spec: SpecRecord | undefined): keyof RunSummary {
  if (spec === undefined) return 'notRun';
  if (spec.outcome === 'not-applicable') return 'notApplicable';
  return spec.outcome === 'error' ? 'errors' : spec.outcome;
}

/** Why specs without a record did not run, from how the run ended. */
export function whyNotRun(run: Pick<RunRecord, 'state' | 'stateReason'>): string {
  const reason = run.stateReason === undefined ? '' : `: ${run.stateReason}`;
  switch (run.state) {
    case 'interrupted':
      return `the run was interrupted${reason}`;
    case 'aborted':
      return `the run was aborted${reason}`;
    case 'running':
      return `the run did not end: it is still going, or it was killed${reason}`;
    case 'finished':
      return `the run finished without it, which is a defect of crivet${reason}`;
  }
}

/** Why a spec did not pass, in one or a few lines. */
export function reasonOf({ reason = '' }: SpecRecord): string {
  return reason.trim() === '' ? 'no reason was recorded' : reason;
}

/** One line on how a call ended: `OK`, or its code and details. */
export function callStatus(call: CallRecord): string {
  return call.error === undefined ? 'OK' : `${call.error.code}: ${call.error.details}`;
}

/** Items by key, keys in the order in which they first appear. */
export function groupBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
