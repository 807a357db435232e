import type { RunSettings } from '../kit/settings.js';
import type { SpecRecord } from '../kit/record.js';

/** What the engine hands to the process that runs the specs, through vitest's `provide`. */
export interface WorkerTask {
  settings: RunSettings;
  /** Ids in the order in which to start them. */
  selected: string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    crivet: string;
  }
  interface TaskMeta {
    /** On the file: what the run could not take back in the end. */
    crivetTrouble?: string[];
    /** On the file: CPU time of the worker process, in ms. */
    crivetCpuMs?: number;
  }
}

/** The type of the annotation that carries a SpecRecord, packed: one string passes faster than the tree it stands for. */
export const RECORD = 'crivet-record';

/** Records hold no bigint except by mistake; one must not cost the record. */
export function packRecord(record: SpecRecord): string {
  return JSON.stringify(record, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

export function unpackRecord(text: string): SpecRecord {
  return JSON.parse(text) as SpecRecord;
}
